import { expect, it } from 'vitest';

import { freshDatabase } from '../support/database.ts';
import { connectTo, describeEachDatabaseServer } from './matrix.ts';

describeEachDatabaseServer('the database connection', (server, facts) => {
  it('tells what the server is and what it can do', async () => {
    await using test = await freshDatabase(server().url);
    await using database = await connectTo(test.url);
    expect(`${database.flavor.label}.`).toContain(`${facts.label}.`);
    expect(database.flavor.skipLocked).toBe(facts.skipLocked);
  });

  it('has a server that skips locked rows, or refuses to, as its flavor says', async () => {
    await using test = await freshDatabase(server().url);
    await test.query('CREATE TABLE t (id INT PRIMARY KEY) ENGINE=InnoDB');
    const locked = test.query('SELECT id FROM t FOR UPDATE SKIP LOCKED');
    if (facts.skipLocked) await expect(locked).resolves.toEqual([]);
    else await expect(locked).rejects.toThrow(/syntax/);
  });

  it('reads, writes and undoes a transaction', async () => {
    await using test = await freshDatabase(server().url);
    await using database = await connectTo(test.url);
    await database.define('/* scalectl:test */ CREATE TABLE t (id INT PRIMARY KEY, name TEXT)');
    const sql = '/* scalectl:test */ INSERT INTO t VALUES ?';
    await database.write(sql, [
      [
        [1, 'ä'],
        [2, '😀'],
      ],
    ]);
    const undone = database.transaction(async (session) => {
      await session.write(sql, [[[3, 'c']]]);
      throw new Error('undo');
    });
    await expect(undone).rejects.toThrow('undo');
    expect(await database.read('/* scalectl:test */ SELECT * FROM t ORDER BY id')).toEqual([
      { id: 1, name: 'ä' },
      { id: 2, name: '😀' },
    ]);
  });

  it('ends a read that takes longer than allowed', async () => {
    await using database = await connectTo(server().urlOf('information_schema'));
    // SLEEP() alone is answered with 1 by MySQL, and not with an error.
    const slow = `/* scalectl:test */ SELECT COUNT(*) AS n FROM columns a, columns b, columns c`;
    await expect(database.read(slow, [], { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'statement-timeout',
    });
  });
});
