import type { ReadOptions, Session } from '../../database/types.ts';

let number = 0;

/** Executes a statement and counts the rows and index entries that the engine is asked for meanwhile. */
export async function handlerReads(
  session: Session,
  sql: string,
  options: ReadOptions,
): Promise<number> {
  // Looking adds to the counts by itself: two looks in a row tell how much.
  const first = await sum(session);
  const before = await sum(session);
  number += 1;
  // The number keeps a query cache from answering.
  await session.read(
    `/* scalectl:optimize-db copy ${process.pid}-${number} */ ${sql}`,
    [],
    options,
  );
  return (await sum(session)) - before - (before - first);
}

async function sum(session: Session): Promise<number> {
  const rows = await session.read<{ Value: string | number }>(
    "/* scalectl:optimize-db */ SHOW SESSION STATUS LIKE 'Handler\\_read%'",
    [],
    { timeoutMs: 0 },
  );
  return rows.reduce((total, row) => total + Number(row.Value), 0);
}
