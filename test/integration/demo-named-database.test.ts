import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { connectDatabase } from '../../src/database/connect.ts';
import type { Database } from '../../src/database/types.ts';
import {
  dropDemoTables,
  keepDatabase,
  takeDatabase,
} from '../../src/sandbox/demo/named-database.ts';
import { createShopTables } from '../../src/sandbox/shop/schema.ts';
import { freshDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';

async function open(test: TestDatabase): Promise<Database> {
  const { values } = await loadConfig({
    workingDirectory: import.meta.dirname,
    environment: { SCALECTL_DB_URL: test.url },
    discover: false,
  });
  return connectDatabase(values.database);
}

async function tablesOf(test: TestDatabase): Promise<unknown[]> {
  return (await test.query('SHOW TABLES')).map((row) => Object.values(row)[0]);
}

describe('a database that somebody names for a demo', () => {
  it('is taken when it is empty, and is empty again when the tables of the demo are dropped', async () => {
    await using test = await freshDatabase();
    await using database = await open(test);
    await takeDatabase(database);
    await createShopTables(database);
    await test.query('CREATE TABLE scalectl_jobs (id INT)');
    await dropDemoTables(database);
    expect(await tablesOf(test)).toEqual([]);
  });

  it('keeps a table that somebody else made meanwhile', async () => {
    await using test = await freshDatabase();
    await using database = await open(test);
    await takeDatabase(database);
    await createShopTables(database);
    await test.query('CREATE TABLE notes (id INT)');
    await dropDemoTables(database);
    expect(await tablesOf(test)).toEqual(['notes']);
  });

  it('is refused with any table in it, which stays', async () => {
    await using test = await freshDatabase();
    await using database = await open(test);
    await test.query('CREATE TABLE orders (id INT)');
    await expect(takeDatabase(database)).rejects.toMatchObject({ code: 'refused' });
    expect(await tablesOf(test)).toEqual(['orders']);
  });

  it('is refused while another demo runs in it', async () => {
    await using test = await freshDatabase();
    await using database = await open(test);
    await takeDatabase(database);
    await expect(takeDatabase(database)).rejects.toMatchObject({ code: 'lock-held' });
    expect(await tablesOf(test)).toEqual(['scalectl_demo']);
  });

  it('is refused when a demo was kept in it', async () => {
    await using test = await freshDatabase();
    await using database = await open(test);
    await takeDatabase(database);
    await createShopTables(database);
    await keepDatabase(database);
    await expect(takeDatabase(database)).rejects.toMatchObject({ code: 'refused' });
    expect(await tablesOf(test)).toHaveLength(12);
  });

  it('is cleared of what a killed demo left, when nothing else is in it', async () => {
    await using test = await freshDatabase();
    await using database = await open(test);
    await takeDatabase(database);
    await createShopTables(database);
    // The same machine, and a process number that none can have.
    await test.query(
      "UPDATE scalectl_demo SET owner = JSON_SET(owner, '$.pid', 4194305, '$.startedAt', 'long ago')",
    );
    await takeDatabase(database);
    expect(await tablesOf(test)).toEqual(['scalectl_demo']);
  });
});
