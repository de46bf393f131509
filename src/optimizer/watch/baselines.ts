import type { Session } from '../../database/types.ts';
import { namesTable } from './digest-counts.ts';
import type { DigestCount } from './digest-counts.ts';

/** The width of the column. */
const storedCharacters = 500;

/** Counters of one form before an index was built, and when it was kept. */
export interface Baseline {
  readonly digest: string;
  readonly form: string;
  readonly isOnTable: boolean;
  readonly before: { readonly count: number; readonly totalMs: number };
  readonly start: { readonly count: number; readonly totalMs: number };
}

/** The table of templates/sql/optimizer/002-baselines.sql. */
export class Baselines {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Before the index of a step is built. */
  async begin(stepId: number, table: string, counts: readonly DigestCount[]): Promise<void> {
    if (counts.length === 0) return;
    await this.#session.write(
      `/* scalectl:optimize-db */ INSERT IGNORE INTO scalectl_optimizer_baselines
         (step_id, digest, form, is_on_table, before_count, before_ms) VALUES ?`,
      [
        counts.map(({ digest, form, count, totalMs }) => [
          stepId,
          digest,
          [...form].slice(0, storedCharacters).join(''),
          namesTable(form, table) ? 1 : 0,
          count,
          totalMs,
        ]),
      ],
    );
  }

  /** When the index is kept, after its proof: what the server counts from now on is with the index. */
  async start(stepId: number, counts: readonly DigestCount[]): Promise<void> {
    for (const { digest, count, totalMs } of counts) {
      await this.#session.write(
        `/* scalectl:optimize-db */ UPDATE scalectl_optimizer_baselines
         SET start_count = ?, start_ms = ? WHERE step_id = ? AND digest = ?`,
        [count, totalMs, stepId, digest],
      );
    }
  }

  /** Forms that have both counters. */
  async of(stepId: number): Promise<Baseline[]> {
    const rows = await this.#session.read<{
      digest: string;
      form: string;
      isOnTable: number;
      beforeCount: number | string;
      beforeMs: number;
      startCount: number | string;
      startMs: number;
    }>(
      `/* scalectl:optimize-db */ SELECT digest, form, is_on_table AS isOnTable,
         before_count AS beforeCount, before_ms AS beforeMs, start_count AS startCount, start_ms AS startMs
       FROM scalectl_optimizer_baselines WHERE step_id = ? AND start_count IS NOT NULL ORDER BY digest`,
      [stepId],
    );
    return rows.map((row) => ({
      digest: row.digest,
      form: row.form,
      isOnTable: Number(row.isOnTable) === 1,
      before: { count: Number(row.beforeCount), totalMs: row.beforeMs },
      start: { count: Number(row.startCount), totalMs: row.startMs },
    }));
  }

  /** Those of steps that are no longer watched. */
  async forget(watchedStepIds: readonly number[]): Promise<void> {
    await this.#session.write(
      '/* scalectl:optimize-db */ DELETE FROM scalectl_optimizer_baselines WHERE step_id NOT IN (?)',
      [watchedStepIds.length > 0 ? watchedStepIds : [0]],
    );
  }
}
