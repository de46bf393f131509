import { quoteName } from '../../database/identifiers.ts';
import type { Flavor } from '../../database/flavor.ts';
import type { Session } from '../../database/types.ts';
import { ScalectlError } from '../../errors.ts';
import { formatNumber, plural } from '../../output/text.ts';
import { explainQuery } from '../explain.ts';
import type { Schema } from '../schema.ts';
import { readQuery } from '../sql/query.ts';
import type { Query } from '../sql/query.ts';
import { Refusal } from '../sql/refusal.ts';
import { readDigests } from './digests.ts';
import type { Digest } from './digests.ts';
import { fillFromNewestRow, hasOpenPlaces } from './newest-row.ts';
import { fingerprint } from './statements.ts';
import type { JudgedStatement, ReadStatement, RefusedStatement } from './statements.ts';
import { splitWorkload } from './workload-file.ts';

/** One source that was looked at. */
export interface EvidenceSource {
  readonly source: 'schema' | 'performance_schema' | 'workload-file';
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
}

export interface GatherContext {
  readonly session: Session;
  readonly flavor: Flavor;
  readonly schema: Schema;
  /** Text of the file of --workload; null without one. */
  readonly workload: string | null;
  /** Indexes that scalectl made: statements that ignore one of them are its own proofs. */
  readonly ownIndexes: readonly string[];
  /** Most statements to judge. */
  readonly maxStatements: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Values of one form of statement that are judged: more only repeat what the first ones say. */
const samplesOfOneForm = 3;

/** Collects the statements of the workload from every source there is, and asks the server for its plan of each. */
export async function gatherEvidence(context: GatherContext): Promise<Evidence> {
  const collection = new Collection();
  const unknown: string[] = [];
  if (context.workload !== null) collectFile(collection, context);
  const window = await collectDigests(collection, context, unknown);
  if (context.workload === null && collection.size === 0) {
    unknown.push(
      'without a workload, indexes that queries miss cannot be found: give --workload FILE',
    );
  }
  const ranked = collection.ranked();
  const left = ranked.length - context.maxStatements;
  if (left > 0) {
    unknown.push(
      `${plural(left, 'statement')} beyond the first ${formatNumber(context.maxStatements)} (optimizer.maxStatements) were not judged`,
    );
  }
  const statements = await explainAll(collection, ranked.slice(0, context.maxStatements), context);
  const count = (name: 'performance_schema' | 'workload-file'): number =>
    statements.filter(({ statement }) => statement.sources.includes(name)).length;
  return {
    sources: [
      { source: 'schema', statements: 0, windowMs: null },
      ...(context.workload === null
        ? []
        : [
            {
              source: 'workload-file' as const,
              statements: count('workload-file'),
              windowMs: null,
            },
          ]),
      ...(window === 'none'
        ? []
        : [
            {
              source: 'performance_schema' as const,
              statements: count('performance_schema'),
              windowMs: window,
            },
          ]),
    ],
    statements,
    refused: collection.refused,
    unknown,
  };
}

function collectFile(collection: Collection, { workload, schema }: GatherContext): void {
  const { statements, broken } = splitWorkload(workload ?? '');
  for (const { text, line, reason } of broken) {
    collection.refused.push({ statement: text, source: 'workload-file', line, reason });
  }
  for (const { text, line } of statements) {
    const source = 'workload-file';
    try {
      const query = readQuery(text, schema);
      if (hasOpenPlaces(query)) throw new Refusal('it has a ? without a value');
      collection.add({
        query,
        statement: { text, sources: [source], count: 1, totalMs: null, values: 'own', line },
      });
    } catch (error) {
      collection.refuse(error, { statement: text, source, line });
    }
  }
}

async function collectDigests(
  collection: Collection,
  context: GatherContext,
  unknown: string[],
): Promise<number | null | 'none'> {
  const { session, flavor, schema } = context;
  const digests = await readDigests(
    session,
    { database: schema.database, flavor },
    context.maxStatements,
  );
  if ('because' in digests) {
    unknown.push(
      `${digests.because}: how often statements run, and how long they take, is not known`,
    );
    return 'none';
  }
  for (const digest of digests.reads) {
    context.signal.throwIfAborted();
    if (isOwnProof(digest, context.ownIndexes)) continue;
    try {
      await addDigest(collection, digest, context);
    } catch (error) {
      const refused = { statement: digest.text, source: 'performance_schema' as const, line: null };
      collection.refuse(error, refused);
    }
  }
  if (digests.writes > 0) {
    unknown.push(
      `${plural(digests.writes, 'form')} of INSERT, UPDATE and DELETE were seen and not judged: a new index makes them a little slower`,
    );
  }
  return digests.windowMs;
}

function isOwnProof({ text }: Digest, ownIndexes: readonly string[]): boolean {
  return ownIndexes.some((name) => text.includes(`IGNORE INDEX ( ${quoteName(name)} )`));
}

async function addDigest(
  collection: Collection,
  digest: Digest,
  { session, schema }: GatherContext,
): Promise<void> {
  const form = readQuery(digest.text, schema);
  const figures = { count: digest.count, totalMs: digest.totalMs };
  // The same statement with its own values, from the file, is the better witness.
  if (collection.addFigures(form, figures)) return;
  const sample = digest.sample === null ? null : readSample(digest.sample, form, schema);
  const query = sample ?? readQuery(await fillFromNewestRow(session, form), schema);
  collection.add({
    query,
    statement: {
      text: query.text,
      sources: ['performance_schema'],
      values: sample ? 'sample' : hasOpenPlaces(form) ? 'newest-row' : 'own',
      line: null,
      ...figures,
    },
  });
}

/** The server's sample, unless it was cut off. */
function readSample(sample: string, form: Query, schema: Schema): Query | null {
  try {
    const query = readQuery(sample, schema);
    return fingerprint(query.tokens) === fingerprint(form.tokens) ? query : null;
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
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
        line: statement.line,
        reason: `the server does not take it: ${error.message}`,
      });
    }
  }
  return judged;
}

