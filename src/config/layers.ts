import path from 'node:path';
import { ScalectlError } from '../errors.ts';
import type { Discovery } from './discover.ts';
import type { ConfigFile } from './file.ts';
import { nearest } from './nearest.ts';
import type { Layer } from './origin.ts';
import { isSetting, listSettings, settings } from './settings/index.ts';

/** The flags that are settings, and the short names in the environment beside the regular ones. */
const flagNames: Record<string, string> = {
  'database.url': '--db',
  'cache.url': '--redis',
  'platform.dir': '--platform',
};
const shortNames: Record<string, string> = {
  SCALECTL_DB_URL: 'database.url',
  SCALECTL_REDIS_URL: 'cache.url',
};

/** Environment variables of scalectl that are no settings. */
const otherNames = ['SCALECTL_CONFIG', 'SCALECTL_PROFILE', 'SCALECTL_HOME'];

/** @param flags text by setting path; null takes a value back */
export function flagLayer(flags: Readonly<Record<string, string | null>>, folder: string): Layer {
  return new Map(
    Object.entries(flags).map(([at, raw]) => [
      at,
      { raw, origin: { kind: 'flag', place: flagNames[at] ?? 'command line', folder } },
    ]),
  );
}

/** An empty variable counts as not set: a shell cannot always take one out. */
export function environmentLayer(
  environment: NodeJS.ProcessEnv,
  folder: string,
  warn: (message: string) => void,
): Layer {
  const paths = new Map(listSettings().map((entry) => [entry.environmentName, entry.path]));
  for (const [name, at] of Object.entries(shortNames)) paths.set(name, at);
  const layer: Layer = new Map();
  for (const [given, raw] of Object.entries(environment)) {
    // To Windows the case of a name means nothing, and it hands out the one of the first writer.
    const name = process.platform === 'win32' ? given.toUpperCase() : given;
    if (!name.startsWith('SCALECTL_') || raw === undefined || raw === '') continue;
    const at = paths.get(name);
    if (at === undefined) {
      if (!otherNames.includes(name)) warn(unknownName(name, [...paths.keys()]));
      continue;
    }
    const before = layer.get(at);
    if (before && Object.hasOwn(shortNames, name)) continue;
    layer.set(at, { raw, origin: { kind: 'environment', place: name, folder } });
  }
  return layer;
}

function unknownName(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return `${name} is no setting of scalectl${near ? `; did you mean ${near}?` : ''}`;
}

/**
 * The profile's values first, then those of the file itself.
 * @param report takes each setting that is unknown or stands in the wrong form
 */
export function fileLayers(
  file: ConfigFile,
  profile: string | null,
  report: (problem: ScalectlError) => void,
): Layer[] {
  const { profiles, ...base } = file.values;
  const layers = [fileLayer(file, base, [], report)];
  if (profile !== null) {
    const chosen = profilesOf(file).get(profile);
    if (!chosen) throw noSuchProfile(profile, [...profilesOf(file).keys()]);
    layers.unshift(fileLayer(file, chosen, ['profiles', profile], report));
  } else if (profiles !== undefined && !isSection(profiles)) {
    report(sectionExpected('profiles', ['one section a profile'], profiles, file.file));
  }
  return layers;
}

/** The profiles of a file by name, with their sections. */
export function profilesOf(file: ConfigFile): ReadonlyMap<string, Record<string, unknown>> {
  const { profiles } = file.values;
  if (!isSection(profiles)) return new Map();
  return new Map(
    Object.entries(profiles).filter((entry): entry is [string, Record<string, unknown>] =>
      isSection(entry[1]),
    ),
  );
}

export function noSuchProfile(profile: string, known: readonly string[]): ScalectlError {
  const hint =
    known.length > 0 ? `Profiles: ${known.join(', ')}` : 'The configuration file has no profiles.';
  return new ScalectlError('config-invalid', `there is no profile "${profile}"`, { hint });
}

function fileLayer(
  file: ConfigFile,
  section: Record<string, unknown>,
  above: readonly string[],
  report: (problem: ScalectlError) => void,
): Layer {
  const layer: Layer = new Map();
  const folder = path.dirname(file.file);
  const visit = (values: Record<string, unknown>, node: unknown, names: string[]): void => {
    const known = node as Record<string, unknown>;
    for (const [name, raw] of Object.entries(values)) {
      const at = [...names, name];
      const where = placeIn(file, [...above, ...at]);
      const child = Object.hasOwn(known, name) ? known[name] : undefined;
      if (child === undefined) report(unknownSetting(at, Object.keys(known), where));
      else if (isSetting(child)) {
        layer.set(at.join('.'), { raw, origin: { kind: 'file', place: where, folder } });
      } else if (isSection(raw)) visit(raw, child, at);
      // A section with everything commented out is null in YAML.
      else if (raw !== null) {
        report(sectionExpected(at.join('.'), Object.keys(child as object), raw, where));
      }
    }
  };
  visit(section, settings, []);
  return layer;
}

function placeIn(file: ConfigFile, at: readonly string[]): string {
  const place = file.placeOf(at);
  return place === null ? file.file : `${file.file}, ${place}`;
}

/** The platform's own folder first: other settings may be relative to it, and `config show` tells it. */
export function discoveredLayer(discovery: Discovery): Layer {
  const layer: Layer = new Map();
  layer.set('platform.dir', {
    raw: discovery.folder,
    origin: { kind: 'discovered', place: 'its includes/config.php' },
  });
  for (const { path: at, value, name, place } of discovery.settings) {
    const origin = { kind: 'discovered' as const, place: `${name} in ${place}` };
    layer.set(at, { raw: value, origin: { ...origin, folder: discovery.folder } });
  }
  return layer;
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknownSetting(at: string[], known: readonly string[], where: string): ScalectlError {
  const near = nearest(at.at(-1) ?? '', known);
  const hint = near
    ? `Did you mean ${[...at.slice(0, -1), near].join('.')}?`
    : 'scalectl config show lists all settings.';
  return new ScalectlError('config-invalid', `${at.join('.')} is no setting (${where})`, { hint });
}

/** Tells the kind of what was found, not the value: a password that slipped to the wrong place stays unseen. */
function sectionExpected(
  at: string,
  known: readonly string[],
  raw: unknown,
  where: string,
): ScalectlError {
  const found = Array.isArray(raw)
    ? 'a list'
    : `a ${typeof raw === 'string' ? 'text' : typeof raw}`;
  return new ScalectlError(
    'config-invalid',
    `${at} is ${found}; it is a section with ${known.join(', ')} (${where})`,
    { hint: 'scalectl config show lists all settings.' },
  );
}
