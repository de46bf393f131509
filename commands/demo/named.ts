import process from 'node:process';
import type { NamedDatabase } from '../../src/sandbox/demo/named-database.ts';
import type { Context } from '../context.ts';

/** The database of `--db`. Its password may stand in the environment, out of sight of other users. */
export function namedDatabase({ globals }: Context): NamedDatabase | null {
  if (globals.db === undefined) return null;
  return { url: globals.db, password: process.env['SCALECTL_DATABASE_PASSWORD'] ?? null };
}
