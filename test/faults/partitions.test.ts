import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { TestDatabase } from '../support/database.ts';
import { freshDatabase } from '../support/database.ts';
import { schemaOf } from '../support/optimizer.ts';
import { createVisits, leftovers } from '../support/partitions.ts';
import { runScalectl, startScalectl } from '../support/scalectl.ts';
import type { ScalectlResult } from '../support/scalectl.ts';
import { toolOrSkip } from '../support/tool.ts';
import { seededRandom } from '../unit/cache/seeded-random.ts';

const tool = await toolOrSkip('pt-online-schema-change');
const convertLine = (json: boolean): string[] => [
  ...['optimize-db', 'partitions', 'convert', 'visits', '--give-up', 'clicks_visit', '--yes'],
  ...(json ? ['--json'] : []),
];
const archiveLine = (json: boolean): string[] => [
  ...['optimize-db', 'partitions', 'archive', 'visits', '--older-than', '6m', '--yes'],
  ...(json ? ['--json'] : []),
];

async function visits(rows: number): Promise<TestDatabase> {
  const test = await freshDatabase();
  await test.query(`SET time_zone = '+00:00'`);
  await createVisits(test, { rows });
  await test.query(
    `CREATE TABLE clicks (id INT AUTO_INCREMENT PRIMARY KEY, visit_id INT,
       CONSTRAINT clicks_visit FOREIGN KEY (visit_id) REFERENCES visits (id) ON DELETE CASCADE)`,
  );
  await test.query('INSERT INTO clicks (visit_id) SELECT id FROM visits WHERE id % 2 = 0');
  return test;
}

/** Again while the server, or the copying tool, still works on what the killed run began. */
async function runToItsEnd(test: TestDatabase, line: string[]): Promise<ScalectlResult> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await runScalectl(line, { env: { SCALECTL_DB_URL: test.url } });
    if (result.exitCode !== 75 || attempt === 50) return result;
    await sleep(200);
  }
}

const sumOf = async (test: TestDatabase, sql: string): Promise<unknown> =>
  (await test.query(sql))[0];
const contents = (test: TestDatabase): Promise<unknown> =>
  sumOf(
    test,
    'SELECT COUNT(*) AS n, SUM(CRC32(CONCAT_WS("#", id, seen_at, note, amount))) AS sum FROM visits',
  );

describe.skipIf(!tool)('a conversion that is killed', () => {
  const random = seededRandom(20_262);
  const moments = [
    'dropping the foreign keys',
    'copying visits',
    'copying visits',
    'copying visits',
    'comparing visits',
    'swapping visits',
    'removing the old visits',
  ].flatMap((text) => [
    { text, delayMs: 0 },
    { text, delayMs: random.below(text.startsWith('copying') ? 900 : 40) },
  ]);

  it('is finished or undone by the next one, whenever it was killed', async () => {
    const undisturbed = await visits(20_000);
    const rows = await contents(undisturbed);
    const first = await runToItsEnd(undisturbed, convertLine(true));
    expect(first, first.stdout).toMatchObject({ exitCode: 0 });
    const expected = await schemaOf(undisturbed);
    expect(expected['visits']).toContain('PARTITION BY RANGE');
    const outcomes: string[] = [];
    for (const { text, delayMs } of moments) {
      const moment = `${text} + ${delayMs} ms`;
      const test = await visits(20_000);
      const running = await startScalectl(convertLine(false), {
        env: { SCALECTL_DB_URL: test.url },
      });
      await running.waitFor(text);
      await sleep(delayMs);
      running.kill('SIGKILL');
      await running.done;
      const next = await runToItsEnd(test, convertLine(true));
      expect(next.exitCode, `${moment}: ${next.stdout}`).toBe(0);
      const recovered = (next.json?.result as { recovered?: { outcome: string }[] } | null)
        ?.recovered;
      outcomes.push(...(recovered ?? []).map(({ outcome }) => outcome));
      expect(await schemaOf(test), moment).toEqual(expected);
      expect(await contents(test), moment).toEqual(rows);
      expect(await leftovers(test), moment).toEqual([]);
      const open = await test.query(
        "SELECT id FROM scalectl_partition_changes WHERE state NOT IN ('done', 'undone')",
      );
      expect(open, moment).toEqual([]);
      await test.drop();
    }
    // Otherwise the kills all came between two steps, and proved nothing.
    expect(outcomes.filter((outcome) => outcome === 'undone').length).toBeGreaterThan(3);
  }, 600_000);
});

describe('an archiving that is killed', () => {
  const random = seededRandom(20_263);
  const moments = [
    'making visits_archive',
    'making clicks_archive',
    'moving',
    'moving',
    'moving',
  ].map((text) => ({ text, delayMs: random.below(text === 'moving' ? 600 : 200) }));

  it('has neither lost nor doubled a row, and is gone on with by the next one', async () => {
    const both = `SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS ids, SUM(CRC32(CONCAT_WS("#", id, seen_at, note, amount))) AS sum FROM
      (SELECT id, seen_at, note, amount FROM visits UNION ALL SELECT id, seen_at, note, amount FROM visits_archive) t`;
    const clicks =
      'SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS ids FROM (SELECT id FROM clicks UNION ALL SELECT id FROM clicks_archive) t';
    let resumed = 0;
    for (const { text, delayMs } of moments) {
      const moment = `${text} + ${delayMs} ms`;
      const test = await visits(4000);
      const [total] = await test.query('SELECT COUNT(*) AS n FROM visits');
      const running = await startScalectl(archiveLine(false), {
        env: { SCALECTL_DB_URL: test.url },
      });
      await running.waitFor(text);
      await sleep(delayMs);
      running.kill('SIGKILL');
      await running.done;
      const hasArchives = (await test.query("SHOW TABLES LIKE '%\\_archive'")).length === 2;
      if (hasArchives) {
        expect(await sumOf(test, both), moment).toMatchObject({
          n: total?.['n'],
          ids: total?.['n'],
        });
        const [moved] = await test.query('SELECT COUNT(*) AS n FROM visits_archive');
        if (Number(moved?.['n']) > 0) resumed += 1;
      }
      const next = await runToItsEnd(test, archiveLine(true));
      expect(next, `${moment}: ${next.stdout}`).toMatchObject({ exitCode: 0 });
      expect(next.json?.result, moment).toMatchObject({ remaining: 0 });
      expect(await sumOf(test, both), moment).toMatchObject({ n: total?.['n'], ids: total?.['n'] });
      expect(await sumOf(test, clicks), moment).toEqual({ n: 2000, ids: 2000 });
      expect(await leftovers(test), moment).toEqual([]);
      await test.drop();
    }
    expect(resumed).toBeGreaterThan(0);
  }, 300_000);
});
