import type { Flavor } from '../../database/flavor.ts';
import { serverErrorNumber } from '../../database/server-errors.ts';
import type { Session } from '../../database/types.ts';
import { ScalectlError } from '../../errors.ts';
import { ownTablePattern } from '../../database/identifiers.ts';
import { formatMs } from '../../output/text.ts';

/** How often each index of a database was read, as far back as the server can know. */
export interface IndexUsage {
  readonly source: 'performance_schema' | 'userstat';
  readonly tables: ReadonlyMap<string, TableUsage>;
}

/** Only of tables that were read at all. */
export interface TableUsage {
  /**
   * Since the server started, or since the table was last altered: an ALTER starts performance_schema's counters of
   * it anew, and an index that it made has no earlier ones. That somebody emptied the counters cannot be seen.
   */
  readonly windowMs: number;
  readonly since: 'server-start' | 'last-alter';
  /** Indexes that were read; the others were not. */
  readonly used: ReadonlySet<string>;
}

/** Why it is not known: the sentence for the result. */
export interface NoIndexUsage {
  readonly because: string;
}

/**
 * Reads which indexes were used. MariaDB's `userstat` comes first where it is on, as its counters outlive an ALTER.
 * @param leastMs a shorter time says nothing
 */
export async function readIndexUsage(
  session: Session,
  context: { database: string; flavor: Flavor },
  leastMs: number,
): Promise<IndexUsage | NoIndexUsage> {
  const upMs = await readUptime(session);
  if (upMs < leastMs) {
    return {
      because: `the server started ${formatMs(upMs)} ago, and optimizer.unusedAfter asks for ${formatMs(leastMs)}`,
    };
  }
  try {
    const counted = await readCounters(session, context);
    if ('because' in counted) return counted;
    return { source: counted.source, tables: await toTables(session, context, counted, upMs) };
  } catch (error) {
    const isDenied = error instanceof ScalectlError && error.code === 'privilege-missing';
    if (!isDenied && serverErrorNumber(error) === null) throw error;
    return {
      because: isDenied
        ? 'this account may not read its counters (GRANT SELECT ON performance_schema.* would let it)'
        : 'this server keeps no counters of indexes',
    };
  }
}

async function readUptime(session: Session): Promise<number> {
  const [row] = await session.read<{ Value: string }>(
    "/* scalectl:optimize-db */ SHOW GLOBAL STATUS LIKE 'Uptime'",
  );
  return Number(row?.Value ?? 0) * 1000;
}

interface Counters {
  source: IndexUsage['source'];
  rows: readonly CounterRow[];
}

interface CounterRow {
  tableName: string;
  /** null stands for reading and writing the table without an index. */
  indexName: string | null;
  reads: number | string;
}

async function readCounters(
  session: Session,
  { database, flavor }: { database: string; flavor: Flavor },
): Promise<Counters | NoIndexUsage> {
  if (flavor.userStatistics) {
    const [state] = await session.read<{ isOn: number }>(
      '/* scalectl:optimize-db */ SELECT @@global.userstat AS isOn',
    );
    if (Number(state?.isOn) === 1) return readUserStatistics(session, database);
  }
  const [state] = await session.read<{ isOn: number }>(
    '/* scalectl:optimize-db */ SELECT @@performance_schema AS isOn',
  );
  if (Number(state?.isOn) !== 1) {
    const also = flavor.userStatistics ? ', and so is userstat' : '';
    return { because: `performance_schema is off on this server${also}` };
  }
  const gap = await findGap(session, database);
  if (gap !== null) return { because: gap };
  const rows = await session.read<CounterRow>(
    `/* scalectl:optimize-db */ SELECT OBJECT_NAME AS tableName, INDEX_NAME AS indexName,
       IF(INDEX_NAME IS NULL, COUNT_FETCH, COUNT_STAR) AS \`reads\`
     FROM performance_schema.table_io_waits_summary_by_index_usage
     WHERE OBJECT_TYPE = 'TABLE' AND OBJECT_SCHEMA = ? AND OBJECT_NAME NOT LIKE ?`,
    [database, ownTablePattern],
  );
  return { source: 'performance_schema', rows };
}

