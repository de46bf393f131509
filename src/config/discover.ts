import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { readDbConfig } from './db-config-file.ts';
import type { DbConfigEntry } from './db-config-file.ts';
import { isArray } from './php/literal.ts';
import type { Literal } from './php/literal.ts';
import type { Constant } from './php/constants.ts';
import { findPlatformConstant, readPlatformConstant } from './platform-constants.ts';
import type { PlatformValues } from './platform-constants.ts';
import { rememberSecret } from './redact.ts';

/** A setting of scalectl that the platform's PHP code or `.db_config` names. */
export interface DiscoveredSetting {
  /** `database.host` */
  path: string;
  value: unknown;
  /** `DB_HOST` */
  name: string;
  /** `includes/config.php, line 12` */
  place: string;
}

export interface Discovery {
  folder: string;
  settings: DiscoveredSetting[];
  /** Read, shown and deliberately not used, with the reason. */
  unused: { name: string; value: string; place: string; reason: string }[];
  /** Computed in PHP, so not readable. */
  unreadable: { name: string; place: string; reason: string }[];
}

const settingsFile = path.join('includes', 'config.php');

/** How much of a settings file is looked at to recognise it. */
const recognisedBytes = 256 * 1024;

/** The platform's folder: the nearest upward whose `includes/config.php` speaks of a database; null when none does. */
export function findPlatformFolder(workingDirectory: string): string | null {
  for (let folder = path.resolve(workingDirectory); ; folder = path.dirname(folder)) {
    if (isPlatform(folder)) return folder;
    if (folder === path.dirname(folder)) return null;
  }
}

/** A folder that may be named as the platform's: there is something to read in it. */
export function hasPlatformSettings(folder: string): boolean {
  const files = [settingsFile, '.db_config', path.join('includes', '.db_config')];
  return files.some((file) => existsSync(path.join(folder, file)));
}

/**
 * Reads the platform's settings: literal constants of `includes/config.php` and the files it includes, then
 * `.db_config`. No PHP runs. A constant counts before `.db_config`; what is computed is filled from there.
 */
export async function discoverSettings(folder: string): Promise<Discovery> {
  const { readPhpConstants } = await import('./php/constants.ts');
  const file = path.join(folder, settingsFile);
  const php = existsSync(file)
    ? await readPhpConstants(file, folder)
    : { constants: new Map<string, Constant>(), problems: [] };
  const dbConfig = readDbConfig(folder);

  const collected = new Collector(folder, valuesOf(php.constants, dbConfig.entries));
  for (const [name, constant] of php.constants) collected.addConstant(name, constant);
  for (const entry of dbConfig.entries) collected.add(entry, entry.constant);
  collected.addUnreadable(php.constants);
  collected.discovery.unreadable.push(...php.problems, ...dbConfig.problems);
  return collected.discovery;
}

class Collector {
  readonly discovery: Discovery;
  private readonly platform: PlatformValues;

  constructor(folder: string, constants: ReadonlyMap<string, Literal>) {
    this.discovery = { folder, settings: [], unused: [], unreadable: [] };
    this.platform = { folder, constants };
  }

  addConstant(name: string, { place, reading }: Constant): void {
    if ('value' in reading) this.add({ name, place, value: reading.value }, name);
  }

  /** @param meaning the constant whose meaning the value has: `DB_PASS` for `password` of `.db_config` */
  add(found: { name: string; place: string; value: Literal }, meaning: string): void {
    const constant = findPlatformConstant(meaning);
    if (!constant) return;
    const { name, place, value } = found;
    const isSecret = /PASS/.test(meaning);
    if (isSecret) rememberSecret(textOf(value));
    const leaveOut = (reason: string): void => {
      const shown = isSecret ? '******' : textOf(value);
      this.discovery.unused.push({ name, value: shown, place, reason });
    };
    const read = readPlatformConstant(constant, value, this.platform);
    if (typeof read['unused'] === 'string') {
      leaveOut(read['unused']);
      return;
    }
    const { settings } = this.discovery;
    for (const [setting, settingValue] of Object.entries(read)) {
      const before = settings.find((other) => other.path === setting);
      if (!before) settings.push({ path: setting, value: settingValue, name, place });
      else if (before.value !== settingValue) {
        leaveOut(`${setting} is taken from ${before.name} in ${before.place}`);
      }
    }
  }

  /** Names what is computed, unless its setting came from somewhere else. */
  addUnreadable(constants: ReadonlyMap<string, Constant>): void {
    for (const [name, { place, reading }] of constants) {
      const constant = findPlatformConstant(name);
      if (!constant || 'value' in reading) continue;
      const setting = 'setting' in constant ? constant.setting : null;
      if (this.discovery.settings.some((other) => other.path === setting)) continue;
      const advice = setting === null ? '' : `; scalectl takes it from ${setting}`;
      this.discovery.unreadable.push({ name, place, reason: `${reading.reason}${advice}` });
    }
  }
}

function valuesOf(
  constants: ReadonlyMap<string, Constant>,
  entries: readonly DbConfigEntry[],
): Map<string, Literal> {
  const values = new Map(entries.map(({ constant, value }) => [constant, value]));
  for (const [name, { reading }] of constants) {
    if ('value' in reading) values.set(name, reading.value);
  }
  return values;
}

function textOf(value: Literal): string {
  return isArray(value) ? 'an array' : String(value);
}

/** Cheap, because every command asks it for every folder upward: no PHP is parsed here. */
function isPlatform(folder: string): boolean {
  const file = path.join(folder, settingsFile);
  if (!existsSync(file)) return false;
  try {
    return /\bdefine\s*\(\s*['"]DB_|\bconst\s+DB_/i.test(beginningOf(file));
  } catch {
    // A file that this account may not read makes no platform; one that is named with platform.dir says so.
    return false;
  }
}

function beginningOf(file: string): string {
  const opened = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(recognisedBytes);
    return buffer.toString('utf8', 0, readSync(opened, buffer, 0, recognisedBytes, 0));
  } finally {
    closeSync(opened);
  }
}
