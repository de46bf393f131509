import { isServerError } from '../database/server-errors.ts';
import type { Session } from '../database/types.ts';
import { ScalectlError } from '../errors.ts';

const timeoutMs = 120_000;

/** Whether a table shares its file with others; null where the account may not know. */
export async function readSharedTables(
  session: Session,
  context: { database: string; innodbTablesView: string; signal: AbortSignal },
): Promise<((table: string) => boolean) | null> {
  const rows = await readIfAllowed<{ name: string }>(
    session,
    `SELECT NAME AS name FROM information_schema.${context.innodbTablesView} WHERE SPACE_TYPE <> 'Single'`,
    [],
    context.signal,
  );
  if (!rows) return null;
  const patterns = rows.map(({ name }) => fileNamePattern(name));
  return (table) => patterns.some((pattern) => pattern.test(`${context.database}/${table}`));
}

/**
 * A name as InnoDB keeps it, in the form of file names: `@002d` is the character with this number, `@1o` one of a
 * table of letters, which is taken for any letter here: that a table shares its file is better believed once too often.
 * Partitions have `#P#` and their name behind the table's. Exported for its unit test.
 */
export function fileNamePattern(name: string): RegExp {
  const [whole = ''] = name.split(/#p#/i);
  const source = whole.replaceAll(/@([0-9a-f]{4})|@..|[^@]/gs, (part, code?: string) => {
    if (code !== undefined) return escapeRegExp(String.fromCharCode(parseInt(code, 16)));
    return part.startsWith('@') ? '.' : escapeRegExp(part);
  });
  return new RegExp(`^${source}$`, 's');
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

/** Rows of a statement; null where the account may not read them, or the server has no such table. */
export async function readIfAllowed<Row extends object>(
  session: Session,
  statement: string,
  values: readonly unknown[],
  signal: AbortSignal,
): Promise<Row[] | null> {
  try {
    return await session.read<Row>(`/* scalectl:optimize-db */ ${statement}`, values, {
      timeoutMs,
      signal,
    });
  } catch (error) {
    const isDenied = error instanceof ScalectlError && error.code === 'privilege-missing';
    if (!isDenied && !isServerError(error, 'noSuchTable')) throw error;
    return null;
  }
}
