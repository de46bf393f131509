import { isMigrated } from '../database/migrate.ts';
import type { Session } from '../database/types.ts';
import { ScalectlError } from '../errors.ts';
import type { RuleName } from './findings.ts';
import { Journal, journalMigration } from './journal.ts';
import type { JournalStep, RunState, StepState } from './journal.ts';

export interface RunHistory {
  readonly runId: number;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly state: RunState;
  readonly steps: readonly StepHistory[];
}

export interface StepHistory {
  readonly kind: 'add-index' | 'drop-index' | 'analyze' | 'rebuild';
  readonly rule: RuleName;
  readonly table: string;
  readonly index: string | null;
  readonly columns: readonly string[];
  readonly state: StepState;
  readonly message: string | null;
  /** What was measured; null for steps without a proof. */
  readonly gain: number | null;
}

/** What was done, newest run first. Empty where nothing ever was. */
export async function readHistory(session: Session, limit: number): Promise<RunHistory[]> {
  if (!(await isMigrated(session, 'optimizer', journalMigration))) return [];
  const journal = new Journal(session);
  const runs = await journal.runs(limit);
  const steps = await journal.stepsOf(runs.map((run) => run.id));
  return runs.map((run) => ({
    runId: run.id,
    startedAt: run.startedAt.toISOString(),
    endedAt: run.endedAt?.toISOString() ?? null,
    state: run.state,
    steps: steps.filter((step) => step.runId === run.id).map(toStepHistory),
  }));
}

function toStepHistory({ finding, state, message }: JournalStep): StepHistory {
  return {
    kind: finding.step.kind,
    rule: finding.rule,
    table: finding.table,
    index: finding.index,
    columns: finding.columns,
    state,
    message,
    gain: finding.evidence.gain,
  };
}

/** @throws ScalectlError `not-found` */
export async function findRun(session: Session, runId: number): Promise<RunHistory> {
  const [run] = (await readHistory(session, Number.MAX_SAFE_INTEGER)).filter(
    (entry) => entry.runId === runId,
  );
  if (run) return run;
  throw new ScalectlError('not-found', `there is no run ${runId} of optimize-db`, {
    hint: 'scalectl optimize-db history lists the runs.',
  });
}
