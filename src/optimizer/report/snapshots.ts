import { isMigrated, migrate } from '../../database/migrate.ts';
import { isServerError } from '../../database/server-errors.ts';
import type { Database, Session } from '../../database/types.ts';
import { ScalectlError } from '../../errors.ts';
import type { TableSnapshot } from './changes.ts';
import type { Memory, Totals, TrendPoint } from './result.ts';

/** Of the JSON in `figures`; a report of another format is left out of the comparison. */
const format = 1;

/** About a year of weekly reports. */
export const keptSnapshots = 60;

export interface Remembered {
  readonly trend: readonly TrendPoint[];
  /** The newest earlier report. */
  readonly last: { readonly takenAt: Date; readonly tables: readonly TableSnapshot[] } | null;
}

interface SnapshotRow {
  taken_at: Date;
  tables: number;
  table_rows: number;
  data_bytes: number;
  index_bytes: number;
}

/** What earlier reports kept; nothing where there was none, or the account may not read it. */
export async function readSnapshots(session: Session): Promise<Remembered> {
  try {
    if (!(await isMigrated(session, 'report'))) return { trend: [], last: null };
    const rows = await session.read<SnapshotRow>(
      `/* scalectl:optimize-db */ SELECT taken_at, tables, table_rows, data_bytes, index_bytes
       FROM scalectl_report_snapshots ORDER BY id DESC LIMIT ?`,
      [keptSnapshots],
    );
    const [last] = await session.read<{ taken_at: Date; figures: string }>(
      `/* scalectl:optimize-db */ SELECT taken_at, figures
       FROM scalectl_report_snapshots ORDER BY id DESC LIMIT 1`,
    );
    const tables = last ? parseFigures(last.figures) : null;
    return {
      trend: rows.reverse().map(toTrendPoint),
      last: last && tables ? { takenAt: last.taken_at, tables } : null,
    };
  } catch (error) {
    if (error instanceof ScalectlError && error.code === 'privilege-missing') {
      return { trend: [], last: null };
    }
    throw error;
  }
}

/**
 * Keeps the figures for the next report, and of all reports the last 60. Where the account may not, or the server is
 * read-only, the report is as good without it, and the reason is told.
 */
export async function writeSnapshot(
  database: Database,
  takenAt: Date,
  totals: Totals,
  tables: readonly TableSnapshot[],
): Promise<Memory> {
  try {
    await migrate(database, 'report');
    await database.write(
      `/* scalectl:optimize-db */ INSERT INTO scalectl_report_snapshots
         (taken_at, tables, table_rows, data_bytes, index_bytes, figures) VALUES (?, ?, ?, ?, ?, ?)`,
      [
        takenAt,
        totals.tables,
        totals.rows,
        totals.dataBytes,
        totals.indexBytes,
        JSON.stringify({ format, tables }),
      ],
    );
    await database.write(
      `/* scalectl:optimize-db */ DELETE FROM scalectl_report_snapshots WHERE id NOT IN
         (SELECT id FROM (SELECT id FROM scalectl_report_snapshots ORDER BY id DESC LIMIT ?) kept)`,
      [keptSnapshots],
    );
    return { isWritten: true, reason: null };
  } catch (error) {
    const reason = whyNotWritten(error);
    if (reason === null) throw error;
    return { isWritten: false, reason };
  }
}

function whyNotWritten(error: unknown): string | null {
  if (isServerError(error, 'readOnly') || isServerError(error, 'readOnlyTransaction')) {
    return 'this server is read-only; it may be a replica';
  }
  if (!(error instanceof ScalectlError)) return null;
  const isBearable = error.code === 'privilege-missing' || error.code === 'lock-held';
  return isBearable ? error.message : null;
}

function parseFigures(text: string): TableSnapshot[] | null {
  const content = JSON.parse(text) as { format: number; tables: TableSnapshot[] };
  return content.format === format ? content.tables : null;
}

function toTrendPoint(row: SnapshotRow): TrendPoint {
  const [dataBytes, indexBytes] = [Number(row.data_bytes), Number(row.index_bytes)];
  return {
    takenAt: row.taken_at.toISOString(),
    tables: Number(row.tables),
    rows: Number(row.table_rows),
    dataBytes,
    indexBytes,
    bytes: dataBytes + indexBytes,
  };
}
