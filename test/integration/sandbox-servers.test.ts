import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

import { Redis } from 'ioredis';
import mysql from 'mysql2/promise';
import { describe, expect, it } from 'vitest';

import { findFreePort } from '../../src/sandbox/servers/free-port.ts';
import { startMariadb } from '../../src/sandbox/servers/mariadb.ts';
import { startRedis } from '../../src/sandbox/servers/redis.ts';
import { createSandbox } from '../../src/sandbox/servers/sandbox.ts';
import { sweepAbandonedSandboxes } from '../../src/sandbox/servers/sweep.ts';
import { isAlive } from '../../src/sandbox/servers/processes.ts';
import { freshDatabase } from '../support/database.ts';
import { freshRedis } from '../support/redis.ts';

const run = promisify(execFile);

describe('the test support', () => {
  it('gives an empty database on a MariaDB that watches its statements', async () => {
    const database = await freshDatabase();
    expect(await database.query('SHOW TABLES')).toEqual([]);
    expect(await database.query('SELECT @@performance_schema AS watched')).toEqual([
      { watched: 1 },
    ]);
  });

  it('gives an empty Redis database that takes keys', async () => {
    const redis = await freshRedis();
    await redis.client.set('key', 'value');
    expect(await redis.client.dbsize()).toBe(1);
    const other = await freshRedis();
    expect(await other.client.dbsize()).toBe(0);
  });
});

describe('a private MariaDB', () => {
  it('keeps its data over kill and restart on the same port, and leaves nothing after stop', async () => {
    await using server = await startMariadb({
      performanceSchema: false,
      extraArguments: ['--max-connections=12'],
    });
    const { port } = server;
    await ask(server.url, 'CREATE DATABASE kept');
    const firstPid = server.pid;
    await server.kill();
    expect(isAlive(firstPid)).toBe(false);
    await server.restart();
    expect(server.port).toBe(port);
    expect(await ask(server.urlOf('kept'), 'SELECT DATABASE() AS name')).toEqual([
      { name: 'kept' },
    ]);
    expect(
      await ask(server.url, 'SELECT @@performance_schema AS p, @@max_connections AS c'),
    ).toEqual([{ p: 0, c: 12 }]);
    const lastPid = server.pid;
    await server.stop();
    expect(isAlive(lastPid)).toBe(false);
    expect(existsSync(path.dirname(server.dataDir))).toBe(false);
  });

  it('lets nobody in without its password, root neither', async () => {
    await using server = await startMariadb();
    for (const user of ['root', '', 'scalectl']) {
      const stranger = Object.assign(new URL(server.url), { username: user, password: '' });
      await expect(ask(stranger.href, 'SELECT 1')).rejects.toThrow(/Access denied/);
    }
    const folder = await stat(path.dirname(server.dataDir));
    if (process.platform !== 'win32') expect(folder.mode & 0o777).toBe(0o700);
  });

  it('tells the end of its log when it does not start', async () => {
    const start = startMariadb({ extraArguments: ['--no-such-option'] });
    await expect(start).rejects.toMatchObject({
      code: 'operation-failed',
      message: expect.stringContaining('no-such-option') as string,
    });
  });

  it('stops starting when it is told to', async () => {
    const signal = AbortSignal.abort();
    await expect(startMariadb({ signal })).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('names what is missing when there is no such program', async () => {
    await expect(startMariadb({ server: 'mariadb-1.0' })).rejects.toMatchObject({
      code: 'server-program-missing',
    });
  });
});

describe('a private Redis', () => {
  it('takes a fixed port and further configuration, and wants its password', async () => {
    const port = await findFreePort();
    await using server = await startRedis({ port, extraConfiguration: ['maxmemory 5mb'] });
    expect(server.port).toBe(port);
    const client = new Redis(server.url);
    expect(await client.config('GET', 'maxmemory')).toEqual(['maxmemory', '5242880']);
    await client.quit();
    const stranger = new Redis(port, '127.0.0.1');
    // The refusal comes to the command as well; without a listener it is also printed.
    stranger.on('error', () => undefined);
    await expect(stranger.get('x')).rejects.toThrow(/NOAUTH/);
    stranger.disconnect();
  });
});

describe('what a killed process left', () => {
  it('is ended and removed by the next sweep, server and folder', async () => {
    const server = await startRedis();
    const folder = path.dirname(server.dataDir);
    await disown(folder);
    const swept = await sweepAbandonedSandboxes();
    expect(swept).toMatchObject({ removed: [folder], ended: [server.pid] });
    expect(isAlive(server.pid)).toBe(false);
    await server.stop();
  });

  it('is left alone while its owner lives', async () => {
    await using sandbox = await createSandbox();
    expect((await sweepAbandonedSandboxes()).removed).not.toContain(sandbox.folder);
    expect(existsSync(sandbox.folder)).toBe(true);
  });
});

/** Makes the owner's note name a process that has ended, as after kill -9. */
async function disown(folder: string): Promise<void> {
  const { stdout } = await run(process.execPath, ['-p', 'process.pid']);
  const file = path.join(folder, 'owner.json');
  const owner = JSON.parse(await readFile(file, 'utf8')) as object;
  await writeFile(file, JSON.stringify({ ...owner, pid: Number(stdout), startToken: 'gone' }));
}

async function ask(url: string, statement: string): Promise<unknown> {
  const connection = await mysql.createConnection(url);
  try {
    return (await connection.query(statement))[0];
  } finally {
    await connection.end();
  }
}
