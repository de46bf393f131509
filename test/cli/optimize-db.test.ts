import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/optimizer/apply.ts';
import type { RunHistory } from '../../src/optimizer/history.ts';
import type { PlanResult } from '../../src/optimizer/plan.ts';
import { freshDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { createEvents, schemaOf } from '../support/optimizer.ts';
import { createVisits } from '../support/partitions.ts';
import { runScalectl, startScalectl } from '../support/scalectl.ts';
import type { ScalectlResult } from '../support/scalectl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let test: TestDatabase;
let folder: string;
let workload: string;

/** One table with a redundant index and a statement that misses one; the tests go on from each other. */
beforeAll(async () => {
  test = await freshDatabase();
  await createEvents(test);
  await test.query('ALTER TABLE events ADD INDEX a (kind), ADD INDEX b (kind)');
  folder = await temporaryFolder();
  workload = path.join(folder, 'work load.sql');
  await writeFile(
    workload,
    "SELECT id, note FROM events WHERE source = 7 AND happened_at > '2026-01-05';\n",
  );
});

function optimize(...args: string[]): Promise<ScalectlResult> {
  return runScalectl(['optimize-db', ...args], { env: { SCALECTL_DB_URL: test.url } });
}

describe('optimize-db plan', () => {
  it('is exit 1 with the promised JSON when something is proposed, and changes nothing', async () => {
    const before = await schemaOf(test);
    const { exitCode, json, stderr } = await optimize('plan', '--workload', workload, '--json');
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
    expect(json).toMatchObject({
      ok: true,
      command: 'optimize-db plan',
      error: null,
      warnings: [],
    });
    const result = json?.result as PlanResult;
    expect(result.server).toEqual({
      flavor: 'mariadb',
      version: expect.stringMatching(/^10\.11\./) as string,
    });
    expect(result.evidence).toEqual([
      { source: 'schema', statements: 0, windowMs: null },
      { source: 'workload-file', statements: 1, windowMs: null },
      { source: 'performance_schema', statements: 0, windowMs: null },
    ]);
    expect(result.findings).toHaveLength(2);
    expect(result.findings[0]).toEqual({
      id: 'missing-index events (source, happened_at)',
      rule: 'missing-index',
      table: 'events',
      index: 'idx_events_source_happened_at',
      columns: ['source', 'happened_at'],
      status: 'proposed',
      reason: expect.stringContaining('reads only the rows in the range') as string,
      evidence: { gain: null, statements: [expect.objectContaining({ count: 1, isChosen: null })] },
      sql: [
        expect.stringMatching(/^ALTER TABLE `events` ADD INDEX .*, ALGORITHM=INPLACE, LOCK=NONE$/),
      ],
      rollback: [expect.stringMatching(/^ALTER TABLE `events` DROP INDEX /)],
      step: expect.objectContaining({ kind: 'add-index' }) as unknown,
      build: {
        estimatedBytes: expect.any(Number) as number,
        estimatedMs: null,
        tableBytes: expect.any(Number) as number,
        tookMs: null,
      },
    });
    expect(result.partitions).toEqual([
      {
        table: 'events',
        column: 'happened_at',
        rows: expect.any(Number) as number,
        eligible: true,
        blockers: [expect.objectContaining({ kind: 'numbered-key', name: 'PRIMARY' })],
        sql: [expect.stringContaining('PARTITION BY RANGE COLUMNS (`happened_at`)') as string],
      },
    ]);
    expect(result.summary).toEqual({
      tables: 1,
      proposed: 2,
      review: 0,
      redundant: 1,
      unused: null,
      rewrites: 0,
      partitions: 1,
      indexBytes: expect.any(Number) as number,
    });
    expect(await schemaOf(test)).toEqual(before);
    // Not even its own tables are made for a plan.
    expect(await test.query("SHOW TABLES LIKE 'scalectl%'")).toEqual([]);
  });

  it('names the next command as it can be typed, and lets no escape into a pipe', async () => {
    const { stdout, stderr, exitCode } = await optimize('plan', '--workload', workload);
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`next: scalectl optimize-db --workload "${workload}"`);
    expect(stdout).toContain('2 changes proposed. Nothing was changed.');
    expect(`${stdout}${stderr}`).not.toContain('\u001b');
    expect(stderr).toContain('reading tables, indexes and foreign keys');
  });

  it('takes a slow log and a folder of PHP source, and names them in the next command', async () => {
    const slowLog = path.join(folder, 'slow.log');
    await writeFile(
      slowLog,
      `# User@Host: a[a] @ localhost []\n# Query_time: 0.5  Lock_time: 0 Rows_sent: 1  Rows_examined: 1
SELECT id, note FROM events WHERE source = 7;\n`,
    );
    const scan = path.join(folder, 'php');
    await mkdir(scan);
    await writeFile(
      path.join(scan, 'old.php'),
      '<?php $c->query("ALTER TABLE events ADD INDEX i (colour)");',
    );
    const { stdout } = await optimize('plan', '--slow-log', slowLog, '--scan', scan);
    expect(stdout).toContain('slow log, 1 statement; ');
    expect(stdout).toMatch(/no such column +events \(colour\) +events has no column colour/);
    expect(stdout).toContain(`next: scalectl optimize-db --slow-log "${slowLog}" --scan "${scan}"`);
  });

  it('lets names and statements reach a terminal without control characters', async () => {
    await using evil = await freshDatabase();
    await evil.query('CREATE TABLE `t\u001b[2J` (a INT, KEY `k\u001b]0;x\u0007` (a), KEY z (a))');
    const file = path.join(folder, 'evil.sql');
    await writeFile(file, "SELECT '\u001b[31m' FROM nowhere;\n");
    const { stdout, exitCode } = await runScalectl(['optimize-db', 'plan', '--workload', file], {
      env: { SCALECTL_DB_URL: evil.url },
    });
    expect(exitCode).toBe(1);
    expect(stdout).toContain('redundant-index');
    // eslint-disable-next-line no-control-regex -- these are what must not be there
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  it('is exit 0 for what is only told', async () => {
    await using told = await freshDatabase();
    await told.query('CREATE TABLE t (a INT)');
    const { exitCode, stdout } = await runScalectl(['optimize-db', 'plan'], {
      env: { SCALECTL_DB_URL: told.url },
    });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('0 changes proposed, 1 to look at yourself. Nothing was changed.');
    expect(stdout).not.toContain('next:');
  });

  it('says what is wrong with its files', async () => {
    const none = path.join(folder, 'none.sql');
    const missing = await optimize('plan', '--workload', none);
    expect(missing).toMatchObject({ exitCode: 2, stdout: '' });
    expect(missing.stderr).toContain('cannot read the workload file');
    const nowhere = await optimize(
      'plan',
      '--out',
      path.join(folder, 'no', 'such', 'folder'),
      '--json',
    );
    expect(nowhere).toMatchObject({
      exitCode: 2,
      json: { ok: false, error: { code: 'operation-failed' } },
    });
  });
});

describe('optimize-db observe', () => {
  it('ended by Ctrl-C is 130, and keeps and shows what it saw', async () => {
    const file = path.join(folder, 'seen.sql');
    const running = await startScalectl(['optimize-db', 'observe', '--for', '10m', '--out', file], {
      env: { SCALECTL_DB_URL: test.url },
    });
    await running.waitFor('watching');
    await test.query('SELECT SLEEP(1)');
    running.kill('SIGINT');
    const { exitCode, stdout, stderr } = await running.done;
    expect(exitCode).toBe(130);
    expect(stdout).toContain('SELECT SLEEP(1)');
    expect(stdout).toContain('1 form of SELECT written to');
    expect(stderr).toContain('stopped by Ctrl-C');
    expect(await readFile(file, 'utf8')).toContain('SELECT SLEEP(1)\n;');
  });
});

describe('optimize-db', () => {
  it('shows what it would do in a dry run, and does nothing', async () => {
    const before = await schemaOf(test);
    const { exitCode, stdout } = await optimize('--dry-run', '--workload', workload);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Nothing was changed.');
    expect(await schemaOf(test)).toEqual(before);
  });

  it('applies what is safe off a terminal, proves it, and leaves redundant indexes', async () => {
    const { exitCode, json } = await optimize('--workload', workload, '--json');
    expect(exitCode).toBe(0);
    const result = json?.result as RunResult;
    expect(result).toMatchObject({
      runId: 1,
      recovered: [],
      summary: { proposed: 1, redundant: 1 },
    });
    expect(result.findings.map(({ status }) => status)).toEqual(['applied', 'proposed']);
    expect(result.findings[0]?.evidence.statements[0]).toMatchObject({ pairs: 7, isChosen: true });
    const { events } = await schemaOf(test);
    expect(events).toContain('idx_events_source_happened_at');
    expect(events).toContain('KEY `b`');
  });

  it('drops nothing off a terminal without --yes, and says what it would', async () => {
    const before = await schemaOf(test);
    const refused = await optimize('--drop-redundant');
    expect(refused.exitCode).toBe(77);
    expect(refused.stdout).toContain('events.b');
    expect(refused.stderr).toContain(
      'Drop 1 redundant index? Nobody is there to answer; nothing was changed',
    );
    const inJson = await optimize('--drop-redundant', '--json');
    expect(inJson).toMatchObject({
      exitCode: 77,
      json: { ok: false, result: null, error: { code: 'confirmation-needed' } },
    });
    expect(await schemaOf(test)).toEqual(before);
    const dropped = await optimize('--drop-redundant', '--yes');
    expect(dropped.exitCode).toBe(0);
    expect(dropped.stdout).toMatch(/Run \d+: 1 applied\./);
    expect((await schemaOf(test))['events']).not.toContain('KEY `b`');
  });

  it('takes one run at a time: 75', async () => {
    const [lock] = await lockOfTheRun();
    await test.query('SELECT GET_LOCK(?, 0)', [lock]);
    const held = await optimize('--json');
    expect(held).toMatchObject({ exitCode: 75, json: { ok: false, error: { code: 'lock-held' } } });
    await test.query('SELECT RELEASE_LOCK(?)', [lock]);
    expect((await optimize()).exitCode).toBe(0);
  });

  it('is wrong usage with a plan file and a workload, and with what it does not know', async () => {
    expect(await optimize('apply', 'plan.json', '--workload', workload)).toMatchObject({
      exitCode: 64,
    });
    expect(await optimize('rollback', 'one')).toMatchObject({ exitCode: 64, stdout: '' });
    expect(await optimize('--drop-everything')).toMatchObject({ exitCode: 64, stdout: '' });
  });
});

describe('optimize-db apply FILE', () => {
  it('applies the plan that plan --out wrote', async () => {
    await test.query('ALTER TABLE events ADD INDEX c (kind)');
    const file = path.join(folder, 'plan.json');
    const planned = await optimize('plan', '--out', file);
    expect(planned.stdout).toContain(`next: scalectl optimize-db apply "${file}" --drop-redundant`);
    expect(await optimize('apply', file, '--dry-run')).toMatchObject({ exitCode: 0 });
    expect((await schemaOf(test))['events']).toContain('KEY `c`');
    expect(await optimize('apply', file, '--drop-redundant', '--yes')).toMatchObject({
      exitCode: 0,
    });
    expect((await schemaOf(test))['events']).not.toContain('KEY `c`');
  });
});

describe('optimize-db history and rollback', () => {
  it('tell what was done and take it back when they are told to', async () => {
    const { json } = await optimize('history', '--json');
    const { runs } = json?.result as { runs: RunHistory[] };
    expect(runs.at(-1)).toMatchObject({
      runId: 1,
      state: 'done',
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      steps: [{ kind: 'add-index', rule: 'missing-index', table: 'events', state: 'applied' }],
    });
    expect((await optimize('history', '--limit', '1')).stdout.match(/^run /gm)).toHaveLength(1);

    const before = await schemaOf(test);
    expect(await optimize('rollback', '1')).toMatchObject({ exitCode: 77 });
    expect(await optimize('rollback', '1', '--dry-run')).toMatchObject({ exitCode: 0 });
    expect(await schemaOf(test)).toEqual(before);
    const done = await optimize('rollback', '1', '--yes', '--json');
    expect(done).toMatchObject({
      exitCode: 0,
      json: { result: { runId: 1, steps: [{ table: 'events', outcome: 'removed' }] } },
    });
    expect((await schemaOf(test))['events']).not.toContain('idx_events_source_happened_at');
    expect((await optimize('rollback', '1', '--yes')).stdout).toBe(
      'Run 1 left nothing to take back.\n',
    );
    expect(await optimize('rollback', '99', '--yes')).toMatchObject({ exitCode: 1, stdout: '' });
  });

  it('are empty where nothing was ever done', async () => {
    await using untouched = await freshDatabase();
    const env = { SCALECTL_DB_URL: untouched.url };
    const { exitCode, stdout } = await runScalectl(['optimize-db', 'history'], { env });
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: 'optimize-db has changed nothing here yet.\n',
    });
    expect(await untouched.query('SHOW TABLES')).toEqual([]);
  });
});

