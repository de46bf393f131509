import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

import type { TestProject } from 'vitest/node';

import { createSandbox } from '../../src/sandbox/servers/sandbox.ts';
import type { Sandbox } from '../../src/sandbox/servers/sandbox.ts';
import { startMariadb } from '../../src/sandbox/servers/mariadb.ts';
import type { MariadbServer } from '../../src/sandbox/servers/mariadb.ts';
import { startRedis } from '../../src/sandbox/servers/redis.ts';
import type { RedisServer } from '../../src/sandbox/servers/redis.ts';
import { sweepAbandonedSandboxes } from '../../src/sandbox/servers/sweep.ts';
import { findLeaks } from './leaks.ts';
import { redisDatabases, runMarker } from './provided.ts';
import './provided.ts';

interface Servers {
  mariadb: MariadbServer;
  redis: RedisServer;
}

/** One for all projects of a vitest process; each project loads this file anew. */
interface Run {
  /** The run's temporary folder: TMPDIR of everything that the tests start. */
  sandbox: Sandbox;
  servers: Promise<Servers> | null;
  projects: number;
}

const runs = globalThis as { scalectlTestRun?: Promise<Run> };
const withServers = ['integration', 'cli', 'faults', 'browser', 'drills', 'windows'];
const withBinary = ['cli', 'browser', 'drills', 'windows'];

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (withBinary.includes(project.name)) requireBinary(project.config.root);
  const run = await (runs.scalectlTestRun ??= startRun());
  run.projects += 1;
  if (withServers.includes(project.name)) {
    const { mariadb, redis } = await (run.servers ??= startServers());
    project.provide('mariadbUrl', mariadb.url);
    project.provide('redisUrl', redis.url);
  } else {
    project.provide('mariadbUrl', null);
    project.provide('redisUrl', null);
  }
  return async () => {
    run.projects -= 1;
    if (run.projects === 0) await endRun(run);
  };
}

function requireBinary(root: string): void {
  if (existsSync(path.join(root, 'dist/bin/scalectl.js'))) return;
  throw new Error('dist/bin/scalectl.js is missing: run `npm run build` first (`npm test` does).');
}

async function startRun(): Promise<Run> {
  await sweepAbandonedSandboxes();
  const sandbox = await createSandbox();
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = sandbox.folder;
  process.env[runMarker] = sandbox.folder;
  return { sandbox, servers: null, projects: 0 };
}

async function startServers(): Promise<Servers> {
  const [mariadb, redis] = await Promise.all([
    startMariadb({
      extraArguments: [
        '--max-connections=300',
        // Each test has a database of its own, and forms of statements are counted by database.
        '--performance-schema-digests-size=100000',
      ],
    }),
    startRedis({ databases: redisDatabases }),
  ]);
  return { mariadb, redis };
}

/** vitest only prints what a teardown throws: the exit code is set here. */
async function endRun(run: Run): Promise<void> {
  const servers = await run.servers;
  try {
    const leaks = await findLeaks({
      folder: run.sandbox.folder,
      servers,
      serverFolders: servers
        ? [servers.mariadb, servers.redis].map((server) => path.dirname(server.dataDir))
        : [],
    });
    if (leaks.length > 0) {
      process.exitCode = 1;
      throw new Error(
        `The tests left something behind:\n${leaks.map((leak) => `- ${leak}`).join('\n')}`,
      );
    }
  } finally {
    await Promise.all([servers?.mariadb.stop(), servers?.redis.stop()]);
    await run.sandbox.remove();
  }
}
