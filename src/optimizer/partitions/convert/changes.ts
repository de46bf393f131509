import type { Session } from '../../../database/types.ts';
import type { Copier } from '../../online-schema-change/run.ts';

/**
 * Where a conversion is. `keys`: foreign keys are dropped. `copying`, `verifying`: a copy with triggers is there.
 * `swapping`: the copy is about to take the table's place. `altering`: the table is rewritten under a lock.
 * `cleaning`: it is done, and the old table is still there. `done` and `undone` are final.
 */
export type ChangeState =
  'keys' | 'copying' | 'verifying' | 'swapping' | 'altering' | 'cleaning' | 'done' | 'undone';

/** A foreign key that a conversion drops. */
export interface DroppedKey {
  readonly table: string;
  readonly name: string;
  /** As SHOW CREATE TABLE writes it, from CONSTRAINT on. */
  readonly definition: string;
}

export interface ChangeDetail {
  readonly keys: readonly DroppedKey[];
  /** null until it was started, and where the table is altered under a lock. */
  readonly copier: Copier | null;
}

export interface Change {
  readonly id: number;
  readonly table: string;
  readonly state: ChangeState;
  readonly detail: ChangeDetail;
}

/** The journal of conversions, the table of templates/sql/partitions. */
export class Changes {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Before the first statement is sent. */
  async begin(table: string, detail: ChangeDetail): Promise<Change> {
    const { insertId } = await this.#session.write(
      `/* scalectl:optimize-db */ INSERT INTO scalectl_partition_changes (table_name, state, detail, started_at)
       VALUES (?, 'keys', ?, UTC_TIMESTAMP(3))`,
      [table, JSON.stringify(detail)],
    );
    return { id: insertId, table, state: 'keys', detail };
  }

  async setState(id: number, state: ChangeState): Promise<void> {
    await this.#session.write(
      '/* scalectl:optimize-db */ UPDATE scalectl_partition_changes SET state = ? WHERE id = ?',
      [state, id],
    );
  }

  async setDetail(id: number, detail: ChangeDetail): Promise<void> {
    await this.#session.write(
      '/* scalectl:optimize-db */ UPDATE scalectl_partition_changes SET detail = ? WHERE id = ?',
      [JSON.stringify(detail), id],
    );
  }

  async end(id: number, state: 'done' | 'undone', message: string): Promise<void> {
    await this.#session.write(
      `/* scalectl:optimize-db */ UPDATE scalectl_partition_changes
       SET state = ?, message = ?, ended_at = UTC_TIMESTAMP(3) WHERE id = ?`,
      [state, message, id],
    );
  }

  /** Those whose run was ended in the middle. */
  async unfinished(): Promise<Change[]> {
    const rows = await this.#session.read<{
      id: number;
      table: string;
      state: ChangeState;
      detail: string;
    }>(
      `/* scalectl:optimize-db */ SELECT id, table_name AS \`table\`, state, detail
       FROM scalectl_partition_changes WHERE state NOT IN ('done', 'undone') ORDER BY id`,
    );
    return rows.map((row) => ({
      id: Number(row.id),
      table: row.table,
      state: row.state,
      detail: JSON.parse(row.detail) as ChangeDetail,
    }));
  }
}
