import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { atEndOfFile } from '../support/cleanups.ts';
import { schemaOf } from '../support/optimizer.ts';
import { createVisits, leftovers, openPartitions } from '../support/partitions.ts';
import { toolOrSkip } from '../support/tool.ts';
import { lostWrites, startWriter } from '../support/writer.ts';

const tool = await toolOrSkip('pt-online-schema-change');

async function partitionNames(test: { query: OpenQuery; name: string }): Promise<string[]> {
  const rows = await test.query<{ name: string }>(
    `SELECT PARTITION_NAME AS name FROM information_schema.PARTITIONS
     WHERE TABLE_SCHEMA = ? AND TABLE_NAME = 'visits' ORDER BY PARTITION_ORDINAL_POSITION`,
    [test.name],
  );
  return rows.map(({ name }) => name);
}
type OpenQuery = <Row extends object>(
  statement: string,
  values?: readonly unknown[],
) => Promise<Row[]>;

describe.skipIf(!tool)('a table converted beside its writer', () => {
  it.each([
    ['DATETIME', 'seen_at DATETIME NOT NULL'],
    ['DATETIME(6)', 'seen_at DATETIME(6) NOT NULL'],
    ['DATE', 'seen_at DATE NOT NULL'],
    ['TIMESTAMP', 'seen_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP'],
  ])('by a %s loses no insert, update or delete, and leaves nothing behind', async (_, date) => {
    const { test, convert } = await openPartitions();
    await createVisits(test, { rows: 5000, date });
    const writer = await startWriter(test, 5000);
    const outcome = await convert('visits').finally(async () => {
      const written = await writer.stop();
      expect(written.inserted.length).toBeGreaterThan(20);
      expect(await lostWrites(test, written)).toEqual([]);
    });
    expect(outcome.method).toBe('online');
    expect(outcome.comparedRows).toBeGreaterThan(4000);
    const names = await partitionNames(test);
    expect(names[0]).toBe('p2025_11');
    expect(names.at(-1)).toBe('pmax');
    expect(await leftovers(test)).toEqual([]);
    const [late] = await test.query(
      "SELECT COUNT(*) AS n FROM visits PARTITION (p2026_05) WHERE seen_at < '2026-05-01'",
    );
    expect(late).toEqual({ n: 0 });
    expect((await schemaOf(test))['visits']).toContain('PRIMARY KEY (`id`,`seen_at`)');
  });
});

describe.skipIf(!tool)('the copying tool', () => {
  it('gets a password with every kind of sign in it', async () => {
    const admin = await openPartitions();
    const password = `a"b'c\\d #e;f=g`;
    const user = `odd_${admin.test.name.slice(-8)}`;
    await admin.test.query(`CREATE USER ${user}@'%' IDENTIFIED BY ?`, [password]);
    atEndOfFile(async () => void (await admin.test.query(`DROP USER ${user}@'%'`)));
    await admin.test.query(`GRANT ALL ON *.* TO ${user}@'%'`);
    const url = new URL(admin.test.url);
    url.username = user;
    url.password = encodeURIComponent(password);
    const { test, convert } = await openPartitions({ test: admin.test, url: url.href });
    await createVisits(test, { rows: 10 });
    expect(await convert('visits')).toMatchObject({ method: 'online', comparedRows: 10 });
  });
});

