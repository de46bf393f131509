import type { Session } from '../database/types.ts';
import type { Finding, Step } from './findings.ts';
import type { Index } from './schema.ts';

export type RunState = 'running' | 'done' | 'interrupted' | 'rolled-back';

/**
 * `applying`: the statement was, or is about to be, sent. `proving`: the index is there and not yet proven.
 * `undoing`: it is about to be taken back. The others are final.
 */
export type StepState =
  | 'applying'
  | 'proving'
  | 'undoing'
  | 'applied'
  | 'rejected'
  | 'blocked'
  | 'undone'
  | 'rolled-back';

export interface JournalRun {
  readonly id: number;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  readonly state: RunState;
}

export interface JournalStep {
  readonly id: number;
  readonly runId: number;
  readonly state: StepState;
  readonly finding: Finding & { step: Step };
  readonly indexesBefore: readonly Index[];
  readonly tableRows: number;
  readonly message: string | null;
  readonly endedAt: Date | null;
}

/** The migration of templates/sql/optimizer that has all that the journal reads and writes. */
export const journalMigration = 1;

/** The tables of templates/sql/optimizer. Times are the database's, in UTC, as sessions are set. */
export class Journal {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async openRun(): Promise<number> {
    const { insertId } = await this.#session.write(
      `/* scalectl:optimize-db */ INSERT INTO scalectl_optimizer_runs (started_at, state)
       VALUES (UTC_TIMESTAMP(3), 'running')`,
    );
    return insertId;
  }

  async closeRun(id: number, state: RunState): Promise<void> {
    await this.#session.write(
      `/* scalectl:optimize-db */ UPDATE scalectl_optimizer_runs
       SET state = ?, ended_at = COALESCE(ended_at, UTC_TIMESTAMP(3)) WHERE id = ?`,
      [state, id],
    );
  }

  /** Before the statement is sent: what is written here is what a later run knows after a kill. */
  async beginStep(
    runId: number,
    finding: Finding & { step: Step },
    before: { indexes: readonly Index[]; rows: number },
  ): Promise<number> {
    const { step } = finding;
    const { insertId } = await this.#session.write(
      `/* scalectl:optimize-db */ INSERT INTO scalectl_optimizer_steps
         (run_id, kind, table_name, index_name, state, finding, indexes_before, table_rows, started_at)
       VALUES (?, ?, ?, ?, 'applying', ?, ?, ?, UTC_TIMESTAMP(3))`,
      [
        runId,
        step.kind,
        step.table,
        'index' in step ? step.index : null,
        JSON.stringify(finding),
        JSON.stringify(before.indexes),
        before.rows,
      ],
    );
    return insertId;
  }

  /**
   * Before a copy of a table is made: a copy that a killed run leaves is known by this. It is a step of no run, as it
   * changes nothing that a history tells.
   */
  async beginCopy(table: string, copy: string): Promise<number> {
    const { insertId } = await this.#session.write(
      `/* scalectl:optimize-db */ INSERT INTO scalectl_optimizer_steps
         (run_id, kind, table_name, index_name, state, finding, indexes_before, table_rows, started_at)
       VALUES (0, 'shadow-copy', ?, ?, 'copied', '{}', '[]', 0, UTC_TIMESTAMP(3))`,
      [table, copy],
    );
    return insertId;
  }

  async endCopy(id: number): Promise<void> {
    await this.#session.write(
      `/* scalectl:optimize-db */ UPDATE scalectl_optimizer_steps
       SET state = 'dropped', ended_at = UTC_TIMESTAMP(3) WHERE id = ?`,
      [id],
    );
  }

  /** Copies that were, or were about to be, made and are not known to be gone. */
  async openCopies(): Promise<{ id: number; copy: string }[]> {
    const rows = await this.#session.read<{ id: number; copy: string }>(
      `/* scalectl:optimize-db */ SELECT id, index_name AS copy FROM scalectl_optimizer_steps
       WHERE kind = 'shadow-copy' AND state = 'copied' ORDER BY id`,
    );
    return rows.map(({ id, copy }) => ({ id: Number(id), copy }));
  }

  async setState(id: number, state: StepState, finding: Finding): Promise<void> {
    await this.#session.write(
      '/* scalectl:optimize-db */ UPDATE scalectl_optimizer_steps SET state = ?, finding = ? WHERE id = ?',
      [state, JSON.stringify(finding), id],
    );
  }

  /** The last word on a step, with its finding as it is now. */
  async endStep(id: number, state: StepState, finding: Finding, message: string): Promise<void> {
    await this.#session.write(
      `/* scalectl:optimize-db */ UPDATE scalectl_optimizer_steps
       SET state = ?, finding = ?, message = ?, ended_at = UTC_TIMESTAMP(3) WHERE id = ?`,
      [state, JSON.stringify(finding), message, id],
    );
  }

  /** Newest first. */
  async runs(limit: number): Promise<JournalRun[]> {
    const rows = await this.#session.read<RunRow>(
      `/* scalectl:optimize-db */ SELECT id, started_at, ended_at, state
       FROM scalectl_optimizer_runs ORDER BY id DESC LIMIT ?`,
      [limit],
    );
    return rows.map(toRun);
  }

  async run(id: number): Promise<JournalRun | undefined> {
    const [row] = await this.#session.read<RunRow>(
      `/* scalectl:optimize-db */ SELECT id, started_at, ended_at, state
       FROM scalectl_optimizer_runs WHERE id = ?`,
      [id],
    );
    return row && toRun(row);
  }

  /** Runs that were never closed: under the run lock their processes are known to be gone. */
  async openRuns(): Promise<number[]> {
    const rows = await this.#session.read<{ id: number }>(
      "/* scalectl:optimize-db */ SELECT id FROM scalectl_optimizer_runs WHERE state = 'running' ORDER BY id",
    );
    return rows.map((row) => Number(row.id));
  }

  /** In the order in which they were done. */
  async stepsOf(runIds: readonly number[]): Promise<JournalStep[]> {
    return runIds.length === 0 ? [] : this.#steps('run_id IN (?) ORDER BY id', [runIds]);
  }

  /** Steps without a last word, whose run was ended in the middle. */
  unfinishedSteps(): Promise<JournalStep[]> {
    return this.#steps("state IN ('applying', 'proving', 'undoing') ORDER BY id", []);
  }

  /** Names of all indexes that were ever added. */
  async indexNames(): Promise<string[]> {
    const rows = await this.#session.read<{ name: string }>(
      `/* scalectl:optimize-db */ SELECT DISTINCT index_name AS name
       FROM scalectl_optimizer_steps WHERE kind = 'add-index'`,
    );
    return rows.map((row) => row.name);
  }

  /** Indexes of the workload that were kept within the time given; the oldest first. */
  keptWithin(durationMs: number): Promise<JournalStep[]> {
    return this.#steps(
      `state = 'applied' AND kind = 'add-index'
         AND ended_at > UTC_TIMESTAMP(3) - INTERVAL ? SECOND ORDER BY id`,
      [Math.round(durationMs / 1000)],
    );
  }

  /** Indexes that were built, kept or not; the latest first. */
  builds(limit: number): Promise<JournalStep[]> {
    return this.#steps(
      "state IN ('applied', 'rejected', 'rolled-back') AND kind = 'add-index' ORDER BY id DESC LIMIT ?",
      [limit],
    );
  }

  /** Indexes that were added and stayed, in the order of their making; a later run may have dropped one. */
  keptIndexes(): Promise<JournalStep[]> {
    return this.#steps("state = 'applied' AND kind = 'add-index' ORDER BY id", []);
  }

  /** Indexes that were rejected, or taken back by a person, within the time given; the latest first. */
  refusedWithin(durationMs: number): Promise<JournalStep[]> {
    return this.#steps(
      `state IN ('rejected', 'rolled-back') AND kind = 'add-index'
         AND ended_at > UTC_TIMESTAMP(3) - INTERVAL ? SECOND ORDER BY id DESC`,
      [Math.round(durationMs / 1000)],
    );
  }

  /** Indexes that were added or dropped within the time given, also when that was rolled back. */
  changedWithin(durationMs: number): Promise<JournalStep[]> {
    return this.#steps(
      `state IN ('applied', 'rolled-back') AND kind IN ('add-index', 'drop-index')
         AND ended_at > UTC_TIMESTAMP(3) - INTERVAL ? SECOND ORDER BY id DESC`,
      [Math.round(durationMs / 1000)],
    );
  }

  async #steps(condition: string, values: readonly unknown[]): Promise<JournalStep[]> {
    const rows = await this.#session.read<StepRow>(
      `/* scalectl:optimize-db */ SELECT id, run_id, state, finding, indexes_before, table_rows, message, ended_at
       FROM scalectl_optimizer_steps WHERE ${condition}`,
      values,
    );
    return rows.map(toStep);
  }
}

interface RunRow {
  id: number;
  started_at: Date;
  ended_at: Date | null;
  state: RunState;
}

interface StepRow {
  id: number;
  run_id: number;
  state: StepState;
  finding: string;
  indexes_before: string;
  table_rows: number;
  message: string | null;
  ended_at: Date | null;
}

function toRun(row: RunRow): JournalRun {
  return {
    id: Number(row.id),
    startedAt: row.started_at,
    endedAt: row.ended_at,
    state: row.state,
  };
}

function toStep(row: StepRow): JournalStep {
  return {
    id: Number(row.id),
    runId: Number(row.run_id),
    state: row.state,
    finding: JSON.parse(row.finding) as Finding & { step: Step },
    indexesBefore: JSON.parse(row.indexes_before) as Index[],
    tableRows: Number(row.table_rows),
    message: row.message,
    endedAt: row.ended_at,
  };
}
