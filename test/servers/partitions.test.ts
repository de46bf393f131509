import { expect, it } from 'vitest';
import { archiveRows } from '../../src/optimizer/partitions/archive/archive.ts';
import { planArchive } from '../../src/optimizer/partitions/archive/plan.ts';
import { schemaOf } from '../support/optimizer.ts';
import { createVisits, leftovers, openPartitions } from '../support/partitions.ts';
import { lostWrites, startWriter } from '../support/writer.ts';
import { describeEachDatabaseServer } from './matrix.ts';

describeEachDatabaseServer('monthly partitions', (server) => {
  it.each([
    ['online', 'seen_at DATETIME NOT NULL'],
    ['online', 'seen_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP'],
    ['locking', 'seen_at DATE NOT NULL'],
  ])(
    'are given to a table (%s, %s) beside its writer, with the foreign keys that are given up',
    async (method, date) => {
      const { test, convert } = await openPartitions({ serverUrl: server().url });
      await createVisits(test, { rows: 3000, date });
      await test.query(
        'CREATE TABLE clicks (id INT PRIMARY KEY, visit_id INT, CONSTRAINT clicks_visit FOREIGN KEY (visit_id) REFERENCES visits (id))',
      );
      const writer = await startWriter(test, 3000);
      const input = { giveUp: ['clicks_visit'], locking: method === 'locking' };
      const outcome = await convert('visits', input).finally(async () => {
        expect(await lostWrites(test, await writer.stop())).toEqual([]);
      });
      expect(outcome.method).toBe(method);
      const schema = await schemaOf(test);
      expect(schema['visits']).toMatch(/p2025_11.*VALUES LESS THAN/i);
      expect(schema['clicks']).not.toContain('FOREIGN KEY');
      expect(await leftovers(test)).toEqual([]);
    },
  );

  it('are undone with the foreign keys where the copy is stopped', async () => {
    const { test, convert } = await openPartitions({ serverUrl: server().url });
    await createVisits(test, { rows: 3000 });
    await test.query(
      'CREATE TABLE clicks (id INT PRIMARY KEY, visit_id INT, CONSTRAINT clicks_visit FOREIGN KEY (visit_id) REFERENCES visits (id) ON DELETE CASCADE)',
    );
    const before = await schemaOf(test);
    const stop = new AbortController();
    const stopped = convert('visits', {
      giveUp: ['clicks_visit'],
      signal: stop.signal,
      onProgress: (text) => {
        if (text.startsWith('comparing')) stop.abort('SIGINT');
      },
    });
    await expect(stopped).rejects.toMatchObject({ name: 'ScalectlError' });
    expect(await schemaOf(test)).toEqual(before);
    expect(await leftovers(test)).toEqual([]);
  });

  it('hold the old rows of an archive, which are compared and moved with their children', async () => {
    const open = await openPartitions({ serverUrl: server().url });
    const { test, database } = open;
    await createVisits(test, { rows: 600 });
    await test.query("UPDATE visits SET seen_at = '2023-05-05 05:05:05' WHERE id <= 200");
    await test.query(
      'CREATE TABLE clicks (id INT PRIMARY KEY, visit_id INT, CONSTRAINT clicks_visit FOREIGN KEY (visit_id) REFERENCES visits (id) ON DELETE CASCADE)',
    );
    await test.query('INSERT INTO clicks SELECT id, id FROM visits');
    await using run = await open.openRun();
    const archiving = await planArchive(database, run.session, {
      table: 'visits',
      by: null,
      into: null,
      olderThanMonths: 24,
      signal: new AbortController().signal,
    });
    expect(await archiveRows(run, archiving)).toMatchObject({
      moved: 200,
      remaining: 0,
      children: [{ table: 'clicks', moved: 200 }],
    });
    expect((await schemaOf(test))['visits_archive']).toContain('p2023_05');
    expect(await leftovers(test)).toEqual([]);
  });
});
