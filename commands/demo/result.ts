import type { HealthReport } from '../../src/health/run.ts';
import type { LoadTestResult } from '../../src/loadtest/plan.ts';
import type { RunResult } from '../../src/optimizer/apply.ts';
import type { PageTime } from '../../src/sandbox/demo/visits.ts';
import type { StepResult } from './step.ts';

/** What the round came to, before and after. A part whose step failed is null. */
export interface DemoSummary {
  /** The page statement that a new index helps the most; null when no index was created. */
  page: StatementTimes | null;
  /** The statement that gains the most when it is written as optimize-db shows, which it timed; null without one. */
  rewrite: StatementTimes | null;
  /** All statements of the shop's pages, one after the other. */
  pages: { statements: number; beforeMs: number; afterMs: number };
  indexes: { created: number; redundant: number } | null;
  queue: {
    imported: number;
    corrupt: number;
    completed: number;
    deadLettered: number;
    remaining: number;
  } | null;
  cache: { keys: number; hitRate: number | null } | null;
  loadtest: {
    requests: number;
    p50Ms: number | null;
    p95Ms: number | null;
    successRate: number | null;
    verdict: string;
  } | null;
  health: { before: string | null; after: string | null };
}

export interface StatementTimes {
  statement: string;
  beforeMs: number;
  afterMs: number;
}

/** The steps of a round, in its order. */
export interface Round {
  healthBefore: StepResult;
  optimize: StepResult;
  queueImport: StepResult;
  queueProcess: StepResult;
  cache: StepResult;
  loadtest: StepResult;
  healthAfter: StepResult;
}

export function summarize(
  round: Round,
  before: readonly PageTime[],
  after: readonly PageTime[],
): DemoSummary {
  const optimized = round.optimize.result as RunResult | null;
  const cache = round.cache.result as { keys: number } | null;
  const load = round.loadtest.result as LoadTestResult | null;
  const healthBefore = round.healthBefore.result as HealthReport | null;
  const healthAfter = round.healthAfter.result as HealthReport | null;
  return {
    page: helpedMost(optimized, before, after),
    rewrite: gainsMostRewritten(optimized),
    pages: { statements: before.length, beforeMs: total(before), afterMs: total(after) },
    indexes: optimized && {
      created: optimized.findings.filter(isNewIndex).length,
      redundant: optimized.summary.redundant,
    },
    queue: summarizeQueue(round),
    cache: cache && { keys: cache.keys, hitRate: hitRateOf(healthAfter) },
    loadtest: load && {
      requests: load.requests,
      p50Ms: load.latencyMs.p50,
      p95Ms: load.latencyMs.p95,
      successRate: load.successRate,
      verdict: load.verdict,
    },
    health: { before: healthBefore?.status ?? null, after: healthAfter?.status ?? null },
  };
}

function summarizeQueue({ queueImport, queueProcess }: Round): DemoSummary['queue'] {
  const imported = queueImport.result as { imported: number; corrupt: unknown[] } | null;
  const processed = queueProcess.result as {
    completed: number;
    deadLettered: number;
    remaining: number;
  } | null;
  if (!imported || !processed) return null;
  return {
    imported: imported.imported,
    corrupt: imported.corrupt.length,
    completed: processed.completed,
    deadLettered: processed.deadLettered,
    remaining: processed.remaining,
  };
}

/** Of the statements for which a new index was proven: between two measurements any other may be faster by chance. */
function helpedMost(
  optimized: RunResult | null,
  before: readonly PageTime[],
  after: readonly PageTime[],
): DemoSummary['page'] {
  const proven = (optimized?.findings ?? [])
    .filter(isNewIndex)
    .flatMap(({ evidence }) => evidence.statements.map(({ statement }) => shapeOf(statement)));
  const helped = before
    .map(({ statement, medianMs }, i) => ({
      statement,
      beforeMs: medianMs,
      afterMs: after[i]?.medianMs ?? medianMs,
    }))
    .filter(({ statement }) => proven.some((shape) => shapeOf(statement).startsWith(shape)));
  helped.sort((a, b) => b.beforeMs / b.afterMs - a.beforeMs / a.afterMs);
  return helped[0] ?? null;
}

function gainsMostRewritten(optimized: RunResult | null): DemoSummary['rewrite'] {
  const timed = (optimized?.findings ?? [])
    .filter(({ rule }) => rule === 'query-rewrite')
    .flatMap(({ evidence }) => evidence.statements)
    .flatMap(({ statement, withoutMs, withMs }) =>
      withoutMs === null || withMs === null
        ? []
        : [{ statement, beforeMs: withoutMs, afterMs: withMs }],
    );
  timed.sort((a, b) => b.beforeMs / b.afterMs - a.beforeMs / a.afterMs);
  return timed[0] ?? null;
}

/**
 * A statement as servers compare them, without values, quotes and spaces: the evidence may hold the server's own
 * rendering of it, with other values and cut at its end.
 */
function shapeOf(statement: string): string {
  return statement
    .toLowerCase()
    .replaceAll(/'[^']*'|\b\d+\b/g, '?')
    .replaceAll(/[\s`]|…$/g, '');
}

function isNewIndex({ status, step }: RunResult['findings'][number]): boolean {
  return status === 'applied' && step?.kind === 'add-index';
}

function total(pages: readonly PageTime[]): number {
  return pages.reduce((sum, { medianMs }) => sum + medianMs, 0);
}

function hitRateOf(report: HealthReport | null): number | null {
  const observed = report?.checks.find(({ id }) => id === 'cache-hit-rate')?.observed;
  return typeof observed === 'number' ? observed : null;
}