describe.skipIf(!tool)('a conversion that fails', () => {
  it('is undone where the copy is not equal: nothing is swapped that was not compared', async () => {
    const { test, convert } = await openPartitions();
    await createVisits(test, { rows: 500 });
    const before = await schemaOf(test);
    let isOver = false;
    // A row that nobody wrote to the table, as soon as there is a copy.
    const corrupting = (async () => {
      while (!isOver) {
        await sleep(5);
        const isWritten = await test
          .query("INSERT INTO scalectl_convert_new (id, seen_at) VALUES (7777, '2026-01-01')")
          .then(
            () => true,
            () => false,
          );
        if (isWritten) return;
      }
    })();
    const failed = convert('visits').finally(() => (isOver = true));
    await expect(failed).rejects.toThrow(
      'the copy of visits is not equal: 501 rows instead of 500',
    );
    await corrupting;
    expect(await schemaOf(test)).toEqual(before);
    expect(await leftovers(test)).toEqual([]);
  });

  it('is undone where it is stopped, with the foreign keys that it had dropped', async () => {
    const { test, convert } = await openPartitions();
    await createVisits(test, { rows: 5000 });
    await test.query(
      `CREATE TABLE clicks (id INT PRIMARY KEY, visit_id INT,
         CONSTRAINT clicks_visit FOREIGN KEY (visit_id) REFERENCES visits (id) ON DELETE CASCADE)`,
    );
    const before = await schemaOf(test);
    const stop = new AbortController();
    const stopped = convert('visits', {
      giveUp: ['clicks_visit'],
      signal: stop.signal,
      onProgress: (text) => {
        if (text.startsWith('copying')) setTimeout(() => stop.abort('SIGINT'), 100);
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: 'interrupted' });
    expect(await schemaOf(test)).toEqual(before);
    expect(await leftovers(test)).toEqual([]);
  });
});

describe('what a table would lose', () => {
  it('is named with its meaning, and nothing is done while one of it is not given up', async () => {
    const { test, plan, convert } = await openPartitions();
    await createVisits(test, {
      rows: 300,
      date: 'seen_at DATETIME NULL, number INT NULL, UNIQUE (number)',
    });
    await test.query('CREATE TABLE people (id INT PRIMARY KEY)');
    await test.query(
      'ALTER TABLE visits ADD person INT NULL, ADD CONSTRAINT fk_person FOREIGN KEY (person) REFERENCES people (id)',
    );
    await test.query(
      'CREATE TABLE clicks (id INT PRIMARY KEY, visit_id INT, CONSTRAINT fk_visit FOREIGN KEY (visit_id) REFERENCES visits (id))',
    );
    const before = await schemaOf(test);
    const names = ['fk_person', 'fk_visit', 'number', 'seen_at'];
    expect((await plan('visits')).price.map(({ name }) => name)).toEqual(names);
    const refused = convert('visits', { giveUp: names.slice(1) });
    await expect(refused).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('the foreign key fk_person goes') as string,
      hint: 'To do it all the same, name each: --give-up fk_person',
    });
    await expect(convert('visits')).rejects.toThrow(/2\.6 to 3\.6 times/);
    expect(await schemaOf(test)).toEqual(before);

    await convert('visits', { giveUp: names });
    const after = await schemaOf(test);
    expect(after['visits']).toContain('UNIQUE KEY `number` (`number`,`seen_at`)');
    expect(after['visits']).toContain('`seen_at` datetime NOT NULL');
    expect(JSON.stringify(after)).not.toContain('FOREIGN KEY');
    await test.query(
      "INSERT INTO visits (seen_at, number) VALUES ('2026-01-01', 5), ('2026-02-01', 5)",
    );
    expect(await leftovers(test)).toEqual([]);
  });

  it('is not asked for by a name that it does not have', async () => {
    const { test, convert } = await openPartitions();
    await createVisits(test, { rows: 10 });
    await expect(convert('visits', { giveUp: ['nonsense'] })).rejects.toMatchObject({
      code: 'usage',
      hint: 'Nothing has to be given up here.',
    });
  });

  it('is told for a primary key that the server does not number', async () => {
    const { test, plan } = await openPartitions();
    await test.query('CREATE TABLE visits (code CHAR(5) PRIMARY KEY, seen_at DATE NOT NULL)');
    expect((await plan('visits')).price).toMatchObject([
      {
        name: 'PRIMARY',
        message: expect.stringContaining('the same code is then accepted again') as string,
      },
    ]);
  });

  it('cannot be rows without a date: they are counted', async () => {
    const { test, convert } = await openPartitions();
    await createVisits(test, { rows: 10, date: 'seen_at DATETIME NULL' });
    await test.query('UPDATE visits SET seen_at = NULL WHERE id < 4');
    await expect(convert('visits', { giveUp: ['seen_at'] })).rejects.toThrow(
      '3 rows have no seen_at',
    );
  });
});

