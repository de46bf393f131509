import { existsSync, statSync } from 'node:fs';
import type { LoadedConfig, SourceKind } from './load.ts';
import { reportSettings } from './describe.ts';
import type { SettingReport } from './describe.ts';

/** How many settings come from each source. */
export type SourceCounts = Record<SourceKind, number>;

export function countSources(loaded: LoadedConfig): SourceCounts {
  const counts: SourceCounts = { flag: 0, environment: 0, file: 0, discovered: 0, default: 0 };
  for (const { kind } of loaded.origins.values()) counts[kind] += 1;
  return counts;
}

/** What is allowed and yet not right: keys that are not there, secrets that others can read. */
export function findDoubts(loaded: LoadedConfig): string[] {
  const settings = reportSettings(loaded);
  return [...missingFiles(settings), ...readableSecrets(loaded, settings)];
}

/** Settings whose file must be there before a connection can be made. */
const keyFiles = /\.(ca|cert|key|identityFile)$/;

function missingFiles(settings: readonly SettingReport[]): string[] {
  return settings
    .filter(({ path, value }) => keyFiles.test(path) && typeof value === 'string')
    .filter(({ value }) => !existsSync(String(value)))
    .map(({ path, text, place }) => `${path} is ${text}, which is not there (${place})`);
}

/** A password in a file that every account of the machine may read; Windows keeps such things in its own lists. */
function readableSecrets(
  { file, origins }: LoadedConfig,
  settings: readonly SettingReport[],
): string[] {
  if (file === null || process.platform === 'win32') return [];
  const mode = statSync(file).mode & 0o777;
  if ((mode & 0o077) === 0) return [];
  const secret = settings.find(
    ({ source, text, type, path }) =>
      source === 'file' &&
      type === 'secret' &&
      origins.get(path)?.isReference !== true &&
      text?.includes('******'),
  );
  if (!secret) return [];
  return [
    `${file} is open to other accounts (mode ${mode.toString(8)}) and gives ${secret.path}; chmod 600 closes it`,
  ];
}
