import type { FileEdit } from '../config/edit-file.ts';
import type { LoadedConfig, Origin } from '../config/load.ts';
import { listSettings } from '../config/settings/index.ts';
import type { SettingEntry } from '../config/settings/index.ts';

/** What the configuration file is to say, and whether it then holds a password itself. */
export interface ChosenSettings {
  edits: FileEdit[];
  /** Settings whose secret would stand in the file in clear. */
  secretsInClear: string[];
  /** Environment variables that the file would refer to. */
  variables: string[];
}

/**
 * Picks what a file must say for the same settings to hold without the flags and variables of this run. What the
 * platform's PHP code says is not copied: the file names the platform's folder, so that a password stays in one place
 * and a change there counts at once. A secret from the environment becomes `{"env":"NAME"}`, one from a flag or a
 * question stands in clear, apart from the URL.
 * @param references settings whose secret the operator keeps in a variable of this name
 */
export function chooseSettings(
  loaded: LoadedConfig,
  references: ReadonlyMap<string, string> = new Map(),
): ChosenSettings {
  const chosen: ChosenSettings = { edits: [], secretsInClear: [], variables: [] };
  const above = loaded.profile === null ? [] : ['profiles', loaded.profile];
  const put = (at: string, value: unknown): void => {
    chosen.edits.push({ path: [...above, ...at.split('.')], value });
  };
  const putSecret = (at: string, value: string, variable: string | undefined): void => {
    if (variable === undefined) chosen.secretsInClear.push(at);
    else chosen.variables.push(variable);
    put(at, variable === undefined ? value : { env: variable });
  };
  const platform = platformFolder(loaded);
  if (platform !== undefined) put('platform.dir', platform);
  for (const entry of listSettings()) {
    const { path: at, setting } = entry;
    const origin = loaded.origins.get(at);
    if (at === 'platform.dir' || !isOfThisRun(origin)) continue;
    const value = valueAt(loaded.values, at);
    const variable = origin.kind === 'environment' ? origin.place : references.get(at);
    if (!setting.secret || typeof value !== 'string') put(at, inFile(entry, value));
    else if (isUrl(at)) {
      const { url, password } = splitUrl(value);
      if (password !== null && origin.kind === 'environment') putSecret(at, url, variable);
      else {
        put(at, url);
        const beside = at.replace(/url$/, 'password');
        if (password !== null) putSecret(beside, password, references.get(beside));
      }
    } else putSecret(at, value, variable);
  }
  return chosen;
}

/** Undefined: nothing to say about it. Null: the platform's settings are not to be read. */
function platformFolder({ discovery, origins, values }: LoadedConfig): string | null | undefined {
  const origin = origins.get('platform.dir');
  if (origin?.kind === 'file') return undefined;
  if (discovery) return discovery.folder;
  return origin?.kind === 'flag' && values.platform.dir === null ? null : undefined;
}

function isOfThisRun(origin: Origin | undefined): origin is Origin {
  return origin?.kind === 'flag' || origin?.kind === 'environment';
}

/** As a file has it: durations and sizes with their unit. */
function inFile({ setting }: SettingEntry, value: unknown): unknown {
  return value !== null && ['duration', 'size'].includes(setting.type)
    ? setting.format(value)
    : value;
}

function isUrl(at: string): boolean {
  return at === 'database.url' || at === 'cache.url';
}

function splitUrl(text: string): { url: string; password: string | null } {
  const url = new URL(text);
  if (url.password === '') return { url: text, password: null };
  const password = decodeURIComponent(url.password);
  url.password = '';
  return { url: url.href, password };
}

function valueAt(tree: unknown, at: string): unknown {
  return at
    .split('.')
    .reduce((node, name) => (node as Record<string, unknown> | undefined)?.[name], tree);
}
