import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { connectDatabase } from '../../src/database/connect.ts';
import { atEndOfFile } from '../support/cleanups.ts';
import { freshDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { startSshd } from '../support/sshd.ts';
import type { TestSshd } from '../support/sshd.ts';
import { toolOrSkip } from '../support/tool.ts';

/** Comes by bootstrap --test. */
const server = await toolOrSkip('sshd');

let test: TestDatabase;
let sshd: TestSshd;

/** ssh remembers host keys in the account's own file unless told: tests must not write there. */
let knownHosts: string;

beforeAll(async () => {
  if (!server) return;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ssh-'));
  atEndOfFile(() => rm(folder, { recursive: true, force: true }));
  knownHosts = path.join(folder, 'known hosts');
  test = await freshDatabase();
  sshd = await startSshd();
});

describe.skipIf(!server)('a database behind an SSH hop', () => {
  it('is reached, and no ssh is left when the connection closes', async () => {
    {
      await using database = await connectDatabase(await settingsOf({}));
      const [row] = await database.read<{ answer: number }>('SELECT 1 AS answer');
      expect(row?.answer).toBe(1);
      expect(runningTunnels()).toBe(1);
      // Shown is the database itself, not the local end of the hop.
      expect(database.target.label).toContain(new URL(test.url).port);
    }
    expect(runningTunnels()).toBe(0);
  });

  it('fails with what ssh said when nothing listens there', async () => {
    const settings = await settingsOf({ SCALECTL_DATABASE_SSH_PORT: '1' });
    await expect(connectDatabase(settings)).rejects.toMatchObject({
      code: 'tunnel-failed',
      exitCode: 69,
      message: expect.stringMatching(/Connection refused/) as string,
    });
    expect(runningTunnels()).toBe(0);
  });

  it('refuses a host key that it does not know unless told otherwise', async () => {
    const settings = await settingsOf({
      SCALECTL_DATABASE_SSH_STRICT_HOST_KEYS: 'true',
      SCALECTL_DATABASE_SSH_KNOWN_HOSTS_FILE: `${knownHosts} of nobody`,
    });
    await expect(connectDatabase(settings)).rejects.toMatchObject({
      code: 'tunnel-failed',
      message: expect.stringContaining('Host key verification failed') as string,
    });
  });
});

async function settingsOf(environment: Record<string, string>) {
  const { values } = await loadConfig({
    workingDirectory: '/',
    environment: {
      SCALECTL_DB_URL: test.url,
      SCALECTL_DATABASE_SSH_HOST: `${sshd.user}@127.0.0.1`,
      SCALECTL_DATABASE_SSH_PORT: String(sshd.port),
      SCALECTL_DATABASE_SSH_IDENTITY_FILE: sshd.identityFile,
      SCALECTL_DATABASE_SSH_STRICT_HOST_KEYS: 'false',
      SCALECTL_DATABASE_SSH_KNOWN_HOSTS_FILE: knownHosts,
      ...environment,
    },
    discover: false,
  });
  return values.database;
}

function runningTunnels(): number {
  const processes = execFileSync('ps', ['-eo', 'args']).toString().split('\n');
  return processes.filter((line) => line.includes(`-p ${sshd.port}`) && line.includes('-N')).length;
}
