import { beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { connectDatabase, connectReader } from '../../src/database/connect.ts';
import { quoteName } from '../../src/database/identifiers.ts';
import { isConnectionError } from '../../src/database/server-errors.ts';
import type { Database } from '../../src/database/types.ts';
import { ScalectlError } from '../../src/errors.ts';
import { freshDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';

let test: TestDatabase;

beforeAll(async () => {
  test = await freshDatabase();
  await test.query('CREATE TABLE items (id INT PRIMARY KEY, name VARCHAR(50))');
});

describe('a connection that cannot be made says why', () => {
  it('names host and port when nothing listens, within the connect timeout', async () => {
    const startedAt = performance.now();
    const error = await failureOf('mysql://me:geheim-77@127.0.0.1:1/shop');
    expect(error).toMatchObject({ code: 'database-unreachable', exitCode: 69 });
    expect(error.message).toContain('127.0.0.1:1');
    expect(JSON.stringify([error.message, error.hint])).not.toContain('geheim');
    expect(performance.now() - startedAt).toBeLessThan(3000);
  });

  it('tells a wrong password, a missing database and a missing privilege apart', async () => {
    const user = `limited_${test.name.slice(-8)}`;
    await test.query(`CREATE USER ${user}@'%' IDENTIFIED BY 'right-password'`);
    const wrongPassword = await failureOf(urlOf({ username: user, password: 'wrong-password' }));
    const noDatabase = await failureOf(urlOf({ pathname: '/no_such_database' }));
    const noPrivilege = await failureOf(urlOf({ username: user, password: 'right-password' }));
    await test.query(`DROP USER ${user}@'%'`);

    expect(wrongPassword.code).toBe('access-denied');
    expect(noDatabase.code).toBe('database-missing');
    expect(noPrivilege.code).toBe('privilege-missing');
    expect(wrongPassword.message).toMatch(new RegExp(`refuses the login of ${user}$`));
    expect(noDatabase.message).toMatch(/no database no_such_database/);
    expect(noPrivilege.message).toContain(`may not use the database ${test.name}`);
  });

  it('refuses a URL that it cannot read without repeating it', async () => {
    const error = await failureOf('mysql://me:pa%ss@[bad/shop');
    expect(error.code).toBe('config-invalid');
    expect(error.message).not.toContain('pa%ss');
  });
});

describe('a connection that the server closes', () => {
  it('is told from a failed statement, also between two statements of a transaction', async () => {
    await using database = await connect();
    const error = await database
      .transaction(async (session) => {
        const [row] = await session.read<{ id: number }>('SELECT CONNECTION_ID() AS id');
        await test.query(`KILL ${row?.id ?? 0}`);
        await new Promise((resolve) => setTimeout(resolve, 300));
        await session.read('SELECT 1');
      })
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'database-unreachable' });
    expect(isConnectionError(error)).toBe(true);
    expect(await database.read('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('a session', () => {
  it('is utf8mb4, in UTC, strict, and never splits a statement at a semicolon', async () => {
    await using database = await connect();
    const [row] = await database.read<Record<string, string>>(
      'SELECT @@character_set_connection AS charset, @@time_zone AS zone, @@sql_mode AS mode',
    );
    expect(row).toMatchObject({ charset: 'utf8mb4', zone: '+00:00' });
    expect(row?.['mode']).toContain('STRICT_TRANS_TABLES');
    await expect(database.read('SELECT 1; SELECT 2')).rejects.toMatchObject({
      code: 'statement-failed',
    });
  });

  it('binds values and keeps emoji, quotes and backslashes as they are', async () => {
    await using database = await connect();
    const name = `it's "one" \\ \u{1F600}; DROP TABLE items`;
    await database.write('INSERT INTO items (id, name) VALUES (?, ?)', [1, name]);
    expect(await database.read('SELECT name FROM items WHERE id = ?', [1])).toEqual([{ name }]);
  });

  it('writes many rows with one statement', async () => {
    await using database = await connect();
    const rows = Array.from({ length: 500 }, (_, i) => [1000 + i, `row ${i}`]);
    const { affectedRows } = await database.write('INSERT INTO items (id, name) VALUES ?', [rows]);
    expect(affectedRows).toBe(500);
  });

  it('quotes a name with dots, backticks and emoji as one identifier', async () => {
    await using database = await connect();
    const table = 'we`ird. name \u{1F600}'.replace('\u{1F600}', 'é');
    await database.define(`CREATE TABLE ${quoteName(table)} (id INT)`);
    const names = await database.read<{ name: string }>(
      'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()',
    );
    expect(names.map((row) => row.name)).toContain(table);
  });

  it('rolls a transaction back when its work throws', async () => {
    await using database = await connect();
    const work = database.transaction(async (session) => {
      await session.write('INSERT INTO items (id, name) VALUES (7, ?)', ['gone']);
      throw new Error('stop');
    });
    await expect(work).rejects.toThrow('stop');
    expect(await database.read('SELECT id FROM items WHERE id = 7')).toEqual([]);
  });

  it('leaves nothing of a pinned session to the next user of the pool', async () => {
    await using database = await connect();
    {
      await using pinned = await database.pin();
      await pinned.read("SELECT GET_LOCK('test-lock', 0)");
    }
    await using other = await connect();
    const [row] = await other.read<{ got: number }>("SELECT GET_LOCK('test-lock', 2) AS got");
    expect(row?.got).toBe(1);
  });
});

describe('limits', () => {
  it('ends a read at its statement timeout, in the server too', async () => {
    await using database = await connect();
    const startedAt = performance.now();
    await expect(slowRead(database, { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'statement-timeout',
    });
    expect(performance.now() - startedAt).toBeLessThan(3000);
    expect(await runningSlowReads()).toBe(0);
  });

  it('ends an aborted read in the server', async () => {
    await using database = await connect();
    const controller = new AbortController();
    const read = slowRead(database, { signal: controller.signal });
    setTimeout(() => controller.abort(), 200);
    await expect(read).rejects.toBeInstanceOf(ScalectlError);
    expect(await runningSlowReads()).toBe(0);
  });

  it('ends an aborted DDL statement although the pool has no connection left', async () => {
    await using database = await connect({ SCALECTL_DATABASE_POOL_SIZE: '2' });
    await using _pinned = await database.pin();
    await test.query(
      'CREATE TABLE IF NOT EXISTS wide (id INT AUTO_INCREMENT PRIMARY KEY, v CHAR(200))',
    );
    await test.query("INSERT INTO wide (v) SELECT 'x' FROM seq_1_to_200000").catch(() => undefined);
    const controller = new AbortController();
    const alter = database.define(
      'ALTER TABLE wide ADD COLUMN w CHAR(200) DEFAULT (UUID()), ALGORITHM=COPY',
      {
        signal: controller.signal,
      },
    );
    const failure = expect(alter).rejects.toMatchObject({ code: 'statement-failed' });
    // Before the server has it, the statement would not be sent at all.
    await expect
      .poll(() => test.query('SHOW PROCESSLIST').then((rows) => JSON.stringify(rows)), {
        interval: 5,
      })
      .toContain('ALTER TABLE wide ADD COLUMN w');
    controller.abort();
    await failure;
  });

  it('takes no more than a quarter of the connections that the account has left', async () => {
    const user = `small_${test.name.slice(-8)}`;
    await test.query(
      `CREATE USER ${user}@'%' IDENTIFIED BY 'geheim-12' WITH MAX_USER_CONNECTIONS 12`,
    );
    await test.query(`GRANT ALL ON ${test.name}.* TO ${user}@'%'`);
    const url = urlOf({ username: user, password: 'geheim-12' });
    const most = await (async () => {
      await using database = await connect({
        SCALECTL_DB_URL: url,
        SCALECTL_DATABASE_POOL_SIZE: '50',
      });
      const busy = Array.from({ length: 10 }, () => database.read('SELECT SLEEP(0.3)'));
      await new Promise((resolve) => setTimeout(resolve, 150));
      const threads = await test.query<{ User: string }>('SHOW PROCESSLIST');
      await Promise.all(busy);
      return threads.filter((thread) => thread.User === user).length;
    })();
    await test.query(`DROP USER ${user}@'%'`);
    expect(most).toBe(2);
  });

  it('counts its statements and the slow ones', async () => {
    await using database = await connect({ SCALECTL_DATABASE_SLOW_THRESHOLD: '100ms' });
    const before = database.statistics();
    await database.read('SELECT SLEEP(0.15)');
    const after = database.statistics();
    expect(after.count - before.count).toBe(1);
    expect(after.slow).toBe(1);
    expect(after.slowestMs).toBeGreaterThan(140);
  });
});

describe('a read replica', () => {
  it('is used for reading, and left out with a warning when it does not answer', async () => {
    const warnings: string[] = [];
    const settings = await settingsOf({
      SCALECTL_DB_URL: 'mysql://nobody@127.0.0.1:1/none',
      SCALECTL_DATABASE_REPLICA_URLS: `mysql://nobody@127.0.0.1:2/none,${test.url}`,
    });
    await using reader = await connectReader(settings, {
      warn: (message) => void warnings.push(message),
    });
    expect(reader.target.database).toBe(test.name);
    expect(warnings).toEqual([expect.stringContaining('127.0.0.1:2')]);
  });
});

const slowStatement = 'SELECT /* slow-read */ SLEEP(20)';

function slowRead(database: Database, options: { timeoutMs?: number; signal?: AbortSignal }) {
  // SLEEP alone is woken with a result; the second column makes the interruption an error on both products.
  return database.read(`${slowStatement}, BENCHMARK(1000000000, MD5('x'))`, [], options);
}

async function runningSlowReads(): Promise<number> {
  // The server notices within its next check.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const threads = await test.query<{ Info: string | null }>('SHOW FULL PROCESSLIST');
  return threads.filter((thread) => thread.Info?.includes('slow-read')).length;
}

function urlOf(parts: { username?: string; password?: string; pathname?: string }): string {
  return Object.assign(new URL(test.url), parts).href;
}

async function settingsOf(environment: Record<string, string>) {
  const { values } = await loadConfig({
    workingDirectory: '/',
    environment: { SCALECTL_DATABASE_CONNECT_RETRIES: '0', ...environment },
    discover: false,
  });
  return values.database;
}

async function connect(environment: Record<string, string> = {}): Promise<Database> {
  return connectDatabase(await settingsOf({ SCALECTL_DB_URL: test.url, ...environment }));
}

async function failureOf(url: string): Promise<ScalectlError> {
  const settings = await settingsOf({ SCALECTL_DB_URL: url });
  const error: unknown = await connectDatabase(settings).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof ScalectlError) return error;
  throw new Error(`expected a failure, got ${String(error)}`);
}
