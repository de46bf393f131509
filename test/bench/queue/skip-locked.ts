import type { Database } from '../../../src/database/types.ts';
import { addInBulk, jobType, payload, perSecond } from './contender.ts';
import type { Contender } from './contender.ts';

/** The pattern of many queues in SQL: one job a SELECT … FOR UPDATE SKIP LOCKED. On the database of another contender. */
export async function openSkipLocked(database: Database, loops: number): Promise<Contender> {
  await database.define(
    `/* scalectl:bench */ CREATE TABLE jobs (
       id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, type VARCHAR(100) NOT NULL, data MEDIUMTEXT NOT NULL,
       reserved_at DATETIME NULL, KEY (reserved_at, id)) ENGINE=InnoDB`,
  );
  return {
    label: `SELECT … FOR UPDATE SKIP LOCKED a job, ${loops} connections, same server`,
    add: (count) =>
      addInBulk(count, (size) => {
        const rows = Array.from({ length: size }, () => [jobType, JSON.stringify(payload)]);
        return database.write('/* scalectl:bench */ INSERT INTO jobs (type, data) VALUES ?', [
          rows,
        ]);
      }),
    drain: async (count) => {
      const startedAt = performance.now();
      let done = 0;
      const loop = async (): Promise<void> => {
        while (await takeOne(database)) done += 1;
      };
      await Promise.all(Array.from({ length: loops }, loop));
      if (done !== count) throw new Error(`${done} of ${count} jobs were run`);
      return perSecond(count, startedAt);
    },
    [Symbol.asyncDispose]: async () => {
      await database.define('/* scalectl:bench */ DROP TABLE jobs');
    },
  };
}

/** A job is reserved in one transaction, run, and deleted in another. */
async function takeOne(database: Database): Promise<boolean> {
  const id = await database.transaction(async (session) => {
    const [row] = await session.read<{ id: number; data: string }>(
      '/* scalectl:bench */ SELECT id, data FROM jobs WHERE reserved_at IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED',
    );
    if (!row) return null;
    JSON.parse(row.data);
    await session.write('/* scalectl:bench */ UPDATE jobs SET reserved_at = NOW() WHERE id = ?', [
      row.id,
    ]);
    return row.id;
  });
  if (id === null) return false;
  await database.write('/* scalectl:bench */ DELETE FROM jobs WHERE id = ?', [id]);
  return true;
}
