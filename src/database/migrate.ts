import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ScalectlError } from '../errors.ts';
import { isServerError } from './server-errors.ts';
import type { Database, Session } from './types.ts';

export interface Migration {
  /** Folder below `templates/sql`, such as `queue`. */
  area: string;
  /** From the file's name `NNN-name.sql`: the order. */
  number: number;
  name: string;
  /** SHA-256 of the file, in hexadecimal digits. */
  checksum: string;
  statements: readonly string[];
}

const lockWaitSeconds = 30;
const migrationsTable = `
  /* scalectl:migrate */ CREATE TABLE IF NOT EXISTS scalectl_migrations (
    area VARCHAR(40) NOT NULL,
    number INT UNSIGNED NOT NULL,
    name VARCHAR(100) NOT NULL,
    checksum CHAR(64) NOT NULL,
    applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (area, number)
  ) ENGINE=InnoDB DEFAULT CHARSET=ascii COLLATE=ascii_bin`;

/**
 * Brings scalectl's own tables of one area up to date: runs the files of `templates/sql/<area>` that have not run
 * in this database. Safe when two processes do it at once, and when one is killed in the middle: a file counts as
 * run only after its last statement, so its statements must bear being run twice (CREATE TABLE IF NOT EXISTS).
 * @returns the migrations that ran now
 * @throws ScalectlError `privilege-missing` without CREATE; `operation-failed` when a file that ran has changed since
 */
export async function migrate(database: Database, area: string): Promise<Migration[]> {
  const migrations = await listMigrations(area);
  if (remaining(migrations, await readApplied(database, area)).length === 0) return [];
  await using session = await database.pin();
  await lock(session, database.target.database);
  await session.write(migrationsTable);
  const pending = remaining(migrations, await readApplied(session, area));
  for (const migration of pending) {
    for (const statement of migration.statements) {
      await session.write(`/* scalectl:migrate */ ${statement}`);
    }
    await session.write(
      '/* scalectl:migrate */ INSERT INTO scalectl_migrations (area, number, name, checksum) VALUES (?, ?, ?, ?)',
      [area, migration.number, migration.name, migration.checksum],
    );
  }
  return pending;
}

/**
 * Whether every migration of the area has run in this database; asks, changes nothing.
 * @param through only those up to this number: for what reads nothing that came later
 */
export async function isMigrated(
  session: Session,
  area: string,
  through = Number.MAX_SAFE_INTEGER,
): Promise<boolean> {
  const asked = (await listMigrations(area)).filter(({ number }) => number <= through);
  return remaining(asked, await readApplied(session, area)).length === 0;
}

/** The files of `templates/sql/<area>` in their order. */
export async function listMigrations(area: string): Promise<Migration[]> {
  const folder = fileURLToPath(import.meta.resolve(`#templates/sql/${area}`));
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
  return Promise.all(files.map((file) => readMigration(area, path.join(folder, file))));
}

async function readMigration(area: string, file: string): Promise<Migration> {
  const match = /^(\d{3})-(.+)\.sql$/.exec(path.basename(file));
  if (!match) throw new Error(`${file} is not named NNN-name.sql`);
  // A checkout on Windows may have other line ends, which must not change the checksum.
  const text = (await readFile(file, 'utf8')).replaceAll('\r\n', '\n');
  return {
    area,
    number: Number(match[1]),
    name: match[2] ?? '',
    checksum: createHash('sha256').update(text).digest('hex'),
    statements: text
      .replaceAll(/^--.*$/gm, '')
      .split(/;[ \t]*$/m)
      .map((statement) => statement.trim())
      .filter((statement) => statement !== ''),
  };
}

/** Checksums by number. */
async function readApplied(session: Session, area: string): Promise<Map<number, string>> {
  try {
    const rows = await session.read<{ number: number; checksum: string }>(
      '/* scalectl:migrate */ SELECT number, checksum FROM scalectl_migrations WHERE area = ?',
      [area],
    );
    return new Map(rows.map((row) => [row.number, row.checksum]));
  } catch (error) {
    if (isServerError(error, 'noSuchTable')) return new Map();
    throw error;
  }
}

function remaining(
  migrations: readonly Migration[],
  applied: ReadonlyMap<number, string>,
): Migration[] {
  return migrations.filter((migration) => {
    const checksum = applied.get(migration.number);
    if (checksum !== undefined && checksum !== migration.checksum) {
      throw new ScalectlError(
        'operation-failed',
        `the tables of ${migration.area} were made by another version of scalectl (migration ${migration.number} differs)`,
        { hint: 'Use the version that made them, or the newest one.' },
      );
    }
    return checksum === undefined;
  });
}

async function lock(session: Session, database: string): Promise<void> {
  // Lock names are shared by the whole server and hold 64 characters; the name of a database may have as many.
  const name = `scalectl:migrate:${createHash('sha256').update(database).digest('hex').slice(0, 32)}`;
  const [row] = await session.read<{ locked: number | null }>(
    '/* scalectl:migrate */ SELECT GET_LOCK(?, ?) AS locked',
    [name, lockWaitSeconds],
    { timeoutMs: (lockWaitSeconds + 5) * 1000 },
  );
  if (row?.locked === 1) return;
  throw new ScalectlError('lock-held', 'another run is creating the tables of scalectl', {
    hint: 'Try again in a minute.',
  });
}
