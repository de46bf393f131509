import { readQuery } from '../sql/query.ts';
import { Refusal } from '../sql/refusal.ts';
import type { Collection } from './collection.ts';
import { notHad } from './collector.ts';
import type { Collected, EvidenceCollector, GatherContext } from './collector.ts';
import { hasOpenPlaces } from './row-values.ts';
import { splitWorkload } from './workload-file.ts';

const source = 'workload-file';

/** The statements of --workload FILE. */
export const workloadFileSource: EvidenceCollector = {
  source,
  collect: (collection, context) => Promise.resolve(collect(collection, context)),
};

function collect(collection: Collection, { workload, schema }: GatherContext): Collected {
  if (workload === null) return notHad;
  const { statements, broken } = splitWorkload(workload);
  for (const { text, line, reason } of broken) {
    collection.refused.push({ statement: text, source, file: null, line, reason });
  }
  for (const { text, line } of statements) {
    const place = { file: null, line };
    try {
      const query = readQuery(text, schema);
      if (hasOpenPlaces(query)) throw new Refusal('it has a ? without a value');
      collection.add({
        query,
        statement: { text, sources: [source], count: 1, totalMs: null, values: 'own', ...place },
      });
    } catch (error) {
      collection.refuse(error, { statement: text, source, ...place });
    }
  }
  return { isHad: true, windowMs: null, unknown: [] };
}