/** Statements by their form, each form with a few different values. */
class Collection {
  readonly refused: RefusedStatement[] = [];
  readonly #forms = new Map<string, ReadStatement[]>();

  get size(): number {
    return this.#forms.size;
  }

  add(read: ReadStatement): void {
    const form = fingerprint(read.query.tokens);
    const known = this.#forms.get(form) ?? [];
    const same = known.findIndex(({ statement }) => statement.text === read.statement.text);
    const target = same >= 0 ? same : known.length < samplesOfOneForm ? -1 : 0;
    if (target < 0) known.push(read);
    else this.#addTo(known, target, { count: read.statement.count ?? 0, totalMs: null });
    this.#forms.set(form, known);
  }

  /** @returns false when no statement has this form */
  addFigures(form: Query, figures: { count: number; totalMs: number }): boolean {
    const known = this.#forms.get(fingerprint(form.tokens));
    const [first] = known ?? [];
    if (!known || !first) return false;
    const { statement } = first;
    if (statement.sources.includes('performance_schema')) this.#addTo(known, 0, figures);
    else {
      // The server counted all executions; a line in a file is only told once.
      const sources = [...statement.sources, 'performance_schema' as const];
      known[0] = { ...first, statement: { ...statement, ...figures, sources } };
    }
    return true;
  }

  refuse(error: unknown, refused: Omit<RefusedStatement, 'reason'>): void {
    if (!(error instanceof Refusal)) throw error;
    this.refused.push({ ...refused, reason: error.message });
  }

  /** Those that took the most time first, then the most frequent. */
  ranked(): ReadStatement[] {
    return [...this.#forms.values()]
      .flat()
      .sort(
        (a, b) =>
          (b.statement.totalMs ?? 0) - (a.statement.totalMs ?? 0) ||
          (b.statement.count ?? 0) - (a.statement.count ?? 0),
      );
  }

  #addTo(
    known: ReadStatement[],
    index: number,
    figures: { count: number; totalMs: number | null },
  ): void {
    const entry = known[index];
    if (!entry) return;
    const { statement } = entry;
    known[index] = {
      ...entry,
      statement: {
        ...statement,
        count: (statement.count ?? 0) + figures.count,
        totalMs:
          figures.totalMs === null ? statement.totalMs : (statement.totalMs ?? 0) + figures.totalMs,
      },
    };
  }
}
