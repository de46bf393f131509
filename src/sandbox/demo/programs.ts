import { ScalectlError } from '../../errors.ts';
import { installAdvice } from '../install-advice.mjs';
import { findServer } from '../programs.mjs';
import type { Program } from '../programs.mjs';

export interface DemoPrograms {
  /** Null when the database is somebody else's. */
  database: Program | null;
  redis: Program;
}

/**
 * The server programs of this machine that a demo needs. Both are looked for before anything is started, so that what
 * is missing is told at once.
 * @throws ScalectlError `server-program-missing` with what to install
 */
export async function findDemoPrograms(needsDatabase: boolean): Promise<DemoPrograms> {
  const [database, redis] = await Promise.all([
    needsDatabase ? firstOf(['mariadb', 'mysql']) : null,
    firstOf(['redis', 'valkey']),
  ]);
  const missing = [
    ...(needsDatabase && database === null
      ? [{ name: 'MariaDB', advice: installAdvice('mariadb') }]
      : []),
    ...(redis === null ? [{ name: 'Redis', advice: installAdvice('redis') }] : []),
  ];
  if (redis !== null && missing.length === 0) return { database, redis };
  throw new ScalectlError(
    'server-program-missing',
    `There is no ${missing.map(({ name }) => name).join(' and no ')} server program on this machine.`,
    { hint: missing.map(({ name, advice }) => `${name}: ${advice}`).join('\n  ') },
  );
}

async function firstOf(names: readonly string[]): Promise<Program | null> {
  for (const name of names) {
    const program = await findServer(name);
    if (program !== null) return program;
  }
  return null;
}
