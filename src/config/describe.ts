import { ScalectlError } from '../errors.ts';
import type { LoadedConfig, Origin, SourceKind } from './load.ts';
import { nearest } from './nearest.ts';
import { withoutSecrets } from './secret-values.ts';
import { listSettings } from './settings/index.ts';
import type { SettingEntry } from './settings/index.ts';

/** What a setting is, apart from the value it has here. */
export interface SettingDescription {
  /** `database.pool.size` */
  path: string;
  /** `SCALECTL_DATABASE_POOL_SIZE` */
  environmentName: string;
  meaning: string;
  type: string;
  unit: string | null;
  /** What a value may be, in words. */
  allowed: string;
  /** In `unit`; null for none. */
  default: unknown;
  /** As a person writes it: `5s`; null for none. */
  defaultText: string | null;
}

/** A setting with its value. Secrets are masked. */
export interface SettingReport extends SettingDescription {
  /** In `unit`. */
  value: unknown;
  /** As a person writes it: `5s`; null for no value. */
  text: string | null;
  source: SourceKind;
  /** `SCALECTL_DB_URL`, `/…/scalectl.config.json, line 3, column 12`, `DB_HOST in includes/config.php, line 4` */
  place: string;
}

/** Every setting in the order of the schema, with its value and where that came from. */
export function reportSettings({ values, origins }: LoadedConfig): SettingReport[] {
  return listSettings().map((entry) =>
    report(entry, valueAt(values, entry.path), origins.get(entry.path) ?? byDefault),
  );
}

export function describeSetting(entry: SettingEntry): SettingDescription {
  const { setting, path, environmentName } = entry;
  const { meaning, type, unit, allowed } = setting;
  return {
    path,
    environmentName,
    meaning,
    type,
    unit,
    allowed,
    default: setting.default,
    defaultText: textOf(entry, setting.default),
  };
}

/**
 * The settings that a word names: one by its path or its environment variable, all of a section, or the one that a
 * path leads into (`queue.handlers.mail`).
 * @throws ScalectlError `usage` with the nearest name
 */
export function findSettings(word: string): SettingEntry[] {
  const entries = listSettings();
  const wanted = word === 'SCALECTL_DB_URL' ? 'SCALECTL_DATABASE_URL' : word;
  const name = wanted === 'SCALECTL_REDIS_URL' ? 'SCALECTL_CACHE_URL' : wanted;
  const exact = entries.find(({ path, environmentName }) => [path, environmentName].includes(name));
  if (exact) return [exact];
  const section = entries.filter(({ path }) => path.startsWith(`${name}.`));
  if (section.length > 0) return section;
  const around = entries.find(
    ({ path, setting }) => setting.type === 'structure' && name.startsWith(`${path}.`),
  );
  if (around) return [around];
  throw unknownName(word, entries);
}

const byDefault: Origin = { kind: 'default', place: 'default' };

function report(entry: SettingEntry, value: unknown, origin: Origin): SettingReport {
  const shown = withoutSecrets(entry, value);
  return {
    ...describeSetting(entry),
    value: shown,
    text: textOf(entry, shown),
    source: origin.kind,
    place: origin.place,
  };
}

/** @param value without secrets */
function textOf({ setting }: SettingEntry, value: unknown): string | null {
  if (value === null) return null;
  if (!setting.secret) return setting.format(value);
  return typeof value === 'string' ? value : null;
}

function valueAt(tree: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce((node, name) => (node as Record<string, unknown> | undefined)?.[name], tree);
}

function unknownName(word: string, entries: readonly SettingEntry[]): ScalectlError {
  const sections = new Set(entries.map(({ path }) => path.split('.').slice(0, -1).join('.')));
  const known = [...entries.map(({ path }) => path), ...sections];
  const lastWords = known.filter((path) => path.split('.').at(-1) === word.split('.').at(-1));
  const near = nearest(word, known) ?? lastWords[0];
  return new ScalectlError('usage', `there is no setting ${word}`, {
    hint: near ? `Did you mean ${near}?` : 'scalectl config show lists all settings.',
  });
}
