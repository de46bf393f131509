import { quoteName } from '../../database/identifiers.ts';
import { plural } from '../../output/text.ts';
import type { Schema } from '../schema.ts';
import { readQuery } from '../sql/query.ts';
import type { Query } from '../sql/query.ts';
import { Refusal } from '../sql/refusal.ts';
import type { Collection } from './collection.ts';
import type { Collected, EvidenceCollector, GatherContext } from './collector.ts';
import { hasOpenPlaces, RowValues } from './row-values.ts';
import { readDigests } from './digests.ts';
import type { Digest } from './digests.ts';
import { fingerprint } from './statements.ts';

const source = 'performance_schema';

/** The forms that the server counted. */
export const digestSource: EvidenceCollector = { source, collect };

async function collect(collection: Collection, context: GatherContext): Promise<Collected> {
  const { session, flavor, schema } = context;
  const digests = await readDigests(
    session,
    { database: schema.database, flavor },
    context.maxStatements,
  );
  if ('because' in digests) {
    return {
      isHad: false,
      windowMs: null,
      unknown: [
        `${digests.because}: how often statements run, and how long they take, is not known`,
      ],
    };
  }
  const rows = new RowValues(session);
  for (const digest of digests.reads) {
    context.signal.throwIfAborted();
    if (isOwnProof(digest, context.ownIndexes)) continue;
    try {
      await addDigest(collection, digest, context.schema, rows);
    } catch (error) {
      collection.refuse(error, { statement: digest.text, source, file: null, line: null });
    }
  }
  const writes =
    digests.writes > 0
      ? [
          `${plural(digests.writes, 'form')} of INSERT, UPDATE and DELETE were seen and not judged: a new index makes them a little slower`,
        ]
      : [];
  return { isHad: true, windowMs: digests.windowMs, unknown: writes };
}

function isOwnProof({ text }: Digest, ownIndexes: readonly string[]): boolean {
  return ownIndexes.some((name) => text.includes(`IGNORE INDEX ( ${quoteName(name)} )`));
}

async function addDigest(
  collection: Collection,
  digest: Digest,
  schema: Schema,
  rows: RowValues,
): Promise<void> {
  // DAY and DAY() are written as SQL_TSI_DAY, which no server takes back as a function.
  const form = readQuery(digest.text.replaceAll(/\bSQL_TSI_(?=[A-Z])/g, ''), schema);
  const figures = { count: digest.count, totalMs: digest.totalMs };
  // The same statement with its own values, from another source, is the better witness.
  if (collection.addFigures(form, source, figures)) return;
  const sample = digest.sample === null ? null : readSample(digest.sample, form, schema);
  const statement = { sources: [source] as const, file: null, line: null };
  if (sample) {
    const { text } = sample;
    collection.add({
      query: sample,
      statement: { ...statement, ...figures, text, values: 'sample' },
    });
    return;
  }
  const isOpen = hasOpenPlaces(form);
  // The figures are those of the form: the first statement has them all.
  for (const [i, { text, values }] of (await rows.fill(form)).entries()) {
    collection.add({
      query: readQuery(text, schema),
      statement: {
        ...statement,
        ...(i === 0 ? figures : { count: null, totalMs: null }),
        text,
        values: isOpen ? values : 'own',
      },
    });
  }
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
