import { copyFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { startMariadb } from '../../src/sandbox/servers/mariadb.ts';
import type { MariadbServer } from '../../src/sandbox/servers/mariadb.ts';
import { atEndOfFile } from '../support/cleanups.ts';
import { freshDatabase } from '../support/database.ts';
import { brief, createEvents, openOptimizer } from '../support/optimizer.ts';
import type { OpenOptimizer } from '../support/optimizer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const bySource = (source: number): string => `SELECT note FROM events WHERE source = ${source}`;

let server: MariadbServer;
let optimizer: OpenOptimizer;
let folder: string;

/** A server that logs every statement, in a file and in a table. */
beforeAll(async () => {
  server = await startMariadb({
    extraArguments: [
      '--slow-query-log=ON',
      '--slow-query-log-file=slow.log',
      '--long-query-time=0',
      '--log-output=FILE,TABLE',
    ],
  });
  atEndOfFile(() => server.stop());
  folder = await temporaryFolder();
  optimizer = await openOptimizer({ serverUrl: server.url });
  const { test } = optimizer;
  await createEvents(test);
  for (let i = 0; i < 5; i += 1) await test.query(bySource(i));
  await test.query("SELECT id FROM events WHERE kind = 'rare'\n  AND note = 'a;\n# b'");
  await test.query('SELECT 1 FROM mysql.user');
  // The digests know the same statements: without them, the log's own figures are seen.
  await test.query('TRUNCATE performance_schema.events_statements_summary_by_digest');
  await test.query('CREATE DATABASE other');
  await test.query('CREATE TABLE other.things (id INT)');
  await test.query('USE other');
  await test.query('SELECT id FROM things');
  await test.query(`USE ${test.name}`);
  await copyFile(path.join(server.dataDir, 'slow.log'), path.join(folder, 'slow.log'));
});

describe('the slow log', () => {
  it('is taken by itself where it is a table, with the values and figures of the statements', async () => {
    const { evidence, findings } = await optimizer.plan();
    expect(evidence.find(({ source }) => source === 'slow-log')).toEqual({
      source: 'slow-log',
      statements: expect.any(Number) as number,
      windowMs: expect.any(Number) as number,
    });
    const finding = findings.find(({ columns }) => columns.join() === 'source');
    const [first, ...more] = finding?.evidence.statements ?? [];
    expect(first).toMatchObject({ count: 5, values: 'own', sources: ['slow-log'] });
    expect(more).toHaveLength(2);
    expect(more.map(({ count }) => count)).toEqual([null, null]);
    expect(first?.statement).toMatch(/^SELECT note FROM events WHERE source = \d$/);
  });

  it('is read from a file, with the line of each statement', async () => {
    const slowLog = path.join(folder, 'slow.log');
    const { evidence, findings, unknown } = await optimizer.plan(undefined, { slowLog });
    expect(evidence.map(({ source }) => source)).toContain('slow-log');
    expect(brief(findings)).toEqual([
      'missing-index events (source) proposed',
      'missing-index events (kind, note) proposed',
    ]);
    const [first] = findings[0]?.evidence.statements ?? [];
    expect(first?.count).toBe(5);
    expect(first?.line).toBeGreaterThan(5);
    expect(unknown.join('\n')).toMatch(/statements? of other databases in the slow log/);
  });

  it('gives values to what the digests counted, whose figures count once', async () => {
    const { test } = optimizer;
    for (let i = 0; i < 3; i += 1) await test.query(bySource(300 + i));
    const slowLog = path.join(folder, 'slow.log');
    const { findings } = await optimizer.plan(undefined, { slowLog });
    const finding = findings.find(({ columns }) => columns.join() === 'source');
    expect(finding?.evidence.statements[0]).toMatchObject({
      count: 3,
      values: 'own',
      sources: ['slow-log', 'performance_schema'],
    });
  });

  it('that is off, elsewhere or not to be read is told, and how to give it', async () => {
    const { test } = optimizer;
    const unknown = async (): Promise<string> => (await optimizer.plan()).unknown.join('\n');
    await test.query('SET GLOBAL log_output = "FILE"');
    expect(await unknown()).toContain('give it with --slow-log FILE');
    await test.query('SET GLOBAL log_output = "NONE"');
    expect(await unknown()).toContain('log_output is NONE');
    await test.query('SET GLOBAL slow_query_log = OFF');
    expect(await unknown()).toContain('the slow log is off');
    await test.query('SET GLOBAL slow_query_log = ON');
    await test.query('SET GLOBAL log_output = "TABLE"');
    await test.query("CREATE USER limited@'%' IDENTIFIED BY 'x'");
    await test.query(`GRANT SELECT ON ${test.name}.* TO limited@'%'`);
    const url = new URL(test.url);
    Object.assign(url, { username: 'limited', password: 'x' });
    const limited = await openOptimizer({ test, url: url.href });
    expect((await limited.plan()).unknown.join('\n')).toContain(
      'this account may not read the slow log',
    );
  });
});

describe('a file that is no slow log', () => {
  it.each([
    ['text.log', 'hello\nworld\n', 'it is no slow log'],
    ['slow.log.gz', gzipSync('# Time: 1\n'), 'it is compressed'],
  ])('%s is refused', async (name, content, message) => {
    const file = path.join(folder, name);
    await writeFile(file, content);
    await expect(optimizer.plan(undefined, { slowLog: file })).rejects.toMatchObject({
      code: 'input-invalid',
      message: expect.stringContaining(message) as string,
    });
  });

  it('that is not there, or empty, is told apart', async () => {
    const nowhere = path.join(folder, 'nowhere');
    await expect(optimizer.plan(undefined, { slowLog: nowhere })).rejects.toMatchObject({
      code: 'input-invalid',
    });
    const empty = path.join(folder, 'empty.log');
    await writeFile(empty, '');
    const { evidence } = await optimizer.plan(undefined, { slowLog: empty });
    expect(evidence.find(({ source }) => source === 'slow-log')?.statements).toBe(0);
  });

  it('that breaks off names the line, and the rest is used', async () => {
    const test = await freshDatabase();
    const broken = await openOptimizer({ test });
    await createEvents(test);
    const file = path.join(folder, 'torn.log');
    const head = `# User@Host: a[a] @ localhost []\n# Query_time: 0.5  Lock_time: 0 Rows_sent: 1  Rows_examined: 1\n`;
    await writeFile(
      file,
      `${head}${bySource(3)};\n${head}SELECT nothing FROM events;\n${head}SELECT note FROM eve`,
    );
    const { findings, refused } = await broken.plan(undefined, { slowLog: file });
    expect(brief(findings)).toEqual(['missing-index events (source) proposed']);
    expect(refused.map(({ line, reason }) => `${line}: ${reason}`).sort()).toEqual([
      '6: nothing is no column of its tables',
      '9: the log breaks off within it',
    ]);
  });
});
