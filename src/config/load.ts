import { existsSync } from 'node:fs';
import path from 'node:path';
import { ScalectlError } from '../errors.ts';
import { settleAddresses } from './address.ts';
import { discoverSettings, findPlatformFolder, hasPlatformSettings } from './discover.ts';
import type { Discovery } from './discover.ts';
import { findConfigFile, readConfigFile } from './file.ts';
import type { ConfigFile } from './file.ts';
import {
  discoveredLayer,
  environmentLayer,
  fileLayers,
  flagLayer,
  noSuchProfile,
  profilesOf,
} from './layers.ts';
import { wrongValue } from './origin.ts';
import type { Found, Layer, Origin } from './origin.ts';
import { fromFolder, readValue } from './read-value.ts';
import { rememberSecretsIn } from './secret-values.ts';
import { listSettings } from './settings/index.ts';
import type { Config, SettingEntry } from './settings/index.ts';

export type { Origin, SourceKind } from './origin.ts';

export interface LoadedConfig {
  values: Config;
  /** By setting path. */
  origins: ReadonlyMap<string, Origin>;
  file: string | null;
  profile: string | null;
  /** Names of the file's profiles. */
  profiles: readonly string[];
  /** The platform's PHP settings, when a platform was found. */
  discovery: Discovery | null;
  warnings: string[];
}

export interface LoadOptions {
  workingDirectory: string;
  environment: NodeJS.ProcessEnv;
  /** Values of command-line flags by setting path, as text; null takes back what weaker sources say. */
  flags?: Record<string, string | null>;
  file?: string;
  /** The file that is named may not be there yet: then none is read. */
  isFileOptional?: boolean;
  profile?: string;
  /** Off for commands that only look at scalectl itself. */
  discover?: boolean;
}

/**
 * Reads all settings. Precedence: flag, environment, file (its profile over its base), discovered PHP settings,
 * default.
 * @throws ScalectlError `config-invalid` naming each setting that is wrong, what was found, what is allowed and
 *   where it stands; `config-unreadable` for a file that cannot be parsed; `usage` for a wrong flag
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const { environment, workingDirectory } = options;
  const warnings: string[] = [];
  const problems: ScalectlError[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const report = (problem: ScalectlError): void => void problems.push(problem);
  const file = await openFile(options);
  const profile = options.profile ?? environment['SCALECTL_PROFILE'] ?? null;
  if (profile !== null && !file) throw noSuchProfile(profile, []);

  const layers: Layer[] = [
    flagLayer(options.flags ?? {}, workingDirectory),
    environmentLayer(environment, workingDirectory, warn),
    ...(file ? fileLayers(file, profile, report) : []),
  ];
  const discovery = options.discover === false ? null : await discover(layers, options);
  const discovered = discovery && discoveredLayer(discovery);
  settleAddresses(layers, discovered, warn);

  const origins = new Map<string, Origin>();
  const values: Record<string, unknown> = {};
  const all = discovered ? [...layers, discovered] : layers;
  for (const entry of listSettings()) {
    const read = readSetting(entry, all, environment, { warn, report });
    origins.set(entry.path, read.origin);
    put(values, entry.path.split('.'), read.value);
  }
  throwIfAny(problems);
  return {
    values: values as unknown as Config,
    origins,
    file: file?.file ?? null,
    profile,
    profiles: file ? [...profilesOf(file).keys()] : [],
    discovery,
    warnings,
  };
}

async function openFile(options: LoadOptions): Promise<ConfigFile | null> {
  const { environment, workingDirectory } = options;
  const named = options.file ?? (environment['SCALECTL_CONFIG'] || null);
  const found = named ?? findConfigFile(workingDirectory, environment);
  if (found === null) return null;
  const file = path.resolve(workingDirectory, found);
  return options.isFileOptional === true && !existsSync(file) ? null : readConfigFile(file);
}

async function discover(layers: readonly Layer[], options: LoadOptions): Promise<Discovery | null> {
  const named = layers.find((layer) => layer.has('platform.dir'))?.get('platform.dir');
  // null in a file: the platform's settings are not to be read.
  if (named?.raw === null) return null;
  if (typeof named?.raw !== 'string') {
    const folder = findPlatformFolder(options.workingDirectory);
    return folder ? discoverSettings(folder) : null;
  }
  const folder = fromFolder(named.raw, named.origin);
  if (hasPlatformSettings(folder)) return discoverSettings(folder);
  const what = `is ${folder}, which has neither includes/config.php nor .db_config`;
  throw wrongValue('platform.dir', what, named.origin);
}

/** A wrong value of the platform is the platform's business: it is told, and the default stands in. */
function readSetting(
  entry: SettingEntry,
  layers: readonly Layer[],
  environment: NodeJS.ProcessEnv,
  tell: { warn: (message: string) => void; report: (problem: ScalectlError) => void },
): { value: unknown; origin: Origin } {
  const found = layers
    .map((layer) => layer.get(entry.path))
    .filter((value): value is Found => value !== undefined);
  // Also those that lose: a password that is not used is still one.
  for (const { raw } of found) rememberSecretsIn(entry, raw);
  const [first] = found;
  try {
    if (first) {
      const value = readValue(entry, first, environment);
      rememberSecretsIn(entry, value);
      const isReference = entry.setting.secret && typeof first.raw === 'object';
      return { value, origin: isReference ? { ...first.origin, isReference } : first.origin };
    }
  } catch (error) {
    if (!(error instanceof ScalectlError)) throw error;
    if (first?.origin.kind === 'discovered') {
      tell.warn(`a value of the platform is not used: ${error.message}`);
    } else tell.report(error);
  }
  return { value: entry.setting.default, origin: { kind: 'default', place: 'default' } };
}

/** All that is wrong at once: mending a file one error a run is tedious. */
function throwIfAny(problems: readonly ScalectlError[]): void {
  const [first, ...others] = problems;
  if (!first) return;
  if (others.length === 0) throw first;
  const lines = problems.map(({ message }) => `\n  ${message}`).join('');
  throw new ScalectlError(first.code, `${problems.length} settings are wrong:${lines}`, {
    ...(first.hint === null ? {} : { hint: first.hint }),
  });
}

function put(tree: Record<string, unknown>, names: readonly string[], value: unknown): void {
  const [name, ...rest] = names;
  if (name === undefined) return;
  if (rest.length === 0) tree[name] = value;
  else put((tree[name] ??= {}) as Record<string, unknown>, rest, value);
}