describe('optimize-db partitions', () => {
  it(
    'shows a plan, converts, archives and maintains, and changes nothing with --dry-run',
    { timeout: 90_000 },
    async () => {
      await using shop = await freshDatabase();
      await createVisits(shop, { rows: 1000 });
      await shop.query("UPDATE visits SET seen_at = '2024-03-01' WHERE id <= 100");
      const run = (...args: string[]): Promise<ScalectlResult> =>
        runScalectl(['optimize-db', ...args], { env: { SCALECTL_DB_URL: shop.url } });
      const before = await schemaOf(shop);
      const dry = await run('partitions', 'convert', 'visits', '--dry-run');
      expect(dry).toMatchObject({ exitCode: 0 });
      expect(dry.stdout).toContain(
        'ALTER TABLE `visits` DROP PRIMARY KEY, ADD PRIMARY KEY (`id`, `seen_at`)',
      );
      expect(await run('--convert', 'visits', '--give-up', 'nothing', '--yes')).toMatchObject({
        exitCode: 64,
      });
      expect(await run('partitions', 'convert', 'visits')).toMatchObject({ exitCode: 77 });
      expect(await schemaOf(shop)).toEqual(before);
      const done = await run('--convert', 'visits', '--yes', '--json');
      expect(done).toMatchObject({
        exitCode: 0,
        json: { result: { status: 'converted', column: 'seen_at' } },
      });

      const counted = await run(
        'partitions',
        'archive',
        'visits',
        '--older-than',
        '18m',
        '--dry-run',
        '--json',
      );
      expect(counted.json?.result).toMatchObject({
        remaining: 100,
        moved: 0,
        into: 'visits_archive',
      });
      const moved = await run('partitions', 'archive', 'visits', '--older-than', '18m', '--yes');
      expect(moved).toMatchObject({
        exitCode: 0,
        stdout: expect.stringMatching(/100 rows of visits into visits_archive/) as string,
      });

      const env = { SCALECTL_DB_URL: shop.url, SCALECTL_OPTIMIZER_PARTITIONS_AHEAD: '4' };
      const months = await schemaOf(shop);
      const planned = await runScalectl(['optimize-db', 'partitions', 'maintain', '--dry-run'], {
        env,
      });
      expect(planned.stdout).toContain('Nothing was changed.');
      expect(await schemaOf(shop)).toEqual(months);
    },
  );
});

/** The run lock's name: the one lock that a run takes beside that of the migrations. */
async function lockOfTheRun(): Promise<string[]> {
  const { createHash } = await import('node:crypto');
  return [
    `scalectl:optimize-db:${createHash('sha256').update(test.name).digest('hex').slice(0, 32)}`,
  ];
}
