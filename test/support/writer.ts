import mysql from 'mysql2/promise';
import type { TestDatabase } from './database.ts';

/** What one connection wrote to a table while something else went on with it. */
export interface Written {
  readonly inserted: readonly number[];
  /** Id and the note that it must have. */
  readonly updated: ReadonlyMap<number, string>;
  readonly deleted: ReadonlySet<number>;
  /** Deadlocks: the statement was refused as a whole, and is not counted as written. */
  readonly refused: number;
  readonly longestMs: number;
}

export interface Writer {
  stop(): Promise<Written>;
}

/**
 * Inserts, updates and deletes rows of `visits` one after the other until it is stopped, each acknowledged by the server.
 * @param rows the rows that are there before: ids from 1 on
 */
export async function startWriter(test: TestDatabase, rows: number): Promise<Writer> {
  const connection = await mysql.createConnection({ uri: test.url, timezone: 'Z' });
  const inserted: number[] = [];
  const updated = new Map<number, string>();
  const deleted = new Set<number>();
  let refused = 0;
  let longestMs = 0;
  let isStopped = false;
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    const startedAt = performance.now();
    try {
      await work();
    } catch (error) {
      // The two answers that every application must expect of InnoDB.
      if (![1213, 1205].includes(Number((error as { errno?: number }).errno))) throw error;
      refused += 1;
    }
    longestMs = Math.max(longestMs, performance.now() - startedAt);
  };
  const work = async (): Promise<void> => {
    for (let i = 0; !isStopped; i += 1) {
      const id = ((i * 7919) % rows) + 1;
      await attempt(async () => {
        const [answer] = await connection.query<mysql.ResultSetHeader>(
          'INSERT INTO visits (seen_at, note) VALUES (?, ?)',
          [i % 2 === 0 ? '2026-02-10 12:00:00' : '2027-01-01 00:00:00', `written ${i}`],
        );
        inserted.push(answer.insertId);
      });
      await attempt(async () => {
        if (deleted.has(id)) return;
        // Every other one moves to another month.
        const move = i % 2 === 0 ? ", seen_at = '2026-05-05 05:05:05'" : '';
        await connection.query(`UPDATE visits SET note = ?${move} WHERE id = ?`, [
          `changed ${i}`,
          id,
        ]);
        updated.set(id, `changed ${i}`);
      });
      await attempt(async () => {
        const gone = (id % rows) + 1;
        await connection.query('DELETE FROM visits WHERE id = ?', [gone]);
        deleted.add(gone);
        updated.delete(gone);
      });
    }
  };
  const done = work();
  done.catch(() => undefined);
  return {
    stop: async () => {
      isStopped = true;
      try {
        await done;
      } finally {
        await connection.end();
      }
      return { inserted, updated, deleted, refused, longestMs };
    },
  };
}

/** Writes that were acknowledged and are not there: none must be. */
export async function lostWrites(test: TestDatabase, written: Written): Promise<string[]> {
  const rows = await test.query<{ id: number; note: string | null }>('SELECT id, note FROM visits');
  const notes = new Map(rows.map(({ id, note }) => [id, note]));
  return [
    ...written.inserted.filter((id) => !notes.has(id)).map((id) => `insert ${id}`),
    ...[...written.updated]
      .filter(([id, note]) => notes.get(id) !== note)
      .map(([id]) => `update ${id}`),
    ...[...written.deleted].filter((id) => notes.has(id)).map((id) => `delete ${id}`),
  ];
}
