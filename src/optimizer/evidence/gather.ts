import { ScalectlError } from '../../errors.ts';
import { formatNumber, plural } from '../../output/text.ts';
import { explainQuery } from '../explain.ts';
import { Collection } from './collection.ts';
import type { Collected, EvidenceCollector, GatherContext } from './collector.ts';
import { digestSource } from './digest-source.ts';
import { observedSource } from './observed-source.ts';
import type { OldIndexStatement } from './scan/old-index.ts';
import { scanSource } from './scan/source.ts';
import { slowLogSource } from './slow-log/source.ts';
import type {
  JudgedStatement,
  ReadStatement,
  RefusedStatement,
  StatementSource,
} from './statements.ts';
import { workloadFileSource } from './workload-file-source.ts';

/** One source that was looked at. */
export interface EvidenceSource {
  readonly source: 'schema' | StatementSource;
  /** Statements that it gave and that were understood. */
  readonly statements: number;
  /** From the first to the last execution that it saw; null where it does not tell. */
  readonly windowMs: number | null;
}

export interface Evidence {
  readonly sources: readonly EvidenceSource[];
  readonly statements: readonly JudgedStatement[];
  readonly refused: readonly RefusedStatement[];
  /** What the sources leave unknown, in sentences. */
  readonly unknown: readonly string[];
  /** Index statements that stand in the platform's source. */
  readonly oldIndexes: readonly OldIndexStatement[];
}

/**
 * Those that know real values come first, so that their statements are the ones that are timed; the digests add
 * their figures to them. The source code comes last: it knows no values, and is asked only for what nobody saw.
 */
const collectors: readonly EvidenceCollector[] = [
  workloadFileSource,
  slowLogSource,
  observedSource,
  digestSource,
  scanSource,
];

/** Collects the statements of the workload from every source there is, and asks the server for its plan of each. */
export async function gatherEvidence(context: GatherContext): Promise<Evidence> {
  const collection = new Collection();
  const collected = new Map<EvidenceCollector, Collected>();
  for (const collector of collectors) {
    collected.set(collector, await collector.collect(collection, context));
  }
  context.onProgress('asking the server for its plan of each statement');
  const ranked = collection.ranked();
  const statements = await explainAll(collection, ranked.slice(0, context.maxStatements), context);
  const count = (name: StatementSource): number =>
    // A second statement of a form, with other values, is no further one of the source.
    statements.filter(
      ({ statement: { sources, values } }) => sources.includes(name) && values !== 'frequent-row',
    ).length;
  return {
    sources: [
      { source: 'schema', statements: 0, windowMs: null },
      ...[...collected].flatMap(([{ source }, { isHad, windowMs }]) =>
        isHad ? { source, statements: count(source), windowMs } : [],
      ),
    ],
    statements,
    refused: collection.refused,
    unknown: [
      ...unknownOf(digestSource, collected),
      ...(context.workload === null && collection.size === 0
        ? ['without a workload, indexes that queries miss cannot be found: give --workload FILE']
        : []),
      ...collectors
        .filter((collector) => collector !== digestSource)
        .flatMap((collector) => unknownOf(collector, collected)),
      ...leftOut(ranked, context),
    ],
    oldIndexes: [...collected.values()].flatMap(({ oldIndexes }) => oldIndexes ?? []),
  };
}

function unknownOf(
  collector: EvidenceCollector,
  collected: ReadonlyMap<EvidenceCollector, Collected>,
): readonly string[] {
  return collected.get(collector)?.unknown ?? [];
}

function leftOut(
  ranked: readonly ReadStatement[],
  { maxStatements }: { maxStatements: number },
): string[] {
  const left = ranked.length - maxStatements;
  if (left <= 0) return [];
  return [
    `${plural(left, 'statement')} beyond the first ${formatNumber(maxStatements)} (optimizer.maxStatements) were not judged`,
  ];
}

async function explainAll(
  collection: Collection,
  statements: readonly ReadStatement[],
  { session, flavor, timeoutMs, signal }: GatherContext,
): Promise<JudgedStatement[]> {
  const judged: JudgedStatement[] = [];
  for (const { statement, query } of statements) {
    try {
      const plan = await explainQuery(session, flavor, query, { timeoutMs, signal });
      judged.push({ statement, query, plan });
    } catch (error) {
      const isAboutStatement =
        error instanceof ScalectlError &&
        ['statement-failed', 'statement-timeout'].includes(error.code);
      if (!isAboutStatement || signal.aborted) throw error;
      collection.refused.push({
        statement: statement.text,
        source: statement.sources[0] ?? 'workload-file',
        file: statement.file,
        line: statement.line,
        reason: `the server does not take it: ${error.message}`,
      });
    }
  }
  return judged;
}
