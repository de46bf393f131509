import { quoteName } from '../../database/identifiers.ts';
import { plural } from '../../output/text.ts';
import type { Schema } from '../schema.ts';
import { readQuery } from '../sql/query.ts';
import type { Query } from '../sql/query.ts';
import { Refusal } from '../sql/refusal.ts';
import type { Collection } from './collection.ts';
import type { Collected, EvidenceCollector, GatherContext } from './collector.ts';
import { fillFromNewestRow, hasOpenPlaces } from './newest-row.ts';
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
  for (const digest of digests.reads) {
    context.signal.throwIfAborted();
    if (isOwnProof(digest, context.ownIndexes)) continue;
    try {
      await addDigest(collection, digest, context);
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
  { session, schema }: GatherContext,
): Promise<void> {
  // DAY and DAY() are written as SQL_TSI_DAY, which no server takes back as a function.
  const form = readQuery(digest.text.replaceAll(/\bSQL_TSI_(?=[A-Z])/g, ''), schema);
  const figures = { count: digest.count, totalMs: digest.totalMs };
  // The same statement with its own values, from another source, is the better witness.
  if (collection.addFigures(form, source, figures)) return;
  const sample = digest.sample === null ? null : readSample(digest.sample, form, schema);
  const query = sample ?? readQuery(await fillFromNewestRow(session, form), schema);
  collection.add({
    query,
    statement: {
      text: query.text,
      sources: [source],
      values: sample ? 'sample' : hasOpenPlaces(form) ? 'newest-row' : 'own',
      file: null,
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
