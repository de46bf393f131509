import type { Session, WriteResult } from '../../../database/types.ts';

/** XAMPP ships max_allowed_packet = 1M, and quoting may double a text. */
const mostStatementBytes = 400 * 1024;
export const mostRows = 1000;

/**
 * Inserts rows with a statement that ends in `VALUES ?`, in as many statements as their size asks for.
 * @returns what each statement answered, with the number of its rows
 */
export async function insertRows(
  session: Session,
  statement: string,
  rows: readonly (readonly unknown[])[],
): Promise<(WriteResult & { rows: number })[]> {
  const results: (WriteResult & { rows: number })[] = [];
  for (const chunk of chunksOf(rows)) {
    results.push({ ...(await session.write(statement, [chunk])), rows: chunk.length });
  }
  return results;
}

function* chunksOf(rows: readonly (readonly unknown[])[]): Generator<(readonly unknown[])[]> {
  let chunk: (readonly unknown[])[] = [];
  let sizeBytes = 0;
  for (const row of rows) {
    const rowBytes = sizeOf(row);
    if (
      chunk.length === mostRows ||
      (chunk.length > 0 && sizeBytes + rowBytes > mostStatementBytes)
    ) {
      yield chunk;
      chunk = [];
      sizeBytes = 0;
    }
    chunk.push(row);
    sizeBytes += rowBytes;
  }
  if (chunk.length > 0) yield chunk;
}

function sizeOf(row: readonly unknown[]): number {
  let sizeBytes = 0;
  for (const value of row) sizeBytes += typeof value === 'string' ? Buffer.byteLength(value) : 24;
  return sizeBytes;
}

/** Ids in portions that a server looks up one by one: longer IN lists become a scan or a subquery. */
export function* portionsOf<T>(list: readonly T[], size = 500): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
}
