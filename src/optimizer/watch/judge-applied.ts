import { isMigrated } from '../../database/migrate.ts';
import type { Session } from '../../database/types.ts';
import { findAdded } from '../change.ts';
import { noEvidence } from '../findings.ts';
import type { Finding } from '../findings.ts';
import { describeParts } from '../index-shape.ts';
import type { Journal, JournalStep } from '../journal.ts';
import type { Schema } from '../schema.ts';
import type { IndexFinding } from '../settle.ts';
import { rollbackSql, stepSql } from '../steps.ts';
import { Baselines } from './baselines.ts';
import { compareWithBaseline, describeComparison, isWorthless } from './compare.ts';
import type { Comparison } from './compare.ts';
import { readDigestCounts } from './digest-counts.ts';

/** What became of an index that an earlier run added. */
export interface WatchedIndex {
  readonly runId: number;
  readonly table: string;
  readonly index: string;
  /** `unknown`: the server counts no statements, or did not when the index was added. */
  readonly verdict: Comparison['verdict'] | 'unknown';
  readonly reason: string;
  readonly statements: Comparison['forms'];
  readonly control: Comparison['control'];
  /** Time that the statements of its table saved since, in milliseconds; null when it is not known. */
  readonly savedMs: number | null;
}

export interface Judged {
  readonly journaled: JournalStep & { finding: IndexFinding };
  readonly watched: WatchedIndex;
  /** For one that slows a statement down. */
  readonly finding: Finding | null;
  /** Whether --auto-revert takes it back. */
  readonly isWorthless: boolean;
}

/** What goes wrong with an index shows within a month. */
const watchedForMs = 30 * 86_400_000;
const watchMigration = 2;

/** Weighs the indexes that runs of the last 30 days added, as far as they are still there. Reads only. */
export async function judgeApplied(
  session: Session,
  journal: Journal,
  schema: Schema,
): Promise<Judged[]> {
  if (!(await isMigrated(session, 'optimizer', watchMigration))) return [];
  const steps = (await journal.keptWithin(watchedForMs)).filter(
    (step): step is Judged['journaled'] => isWatched(step, schema),
  );
  if (steps.length === 0) return [];
  const now = await readDigestCounts(session, schema.database);
  const baselines = new Baselines(session);
  const judged: Judged[] = [];
  for (const journaled of steps) {
    const baseline = now === null ? [] : await baselines.of(journaled.id);
    if (now === null || baseline.length === 0) {
      judged.push(unknownOf(journaled, now !== null));
      continue;
    }
    const keptAtMs = journaled.endedAt?.getTime() ?? 0;
    const comparison = compareWithBaseline(baseline, now, keptAtMs);
    judged.push(toJudged(journaled, comparison, describeComparison(comparison)));
  }
  return judged;
}

/** An index that a comparison speaks about, as it is told. */
export function toJudged(
  journaled: Judged['journaled'],
  comparison: Comparison,
  reason: string,
): Judged {
  const { verdict, forms, control, savedMs } = comparison;
  const { step } = journaled.finding;
  const isSlower = verdict === 'slower';
  return {
    journaled,
    watched: {
      ...placeOf(journaled),
      verdict,
      reason,
      statements: forms,
      control,
      savedMs: verdict === 'too-few' ? null : savedMs,
    },
    finding: isSlower ? toFinding(journaled, reason) : null,
    isWorthless: isSlower && isWorthless(comparison),
  };

  function toFinding({ runId }: JournalStep, why: string): Finding {
    return {
      id: `regression ${step.table} ${describeParts(step.parts)}`,
      rule: 'regression',
      table: step.table,
      index: step.index,
      columns: journaled.finding.columns,
      status: 'review',
      reason: `since run ${runId} added ${step.index}: ${why}`,
      evidence: noEvidence,
      sql: rollbackSql(step),
      rollback: stepSql(step),
      step: null,
    };
  }
}

function unknownOf(journaled: Judged['journaled'], isCounting: boolean): Judged {
  const watched = {
    ...placeOf(journaled),
    verdict: 'unknown' as const,
    reason: isCounting
      ? 'the server had counted no statements when it was added'
      : 'performance_schema is off, or this account may not read it',
    statements: [],
    control: null,
    savedMs: null,
  };
  return { journaled, watched, finding: null, isWorthless: false };
}

function placeOf({ runId, finding: { step } }: Judged['journaled']) {
  return { runId, table: step.table, index: step.index };
}

/** An index for a foreign key is there for another reason than speed. */
function isWatched(journaled: JournalStep, schema: Schema): boolean {
  const { step, rule } = journaled.finding;
  if (step.kind !== 'add-index' || rule !== 'missing-index') return false;
  return findAdded(schema.tables.get(step.table), step) !== undefined;
}