async function readUserStatistics(session: Session, database: string): Promise<Counters> {
  const rows = await session.read<CounterRow>(
    `/* scalectl:optimize-db */ SELECT TABLE_NAME AS tableName, INDEX_NAME AS indexName, ROWS_READ AS \`reads\`
     FROM information_schema.INDEX_STATISTICS WHERE TABLE_SCHEMA = ? AND TABLE_NAME NOT LIKE ?
     UNION ALL
     SELECT TABLE_NAME, NULL, ROWS_READ
     FROM information_schema.TABLE_STATISTICS WHERE TABLE_SCHEMA = ? AND TABLE_NAME NOT LIKE ?`,
    [database, ownTablePattern, database, ownTablePattern],
  );
  return { source: 'userstat', rows };
}

/** What keeps performance_schema from counting every read; null when nothing does. */
async function findGap(session: Session, database: string): Promise<string | null> {
  const [setup] = await session.read<{ instrument: string | null; consumer: string | null }>(
    `/* scalectl:optimize-db */ SELECT
       (SELECT ENABLED FROM performance_schema.setup_instruments WHERE NAME = 'wait/io/table/sql/handler') AS instrument,
       (SELECT ENABLED FROM performance_schema.setup_consumers WHERE NAME = 'global_instrumentation') AS consumer`,
  );
  if (setup?.instrument !== 'YES' || setup.consumer !== 'YES') {
    return 'performance_schema does not count reads of tables (wait/io/table/sql/handler, global_instrumentation)';
  }
  const objects = await session.read<{ enabled: string }>(
    `/* scalectl:optimize-db */ SELECT ENABLED AS enabled FROM performance_schema.setup_objects
     WHERE OBJECT_TYPE = 'TABLE' AND (OBJECT_SCHEMA = ? OR OBJECT_SCHEMA = '%')`,
    [database],
  );
  const isPartlyOff = objects.some(({ enabled }) => enabled !== 'YES');
  if (objects.length === 0 || isPartlyOff) {
    return 'performance_schema does not count every table of this database (setup_objects)';
  }
  const lost = await session.read<{ Variable_name: string; Value: string }>(
    `/* scalectl:optimize-db */ SHOW GLOBAL STATUS WHERE Variable_name IN
       ('Performance_schema_index_stat_lost', 'Performance_schema_table_handles_lost',
        'Performance_schema_table_instances_lost')`,
  );
  const full = lost.find(({ Value }) => Number(Value) > 0);
  return full
    ? `performance_schema ran out of room and lost counters (${full.Variable_name})`
    : null;
}

async function toTables(
  session: Session,
  { database }: { database: string },
  { rows }: Counters,
  upMs: number,
): Promise<Map<string, TableUsage>> {
  const ages = await session.read<{ tableName: string; ageSeconds: number | string | null }>(
    `/* scalectl:optimize-db */ SELECT TABLE_NAME AS tableName,
       TIMESTAMPDIFF(SECOND, CREATE_TIME, NOW()) AS ageSeconds
     FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' AND TABLE_SCHEMA = ?`,
    [database],
  );
  const byTable = new Map<string, Set<string>>();
  for (const { tableName, indexName, reads } of rows) {
    if (Number(reads) === 0) continue;
    const used = byTable.get(tableName) ?? new Set();
    if (indexName !== null) used.add(indexName);
    byTable.set(tableName, used);
  }
  const tables = new Map<string, TableUsage>();
  for (const { tableName, ageSeconds } of ages) {
    const used = byTable.get(tableName);
    if (!used || ageSeconds === null) continue;
    const ageMs = Number(ageSeconds) * 1000;
    tables.set(tableName, {
      windowMs: Math.min(upMs, ageMs),
      since: ageMs < upMs ? 'last-alter' : 'server-start',
      used,
    });
  }
  return tables;
}
