import path from 'node:path';
import { readSource } from './php/included-file.ts';
import type { Literal } from './php/literal.ts';

/** A value of `.db_config`, under the name of the constant that means the same. */
export interface DbConfigEntry {
  /** The field as it stands there: `pass` or `password`. */
  name: string;
  /** `DB_PASS` */
  constant: string;
  value: Literal;
  place: string;
}

export interface DbConfig {
  entries: DbConfigEntry[];
  problems: { name: string; place: string; reason: string }[];
}

/** Code of the platform writes these fields by more than one name. The first that is there counts. */
const fields: readonly (readonly [constant: string, names: readonly string[]])[] = [
  ['DB_HOST', ['host', 'hostname']],
  ['DB_PORT', ['port']],
  ['DB_SOCKET', ['socket']],
  ['DB_USER', ['user', 'username']],
  ['DB_PASS', ['password', 'pass']],
  ['DB_NAME', ['dbname', 'database', 'name']],
];

/** The credentials in the platform's JSON file `.db_config`, in its folder or in `includes`; empty without one. */
export function readDbConfig(folder: string): DbConfig {
  for (const name of ['.db_config', 'includes/.db_config']) {
    const source = readSource(path.join(folder, name));
    if ('content' in source) return parse(source.content, name);
    if (source.reason !== 'no such file') {
      return { entries: [], problems: [{ name, place: name, reason: source.reason }] };
    }
  }
  return { entries: [], problems: [] };
}

function parse(content: string, place: string): DbConfig {
  const values = objectIn(content);
  if (values === null) {
    return { entries: [], problems: [{ name: place, place, reason: 'not a JSON object' }] };
  }
  const entries = fields.flatMap(([constant, names]): DbConfigEntry[] => {
    const name = names.find((candidate) => isScalar(values[candidate]));
    if (name === undefined) return [];
    return [{ name, constant, value: values[name] as Literal, place }];
  });
  return { entries, problems: [] };
}

/** The parser's message quotes the content, which is a password: only the fact is told. */
function objectIn(content: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(content.replace(/^\uFEFF/, ''));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function isScalar(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
