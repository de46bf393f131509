import { spawnSync } from 'node:child_process';
import type { MariadbServer } from '../../../src/sandbox/servers/mariadb.ts';
import { findTool } from '../../../src/sandbox/tools.mjs';

/** Runs pt-duplicate-key-checker once and counts the indexes that it would drop. */
export type DuplicateKeyChecker = (
  server: MariadbServer,
  database: string,
) => { found: number; durationMs: number };

/** @returns null where the program is not there: `node bin/bootstrap.mjs --test` unpacks it */
export async function findDuplicateKeyChecker(): Promise<DuplicateKeyChecker | null> {
  const tool = await findTool('pt-duplicate-key-checker');
  if (!tool) return null;
  return (server, database) => {
    const login = ['--host=127.0.0.1', `--port=${server.port}`, `--user=${server.user}`];
    const args = [...login, `--password=${server.password}`, `--databases=${database}`];
    const startedAt = performance.now();
    const { status, stdout, stderr } = spawnSync(tool.command, [...tool.args, ...args], {
      encoding: 'utf8',
      env: { ...process.env, ...tool.env },
      maxBuffer: 1 << 28,
    });
    const durationMs = performance.now() - startedAt;
    if (status !== 0) throw new Error(`pt-duplicate-key-checker ended with ${status}: ${stderr}`);
    const dropped = stdout
      .match(/^ALTER TABLE .*$/gm)
      ?.join('\n')
      .match(/DROP INDEX/g);
    return { found: dropped?.length ?? 0, durationMs };
  };
}