describe('a table that cannot be copied beside its writers', () => {
  it('is altered under a lock where it has triggers, and keeps them', async () => {
    const { test, convert } = await openPartitions();
    await createVisits(test, { rows: 200 });
    await test.query(
      "CREATE TRIGGER mine BEFORE INSERT ON visits FOR EACH ROW SET NEW.note = 'mine'",
    );
    expect(await convert('visits')).toMatchObject({ method: 'locking', comparedRows: null });
    expect(await leftovers(test)).toEqual(['mine']);
    expect((await partitionNames(test))[0]).toBe('p2025_11');
  });

  it('is altered under a lock where its names hold quotes, dots or spaces', async () => {
    const { test, convert } = await openPartitions();
    const odd = 'od.d "n`am\'e é';
    const name = `\`${odd.replaceAll('`', '``')}\``;
    await test.query(
      `CREATE TABLE ${name} (\`i\`\`d\` INT NOT NULL AUTO_INCREMENT PRIMARY KEY, \`d.a\`\`y\` DATE NULL DEFAULT NULL COMMENT 'a, b',
         \`u q\` VARCHAR(20), UNIQUE \`u\`\`.1\` (\`u q\`(5)))`,
    );
    await test.query(`INSERT INTO ${name} (\`d.a\`\`y\`) VALUES ('2026-03-04')`);
    const outcome = await convert(odd, { giveUp: ['d.a`y', 'u`.1'] });
    expect(outcome.method).toBe('locking');
    const table = (await schemaOf(test))[odd];
    expect(table).toContain("`d.a``y` date NOT NULL COMMENT 'a, b'");
    expect(table).toContain('UNIQUE KEY `u``.1` (`u q`(5),`d.a``y`)');
  });

  it('has its nullable TIMESTAMP made NOT NULL without a change on each update', async () => {
    const { test, convert } = await openPartitions();
    await createVisits(test, { rows: 10, date: 'seen_at TIMESTAMP NULL' });
    await convert('visits', { giveUp: ['seen_at'], locking: true });
    expect((await schemaOf(test))['visits']).toContain(
      '`seen_at` timestamp NOT NULL DEFAULT current_timestamp()\n',
    );
  });

  it('is left alone where it is partitioned already', async () => {
    const { test, convert, plan } = await openPartitions();
    await createVisits(test, { rows: 10 });
    await convert('visits', { locking: true });
    expect(await plan('visits')).toMatchObject({ isConverted: true, sql: [] });
  });
});

describe('the months of a conversion', () => {
  it('begin with the oldest row, five years back at most, and end with the newest', async () => {
    const { test, plan } = await openPartitions();
    await test.query(
      'CREATE TABLE visits (id INT AUTO_INCREMENT PRIMARY KEY, seen_at DATE NOT NULL)',
    );
    const now = new Date();
    const month = (years: number): string =>
      `${now.getUTCFullYear() + years}-${String(now.getUTCMonth() + 1).padStart(2, '0')}`;
    expect(await plan('visits')).toMatchObject({ firstMonth: month(0), partitions: 5 });
    await test.query(`INSERT INTO visits (seen_at) VALUES ('1999-01-01'), ('${month(1)}-15')`);
    const long = await plan('visits');
    expect(long).toMatchObject({
      firstMonth: month(-5),
      lastMonth: month(1),
      partitions: 60 + 12 + 1 + 2,
    });
    expect(long.sql[0]).toContain('PARTITION `p_before` VALUES LESS THAN');
  });
});
