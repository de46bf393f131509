import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { runScalectl } from '../support/scalectl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { loadConfig } from '../../src/config/load.ts';
import { connectReader } from '../../src/database/connect.ts';
import { createReportHandler } from '../../src/queue/handlers/builtin/generate-report.ts';
import { runnableJob } from '../support/queue/runnable-job.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
  await database.query(
    'CREATE TABLE goods (id INT PRIMARY KEY, name VARCHAR(50), price DECIMAL(8,2))',
  );
  await database.query(`INSERT INTO goods VALUES (1, '=1+1', -2.50), (2, 'a "b", c', 3)`);
});

const queries = {
  goods: { sql: 'SELECT name, price FROM goods WHERE id >= ? ORDER BY id', parameters: ['from'] },
  lines: { sql: 'SELECT id FROM goods ORDER BY id', format: 'ndjson' },
  emptying: { sql: 'DELETE FROM goods' },
  slow: { sql: 'SELECT SLEEP(60) FROM goods' },
};

async function run(
  data: unknown,
  more: { maxRows?: number; timeoutMs?: number; stop?: AbortSignal } = {},
) {
  const dir = path.join(await temporaryFolder(), 'reports');
  const { values } = await loadConfig({
    workingDirectory: '/',
    environment: {
      SCALECTL_DB_URL: database.url,
      SCALECTL_QUEUE_REPORTS_DIR: dir,
      SCALECTL_QUEUE_REPORTS_QUERIES: JSON.stringify(queries),
      SCALECTL_QUEUE_REPORTS_MAX_ROWS: String(more.maxRows ?? 100),
    },
    discover: false,
  });
  const handler = createReportHandler({
    settings: values.queue.reports,
    openDatabase: (signal) => connectReader(values.database, { signal }),
    timeoutMs: more.timeoutMs ?? 60_000,
  });
  const job = runnableJob('generate_report', data, 7);
  const attempt = await handler.run(job, more.stop ?? new AbortController().signal);
  const files = await readdir(dir).catch(() => []);
  return { attempt, dir, files };
}

describe('the built-in handler generate_report', () => {
  it('writes the named report as CSV that no spreadsheet runs, for its owner alone', async () => {
    const { attempt, dir, files } = await run({ report_type: 'goods', from: 1 });
    expect(attempt).toEqual({ kind: 'done', result: '{"file":"goods-1970-01-01-7.csv","rows":2}' });
    expect(files).toEqual(['goods-1970-01-01-7.csv']);
    const file = path.join(dir, 'goods-1970-01-01-7.csv');
    expect(await readFile(file, 'utf8')).toBe(`name,price\r\n'=1+1,-2.50\r\n"a ""b"", c",3.00\r\n`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('binds what a job gives: it is a value, whatever it looks like', async () => {
    const { attempt } = await run({ report_type: 'goods', from: '9 OR 1=1' });
    expect(attempt).toMatchObject({
      kind: 'done',
      result: expect.stringContaining('"rows":0') as string,
    });
  });

  it.each<[string, object, RegExp]>([
    ['an unknown report', { report_type: '../goods' }, /is not in queue.reports.queries/],
    ['a name of every object', { report_type: 'constructor' }, /is not in queue.reports.queries/],
    ['no report', { sql: 'SELECT 1' }, /is no name of a report/],
    ['a missing parameter', { report_type: 'goods' }, /data.from is no text, number/],
    ['an object as SQL', { report_type: 'goods', from: { id: 1 } }, /data.from is no text, number/],
  ])('refuses %s: a dead letter at once', async (_, data, message) => {
    const { attempt, files } = await run(data);
    expect(attempt).toMatchObject({
      isFinal: true,
      failure: { message: expect.stringMatching(message) as string },
    });
    expect(files).toEqual([]);
  });

  it('writes nothing that is too long', async () => {
    const { attempt, files } = await run({ report_type: 'lines' }, { maxRows: 1 });
    expect(attempt).toMatchObject({ isFinal: true });
    expect(files).toEqual([]);
  });

  it('changes nothing in the database, whatever the statement says', async () => {
    const { attempt } = await run({ report_type: 'emptying' });
    expect(attempt).toMatchObject({ kind: 'failed' });
    expect(await database.query('SELECT id FROM goods')).toHaveLength(2);
  });

  it('ends the statement in the server at the timeout and when the run stops', async () => {
    const slow = { report_type: 'slow' };
    const { attempt } = await run(slow, { timeoutMs: 500 });
    expect(attempt).toMatchObject({ kind: 'failed' });
    const stopped = await run(slow, { stop: AbortSignal.timeout(500) });
    expect(stopped.attempt).toEqual({ kind: 'aborted' });
    const running = await database.query(
      `SELECT id FROM information_schema.processlist WHERE db = ? AND info LIKE '%SLEEP(60)%' AND id <> CONNECTION_ID()`,
      [database.name],
    );
    expect(running).toEqual([]);
  });

  it('is there in the built program', async () => {
    const cwd = await temporaryFolder();
    const config = {
      queue: {
        handlers: { generate_report: { builtin: 'generate_report' } },
        reports: { dir: 'reports', queries },
      },
    };
    const file = path.join(cwd, 'scalectl.config.json');
    await writeFile(file, JSON.stringify(config));
    const options = { cwd, env: { SCALECTL_DB_URL: database.url } };
    const data = JSON.stringify({ report_type: 'lines' });
    await runScalectl(['queue', 'add', 'generate_report', '--data', data], options);
    const { stdout } = await runScalectl(['queue', 'process', '--json'], options);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, result: { completed: 1 } });
    const [report = ''] = await readdir(path.join(cwd, 'reports'));
    expect(await readFile(path.join(cwd, 'reports', report), 'utf8')).toBe('{"id":1}\n{"id":2}\n');
  });
});
