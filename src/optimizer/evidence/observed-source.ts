import { readObservations } from '../observe/store.ts';
import type { StoredForm } from '../observe/store.ts';
import type { Schema } from '../schema.ts';
import { readQuery } from '../sql/query.ts';
import type { Collection, Figures } from './collection.ts';
import { samplesOfOneForm } from './collection.ts';
import { notHad } from './collector.ts';
import type { EvidenceCollector } from './collector.ts';

const source = 'observed';

/** What `optimize-db observe` saw running in the last 30 days. */
export const observedSource: EvidenceCollector = {
  source,
  collect: async (collection, { session, schema }) => {
    const stored = await readObservations(session);
    if (!stored) return notHad;
    for (const form of stored.forms) addForm(collection, schema, form);
    return { isHad: true, windowMs: stored.windowMs, unknown: [] };
  },
};

function addForm(collection: Collection, schema: Schema, form: StoredForm): void {
  let figures: Figures = { count: form.executions, totalMs: form.totalMs };
  const place = { file: null, line: null };
  for (const text of new Set(form.statements.slice(0, samplesOfOneForm))) {
    try {
      const query = readQuery(text, schema);
      collection.add({
        query,
        statement: { text, sources: [source], values: 'own', ...place, ...figures },
      });
    } catch (error) {
      collection.refuse(error, { statement: text, source, ...place });
      return;
    }
    figures = { count: null, totalMs: null };
  }
}
