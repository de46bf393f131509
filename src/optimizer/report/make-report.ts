import type { Database } from '../../database/types.ts';
import { describeParts } from '../index-shape.ts';
import { compareNames } from '../inspect.ts';
import type { JournalStep } from '../journal.ts';
import { readServerTime } from '../partitions/maintain.ts';
import { makePlan, openJournal } from '../plan.ts';
import type { PlanOptions } from '../plan.ts';
import type { Index, Table } from '../schema.ts';
import { compareSnapshots, sumOf, toSnapshot } from './changes.ts';
import { makerOf, queryProofs, reportRuns } from './from-journal.ts';
import type { IndexReport, ReportResult, TableReport } from './result.ts';
import { readSnapshots, writeSnapshot } from './snapshots.ts';
import { readStorage } from './storage.ts';
import type { Storage } from './storage.ts';

export interface ReportOptions extends PlanOptions {
  /** Keeps the figures for the next report. */
  readonly isRemembered: boolean;
}

/** InnoDB makes a file longer by four extents of 1 MB before it needs them: so much is no sign of holes. */
const roomAheadBytes = 4 * 1024 ** 2;

/** About a year of weekly runs. */
const shownRuns = 60;

/**
 * Looks at everything that optimize-db knows of a database. Changes nothing but the table of its own in which the
 * figures are kept for the next report.
 */
export async function makeReport(
  database: Database,
  options: ReportOptions,
): Promise<ReportResult> {
  const { takenAt, ...report } = await readAll(database, options);
  const tables = report.tables.map(toSnapshot);
  // By now no connection is held: with a pool of one the migration would wait for it.
  options.onProgress('keeping the figures for the next report');
  const memory = options.isRemembered
    ? await writeSnapshot(database, takenAt, report.totals, tables)
    : { isWritten: false, reason: 'a dry run writes nothing' };
  return { ...report, takenAt: takenAt.toISOString(), memory };
}

async function readAll(
  database: Database,
  options: PlanOptions,
): Promise<Omit<ReportResult, 'takenAt' | 'memory'> & { takenAt: Date }> {
  // One connection for all: MySQL's fresh figures are a setting of the session.
  await using session = await database.pin();
  const { schema, result: plan } = await makePlan(database, session, options);
  options.onProgress('reading sizes and what earlier runs did');
  const { signal } = options;
  const { innodbTablesView } = database.flavor;
  const storage = await readStorage(session, { schema, innodbTablesView, signal });
  const journal = await openJournal(session);
  const kept = (await journal?.keptIndexes()) ?? [];
  const runs = (await journal?.runs(shownRuns)) ?? [];
  const steps = (await journal?.stepsOf(runs.map(({ id }) => id))) ?? [];
  const { trend, last } = await readSnapshots(session);
  const takenAt = await readServerTime(session);
  const tables = [...schema.tables.values()]
    .map((table) => reportTable(table, storage, kept))
    .sort((a, b) => sizeOf(b) - sizeOf(a) || compareNames(a.name, b.name));
  const snapshot = tables.map(toSnapshot);
  const totals = sumOf(snapshot);
  return {
    server: plan.server,
    database: plan.database,
    takenAt,
    totals,
    tables,
    unknown: [...plan.unknown, ...storage.unknown],
    evidence: plan.evidence,
    findings: plan.findings,
    partitions: plan.maintained,
    queries: queryProofs(kept, schema),
    runs: reportRuns(runs, steps),
    trend: [...trend, { takenAt: takenAt.toISOString(), ...totals }],
    changes: last && {
      since: last.takenAt.toISOString(),
      ...compareSnapshots(last.tables, snapshot),
      runs: runs.filter(({ startedAt }) => startedAt >= last.takenAt).map(({ id }) => id),
    },
  };
}

function reportTable(table: Table, storage: Storage, kept: readonly JournalStep[]): TableReport {
  const { name, engine, rows, dataBytes, indexBytes, isPartitioned } = table;
  const freeBytes = storage.freeBytes.get(name) ?? null;
  const whole = dataBytes + indexBytes + (freeBytes ?? 0);
  return {
    name,
    engine,
    rows,
    dataBytes,
    indexBytes,
    freeBytes,
    freeShare: freeBytes === null || freeBytes <= roomAheadBytes ? null : freeBytes / whole,
    isPartitioned,
    indexes: table.indexes.map((index) => reportIndex(name, index, storage, kept)),
  };
}

function reportIndex(
  table: string,
  index: Index,
  storage: Storage,
  kept: readonly JournalStep[],
): IndexReport {
  const { name, type, isPrimary, isUnique, isHidden, cardinality } = index;
  return {
    name,
    columns: describeParts(index.parts),
    type,
    isPrimary,
    isUnique,
    isHidden,
    cardinality,
    sizeBytes: storage.indexBytes(table, name),
    madeBy: makerOf(kept, table, name),
  };
}

function sizeOf({ dataBytes, indexBytes }: TableReport): number {
  return dataBytes + indexBytes;
}
