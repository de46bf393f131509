import type { Flavor } from '../../database/flavor.ts';
import type { Session } from '../../database/types.ts';
import { formatMs, plural } from '../../output/text.ts';
import type { Journal } from '../journal.ts';
import { isLoose } from '../rules/fragmentation.ts';
import type { Schema } from '../schema.ts';
import { readSharedTables } from '../shared-files.ts';
import { readIndexUsage } from './index-usage.ts';
import type { IndexUsage } from './index-usage.ts';

/** What the server and the journal tell beside schema and statements. */
export interface ServerFacts {
  /** null where the server does not tell. */
  readonly usage: IndexUsage | null;
  /** A shorter time without a use says nothing, in milliseconds. */
  readonly unusedAfterMs: number;
  /** Indexes that a run made, kept instead of another one, or put back, not long ago; see `indexKey`. */
  readonly settledIndexes: ReadonlySet<string>;
  /** The server uses an index for another collation of the same character set. */
  readonly indexAcrossCollations: boolean;
  /** Whether a table shares its file with others; null when it was not asked, or may not be read. */
  readonly isShared: ((table: string) => boolean) | null;
  /** What stays unknown, in sentences. */
  readonly unknown: readonly string[];
}

/** What a run decided is not doubted for so long. */
const settledForMs = 30 * 86_400_000;

/** Reads only. */
export async function readServerFacts(
  session: Session,
  context: {
    schema: Schema;
    flavor: Flavor;
    journal: Journal | null;
    unusedAfterMs: number;
    signal: AbortSignal;
  },
): Promise<ServerFacts> {
  const { schema, flavor, journal, unusedAfterMs, signal } = context;
  const { database } = schema;
  const read = await readIndexUsage(session, { database, flavor }, unusedAfterMs);
  const usage = 'because' in read ? null : read;
  const changes = journal ? await journal.changedWithin(settledForMs) : [];
  const settled = changes.flatMap(({ finding: { step } }) => {
    if (step.kind === 'add-index') return [indexKey(step.table, step.index)];
    if (step.kind !== 'drop-index') return [];
    const names = step.coveredBy === null ? [step.index] : [step.index, step.coveredBy];
    return names.map((name) => indexKey(step.table, name));
  });
  const loose = [...schema.tables.values()].filter(isLoose).length;
  const { innodbTablesView } = flavor;
  const isShared =
    loose === 0 ? null : await readSharedTables(session, { database, innodbTablesView, signal });
  return {
    usage,
    isShared,
    unusedAfterMs,
    settledIndexes: new Set(settled),
    indexAcrossCollations: flavor.indexAcrossCollations,
    unknown: [
      ...('because' in read
        ? [`which indexes are unused is not known: ${read.because}`]
        : young(read, unusedAfterMs)),
      ...(loose > 0 && !isShared
        ? [
            `whether a rebuild would give back the free room of ${plural(loose, 'table')} is not known: without PROCESS the account does not see which tables have a file of their own`,
          ]
        : []),
    ],
  };
}

export function indexKey(table: string, index: string): string {
  return `${table}\0${index}`;
}

function young({ tables }: IndexUsage, unusedAfterMs: number): string[] {
  const count = [...tables.values()].filter(({ windowMs }) => windowMs < unusedAfterMs).length;
  if (count === 0) return [];
  return [
    `${plural(count, 'table was', 'tables were')} altered less than ${formatMs(unusedAfterMs)} ago: which of their indexes are unused is not known`,
  ];
}
