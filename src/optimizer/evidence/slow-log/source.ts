import { plural } from '../../../output/text.ts';
import type { Schema } from '../../schema.ts';
import { readQuery } from '../../sql/query.ts';
import { UnknownTable } from '../../sql/refusal.ts';
import type { Collection, Figures } from '../collection.ts';
import { notHad } from '../collector.ts';
import type { Collected, EvidenceCollector, GatherContext } from '../collector.ts';
import { readSlowLogFile } from './file.ts';
import type { SlowLogFold, SlowLogForm } from './fold.ts';
import { readSlowLogTable } from './table.ts';

const source = 'slow-log';

/** The slow log: the file of --slow-log, or else the server's own table. */
export const slowLogSource: EvidenceCollector = { source, collect };

async function collect(collection: Collection, context: GatherContext): Promise<Collected> {
  const { session, schema, slowLog, signal } = context;
  const where = { database: schema.database, signal };
  if (slowLog !== null) {
    context.onProgress('reading the slow log');
    const fold = await readSlowLogFile(slowLog, where);
    return addAll(collection, schema, fold, []);
  }
  const table = await readSlowLogTable(session, where);
  if ('because' in table) return { ...notHad, unknown: [table.because] };
  return addAll(collection, schema, table.fold, table.unknown);
}

function addAll(
  collection: Collection,
  schema: Schema,
  fold: SlowLogFold,
  unknown: readonly string[],
): Collected {
  let { otherDatabases } = fold;
  for (const form of fold.forms.values()) {
    if (!addForm(collection, schema, form)) otherDatabases += form.count;
  }
  for (const { text, line, reason } of fold.unusable) {
    collection.refused.push({ statement: text, source, file: null, line, reason });
  }
  return {
    isHad: true,
    windowMs: fold.windowMs,
    unknown: [
      ...unknown,
      ...(fold.writes > 0
        ? [
            `${plural(fold.writes, 'INSERT, UPDATE or DELETE', 'INSERT, UPDATE and DELETE')} in the slow log were not judged`,
          ]
        : []),
      ...(otherDatabases > 0
        ? [
            `${plural(otherDatabases, 'statement')} of other databases in the slow log were left out`,
          ]
        : []),
      ...(fold.beyond > 0
        ? [
            `${plural(fold.beyond, 'statement')} in the slow log were left out: there are more forms than are kept`,
          ]
        : []),
      ...(fold.moreUnusable > 0
        ? [
            `${plural(fold.moreUnusable, 'more statement')} in the slow log are torn or longer than 64 KB`,
          ]
        : []),
    ],
  };
}

/** @returns false for a form whose database is not known and whose tables are not here: it belongs to another one */
function addForm(collection: Collection, schema: Schema, form: SlowLogForm): boolean {
  const slowestFirst = [...form.samples].sort((a, b) => b.durationMs - a.durationMs);
  let figures: Figures = { count: form.count, totalMs: form.totalMs };
  for (const { text, line } of slowestFirst) {
    const place = { file: null, line };
    try {
      const query = readQuery(text, schema);
      collection.add({
        query,
        statement: { text, sources: [source], values: 'own', ...place, ...figures },
      });
    } catch (error) {
      if (error instanceof UnknownTable && !form.isDatabaseKnown) return false;
      collection.refuse(error, { statement: text, source, ...place });
      // What is said of one is said of all.
      return true;
    }
    // The figures are those of the form: its other samples only show other values.
    figures = { count: null, totalMs: null };
  }
  return true;
}
