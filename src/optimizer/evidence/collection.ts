import type { Query } from '../sql/query.ts';
import { Refusal } from '../sql/refusal.ts';
import { fingerprint } from './statements.ts';
import type { ReadStatement, RefusedStatement, StatementSource } from './statements.ts';

/** What a source knows of all executions of one form together. */
export interface Figures {
  readonly count: number | null;
  readonly totalMs: number | null;
}

/** Values of one form of statement that are judged: more only repeat what the first ones say. */
export const samplesOfOneForm = 3;

/**
 * Whose figures are taken where several sources saw the same form; they are never added up, as they saw the same
 * executions. The server counted all; its slow log those above a time; samples are an estimate; a line in a file is
 * only told once; a statement in the source may never run.
 */
const strength: Record<StatementSource, number> = {
  performance_schema: 4,
  'slow-log': 3,
  observed: 2,
  'workload-file': 1,
  scan: 0,
};

interface Form {
  readonly samples: ReadStatement[];
  countedBy: StatementSource;
}

/** Statements by their form, each form with a few different values. */
export class Collection {
  readonly refused: RefusedStatement[] = [];
  readonly #forms = new Map<string, Form>();

  get size(): number {
    return this.#forms.size;
  }

  /** A statement with its values. Figures of the source that counted its form best stay with the first sample. */
  add(read: ReadStatement): void {
    const { query, statement } = read;
    const [source] = statement.sources;
    if (source === undefined) throw new Error('a statement without a source');
    const form = fingerprint(query.tokens);
    const known = this.#forms.get(form);
    if (!known) {
      this.#forms.set(form, { samples: [read], countedBy: source });
      return;
    }
    const same = known.samples.findIndex((sample) => sample.statement.text === statement.text);
    const isNew = same < 0 && known.samples.length < samplesOfOneForm;
    if (source !== known.countedBy) {
      this.addFigures(query, source, statement);
      if (isNew) known.samples.push(withFigures(read, { count: null, totalMs: null }));
    } else if (isNew) known.samples.push(read);
    else addTo(known.samples, Math.max(0, same), statement);
  }

  /** @returns false when no statement has this form */
  addFigures(form: Query, source: StatementSource, figures: Figures): boolean {
    const known = this.#forms.get(fingerprint(form.tokens));
    const [first] = known?.samples ?? [];
    if (!known || !first) return false;
    if (known.countedBy === source) addTo(known.samples, 0, figures);
    else {
      const isBetter = strength[source] > strength[known.countedBy];
      known.samples[0] = withSource(isBetter ? withFigures(first, figures) : first, source);
      if (isBetter) known.countedBy = source;
    }
    return true;
  }

  /** Says of the form where it stands in the platform's source. */
  addPlace(form: Query, place: { file: string; line: number }): void {
    const samples = this.#forms.get(fingerprint(form.tokens))?.samples;
    const [first] = samples ?? [];
    if (!samples || first?.statement.file !== null || first.statement.line !== null) return;
    samples[0] = { ...first, statement: { ...first.statement, ...place } };
  }

  refuse(error: unknown, refused: Omit<RefusedStatement, 'reason'>): void {
    if (!(error instanceof Refusal)) throw error;
    this.refused.push({ ...refused, reason: error.message });
  }

  /** Those that took the most time first, then the most frequent. */
  ranked(): ReadStatement[] {
    return [...this.#forms.values()]
      .flatMap(({ samples }) => samples)
      .sort(
        (a, b) =>
          (b.statement.totalMs ?? 0) - (a.statement.totalMs ?? 0) ||
          (b.statement.count ?? 0) - (a.statement.count ?? 0),
      );
  }
}

function withFigures(read: ReadStatement, { count, totalMs }: Figures): ReadStatement {
  return { ...read, statement: { ...read.statement, count, totalMs } };
}

function withSource(read: ReadStatement, source: StatementSource): ReadStatement {
  const { sources } = read.statement;
  if (sources.includes(source)) return read;
  return { ...read, statement: { ...read.statement, sources: [...sources, source] } };
}

function addTo(samples: ReadStatement[], index: number, { count, totalMs }: Figures): void {
  const entry = samples[index];
  if (!entry) return;
  const { statement } = entry;
  samples[index] = withFigures(entry, {
    count: count === null ? statement.count : (statement.count ?? 0) + count,
    totalMs: totalMs === null ? statement.totalMs : (statement.totalMs ?? 0) + totalMs,
  });
}
