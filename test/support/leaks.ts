import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';

import { Redis } from 'ioredis';
import mysql from 'mysql2/promise';

import { runMarker } from './provided.ts';

/** What ends by itself gets this long before it counts as left behind. */
const graceMs = 3000;

export interface LeakSearch {
  /** The run's temporary folder. */
  folder: string;
  servers: { mariadb: { url: string }; redis: { url: string } } | null;
  /** Sandbox folders of the run's own servers. */
  serverFolders: readonly string[];
}

/** Connections, processes and temporary folders that a run left behind, each in one line. */
export async function findLeaks(search: LeakSearch): Promise<string[]> {
  const deadline = Date.now() + graceMs;
  for (;;) {
    const leaks = [
      ...(search.servers ? await databaseConnections(search.servers.mariadb.url) : []),
      ...(search.servers ? await redisConnections(search.servers.redis.url) : []),
      ...(await markedProcesses(search.folder)),
      ...(await sandboxFolders(search)),
    ];
    if (leaks.length === 0 || Date.now() > deadline) return leaks;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function databaseConnections(url: string): Promise<string[]> {
  const connection = await mysql.createConnection(url);
  try {
    const [rows] = await connection.query<mysql.RowDataPacket[]>(
      `SELECT id, db, command, info FROM information_schema.processlist
       WHERE id <> CONNECTION_ID() AND user = 'scalectl'`,
    );
    return rows.map((row) => `a database connection: ${JSON.stringify(row)}`);
  } finally {
    await connection.end();
  }
}

async function redisConnections(url: string): Promise<string[]> {
  const client = new Redis(url);
  try {
    const own = await client.client('ID');
    const list = String(await client.client('LIST'));
    return list
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith(`id=${own} `))
      .map((line) => `a Redis connection: ${line}`);
  } finally {
    await client.quit();
  }
}

/** Linux alone shows the environment of a process. Children of this process are vitest's own workers. */
async function markedProcesses(marker: string): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const leaks: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1');
      if (!environment.split('\0').includes(`${runMarker}=${marker}`)) continue;
      const status = await readFile(`/proc/${pid}/status`, 'latin1');
      if (new RegExp(`^PPid:\\s+${process.pid}$`, 'm').test(status)) continue;
      if (/^State:\s+Z/m.test(status)) continue;
      const commandLine = (await readFile(`/proc/${pid}/cmdline`, 'latin1')).replaceAll('\0', ' ');
      leaks.push(`process ${pid}: ${commandLine}`);
    } catch {
      // It ended, or belongs to somebody else.
    }
  }
  return leaks;
}

async function sandboxFolders(search: LeakSearch): Promise<string[]> {
  return (await readdir(search.folder))
    .filter((name) => name.startsWith('scalectl-'))
    .map((name) => path.join(search.folder, name))
    .filter((folder) => !search.serverFolders.includes(folder))
    .map((folder) => `a temporary folder: ${folder}`);
}
