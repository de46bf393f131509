import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { listCommands } from '../support/command-tree.ts';
import { freshDatabase } from '../support/database.ts';
import { freshRedis } from '../support/redis.ts';
import type { Envelope } from '../support/scalectl.ts';
import { windowsMachine } from '../support/windows.ts';
import type { WindowsResult } from '../support/windows.ts';

const windows = await windowsMachine();

describe.skipIf(windows === null)('on Windows', () => {
  if (windows === null) return;
  const { driveC, node, scalectl } = windows;
  const site = 'xampp/htdocs/top 1';
  let servers: Record<string, string>;

  beforeAll(async () => {
    const database = await freshDatabase();
    const redis = await freshRedis();
    servers = { SCALECTL_DB_URL: database.url, SCALECTL_REDIS_URL: redis.url };
    await mkdir(path.join(driveC, site, 'includes'), { recursive: true });
    await writeFile(
      path.join(driveC, site, 'includes', 'config.php'),
      "<?php\ndefine('DB_HOST', 'localhost');\ndefine('DB_NAME', 'b2b_billing_system');\n",
    );
  });

  it('runs in a folder with a space', async () => {
    const { stdout } = await node(['-p', 'process.platform'], { cwd: 'Program Files' });
    expect(stdout.trim()).toBe('win32');
    const { version } = JSON.parse(
      await readFile(path.join(import.meta.dirname, '../../package.json'), 'utf8'),
    ) as { version: string };
    expect(await scalectl(['--version'], { cwd: site })).toEqual({
      exitCode: 0,
      stdout: `${version}\n`,
      stderr: '',
    });
    expect((await scalectl(['health', '--help'], { cwd: site })).stdout).toContain('Exit codes:');
  });

  it("finds the platform's PHP settings upward from a folder of drive C:", async () => {
    await mkdir(path.join(driveC, site, 'admin', 'reports'), { recursive: true });
    const run = await scalectl(['config', 'show', '--changed', '--json'], {
      cwd: `${site}/admin/reports`,
    });
    expect(run.exitCode, run.stderr).toBe(0);
    expect(resultOf(run)).toMatchObject({ platform: { folder: 'C:\\xampp\\htdocs\\top 1' } });
    expect(run.stdout).toContain('b2b_billing_system');
  });

  it('reads a configuration file by its Windows path, and takes relative paths from its folder', async () => {
    await mkdir(path.join(driveC, 'data', 'shop one'), { recursive: true });
    await writeFile(
      path.join(driveC, 'data', 'shop one', 'scalectl.config.json'),
      '{"schedule": {"stateDir": "state"}, "queue": {"concurrency": 3}}',
    );
    const file = 'C:\\data\\shop one\\scalectl.config.json';
    const run = await scalectl(['config', 'show', 'schedule.stateDir', '--config', file, '--json']);
    expect(run.exitCode, run.stderr + run.stdout).toBe(0);
    expect(resultOf(run)).toMatchObject({
      file,
      settings: [{ value: 'C:\\data\\shop one\\state', source: 'file' }],
    });
  });

  it('measures a database and a Redis on loopback', async () => {
    const run = await scalectl(['health', '--window', '0ms', '--json'], { env: servers });
    const { checks } = resultOf(run) as { checks: { id: string; status: string }[] };
    for (const id of ['database-reachable', 'cache-reachable']) {
      expect(checks.find((check) => check.id === id)).toMatchObject({ status: 'ok' });
    }
  });

  it('prints the daily round as tasks of the Task Scheduler, with quoted paths', async () => {
    const run = await scalectl(['schedule', 'show', '--target', 'task-scheduler', '--json']);
    expect(run.exitCode, run.stderr + run.stdout).toBe(0);
    const { files } = resultOf(run) as { files: { content: string }[] };
    expect(files).toHaveLength(3);
    for (const { content } of files) {
      expect(content).toContain('C:\\Program Files\\scalectl\\dist\\bin\\scalectl.js');
      expect(content).not.toContain('/Program Files');
    }
  });

  const hasQueue = listCommands().some(({ name }) => name === 'queue process');
  it.runIf(hasQueue)('runs a job by a command of Windows', async () => {
    const folder = path.join(driveC, 'jobs');
    await mkdir(folder, { recursive: true });
    // The job comes on standard input; what is left of it is proof that the command ran with it.
    const handler = `process.stdin.on('data', (d) => require('fs').appendFileSync('C:\\\\jobs\\\\done.txt', d))`;
    await writeFile(path.join(folder, 'handler.cjs'), handler);
    const program = (await node(['-p', 'process.execPath'])).stdout.trim();
    const config = { queue: { handlers: { mark: { command: [program, 'handler.cjs'] } } } };
    await writeFile(path.join(folder, 'scalectl.config.json'), JSON.stringify(config));
    const options = { cwd: 'jobs', env: servers };
    const added = await scalectl(['queue', 'add', 'mark', '--data', '{"n":7}', '--json'], options);
    expect(added.exitCode, added.stderr + added.stdout).toBe(0);
    const ran = await scalectl(['queue', 'process', '--json'], options);
    expect(resultOf(ran)).toMatchObject({ processed: 1, completed: 1 });
    expect(await readFile(path.join(folder, 'done.txt'), 'utf8')).toContain('"n":7');
  });
});

function resultOf({ stdout }: WindowsResult): unknown {
  return (JSON.parse(stdout) as Envelope).result;
}
