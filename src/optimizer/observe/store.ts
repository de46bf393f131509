import { isMigrated } from '../../database/migrate.ts';
import type { Session } from '../../database/types.ts';
import { ScalectlError } from '../../errors.ts';
import { formId } from './fold.ts';
import type { ObservedForm } from './fold.ts';

/** How long observations are kept, and used. */
const keptForDays = 30;

/** Observations of one form, as they were stored. */
export interface StoredForm {
  readonly statements: readonly string[];
  readonly executions: number;
  readonly totalMs: number;
}

/** Observations of the last 30 days. */
export interface StoredObservations {
  readonly forms: readonly StoredForm[];
  /** From the first to the last time that something was seen. */
  readonly windowMs: number;
}

interface Row {
  form: string;
  statements: string;
  executions: number | string;
  totalMs: number | string;
  firstSeen: Date;
  lastSeen: Date;
}

/** Removes what is older than 30 days. The tables of `observations` must be there. */
export async function purgeObservations(session: Session): Promise<void> {
  await session.write(
    `/* scalectl:optimize-db */ DELETE FROM scalectl_observations
     WHERE last_seen < UTC_TIMESTAMP(3) - INTERVAL ? DAY`,
    [keptForDays],
  );
}

/** Stores one observation again and again as it grows, each form in one row. */
export class ObservationStore {
  readonly #session: Session;
  /** Rows that were made, with the samples that they hold. */
  readonly #rows = new Map<string, { id: number; samples: number }>();

  constructor(session: Session) {
    this.#session = session;
  }

  async save(forms: readonly ObservedForm[]): Promise<void> {
    // One a statement: a form may hold texts of 64 KB, and a packet as little as 1 MB.
    for (const form of forms) {
      const row = this.#rows.get(form.form);
      if (row?.samples === form.samples) continue;
      const id = row ? await this.#update(row.id, form) : await this.#insert(form);
      this.#rows.set(form.form, { id, samples: form.samples });
    }
  }

  async #insert(form: ObservedForm): Promise<number> {
    const { insertId } = await this.#session.write(
      `/* scalectl:optimize-db */ INSERT INTO scalectl_observations
         (form, statements, samples, executions, total_ms, first_seen, last_seen) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      [
        formId(form.form),
        JSON.stringify(form.statements),
        form.samples,
        form.executions,
        form.totalMs,
        form.firstSeen,
        form.lastSeen,
      ],
    );
    return insertId;
  }

  async #update(id: number, form: ObservedForm): Promise<number> {
    await this.#session.write(
      `/* scalectl:optimize-db */ UPDATE scalectl_observations
       SET statements = ?, samples = ?, executions = ?, total_ms = ?, last_seen = ? WHERE id = ?`,
      [
        JSON.stringify(form.statements),
        form.samples,
        form.executions,
        form.totalMs,
        form.lastSeen,
        id,
      ],
    );
    return id;
  }
}

/** null where nothing was stored in the last 30 days, or this account may not read it. */
export async function readObservations(session: Session): Promise<StoredObservations | null> {
  const rows = await readRows(session);
  if (rows.length === 0) return null;
  const forms = new Map<string, StoredForm>();
  for (const row of rows) {
    const known = forms.get(row.form) ?? { statements: [], executions: 0, totalMs: 0 };
    forms.set(row.form, {
      statements: [...known.statements, ...(JSON.parse(row.statements) as string[])],
      executions: known.executions + Number(row.executions),
      totalMs: known.totalMs + Number(row.totalMs),
    });
  }
  const first = Math.min(...rows.map(({ firstSeen }) => firstSeen.getTime()));
  const last = Math.max(...rows.map(({ lastSeen }) => lastSeen.getTime()));
  return { forms: [...forms.values()], windowMs: last - first };
}

/** Enough for any number of runs on a workload; the latest count. */
const mostRows = 5000;

async function readRows(session: Session): Promise<Row[]> {
  try {
    if (!(await isMigrated(session, 'observations'))) return [];
    return await session.read<Row>(
      `/* scalectl:optimize-db */ SELECT form, statements, executions, total_ms AS totalMs,
         first_seen AS firstSeen, last_seen AS lastSeen
       FROM scalectl_observations WHERE last_seen >= UTC_TIMESTAMP(3) - INTERVAL ? DAY
       ORDER BY id DESC LIMIT ?`,
      [keptForDays, mostRows],
    );
  } catch (error) {
    if (error instanceof ScalectlError && error.code === 'privilege-missing') return [];
    throw error;
  }
}
