import { readIndexUsage } from './evidence/index-usage.ts';
import type { IndexUsage, NoIndexUsage } from './evidence/index-usage.ts';
import type { Finding, Step } from './findings.ts';
import { foreignKeysLeftWithout, isLeftPrefix, isSameShape } from './index-shape.ts';
import type { Run } from './run.ts';
import type { Table } from './schema.ts';

type DropIndex = Extract<Step, { kind: 'drop-index' }>;
type Problem = Pick<Finding, 'status' | 'reason'>;

/** What stands against dropping a redundant index as the table is now; null when nothing does. */
export function whyNotDrop(table: Table, step: DropIndex): Problem | null {
  const index = table.indexes.find((candidate) => candidate.name === step.index);
  const cover = table.indexes.find((candidate) => candidate.name === step.coveredBy);
  const isCovered = index && cover && !cover.isHidden && cover !== index;
  if (index && !(isCovered && isLeftPrefix(index, cover))) return hasChanged;
  return whyNotAtAll(table, step);
}

/**
 * The same for an unused index. Its counters are read again, also when an earlier drop of the run has started those
 * of its table anew: `recheckUnused` has seen that there were enough of them before.
 */
export async function whyNotDropUnused(
  run: Run,
  table: Table,
  step: DropIndex,
): Promise<Problem | null> {
  const problem = whyNotAtAll(table, step);
  if (problem) return problem;
  const usage = await usageNow(run);
  if ('because' in usage) return notKnown(usage);
  return usage.tables.get(table.name)?.used.has(step.index) === true ? wasUsed : null;
}

/** Looks once more, before the first drop: a plan may be days old, and an index of this run starts counters anew. */
export async function recheckUnused(run: Run, findings: readonly Finding[]): Promise<Finding[]> {
  const isDue = ({ rule, status }: Finding): boolean =>
    rule === 'unused-index' && status === 'proposed';
  if (!findings.some(isDue)) return [...findings];
  const usage = await usageNow(run);
  return findings.map((finding) => {
    if (!isDue(finding)) return finding;
    if ('because' in usage) return { ...finding, ...notKnown(usage) };
    const counted = usage.tables.get(finding.table);
    if (!counted || counted.windowMs < run.settings.unusedAfter) {
      const reason = 'its table was altered since, which starts the counters anew';
      return { ...finding, status: 'blocked' as const, reason };
    }
    return counted.used.has(finding.index ?? '') ? { ...finding, ...wasUsed } : finding;
  });
}

function usageNow({ session, database, settings }: Run): Promise<IndexUsage | NoIndexUsage> {
  const context = { database: database.target.database, flavor: database.flavor };
  return readIndexUsage(session, context, settings.unusedAfter);
}

function notKnown({ because }: NoIndexUsage): Problem {
  return { status: 'blocked', reason: `whether it is used is not known: ${because}` };
}

const wasUsed: Problem = { status: 'blocked', reason: 'it was used since the plan' };

const hasChanged: Problem = {
  status: 'blocked',
  reason: 'the indexes of the table have changed since the plan',
};

function whyNotAtAll(table: Table, step: DropIndex): Problem | null {
  const index = table.indexes.find((candidate) => candidate.name === step.index);
  if (!index) return { status: 'applied', reason: 'it is gone already' };
  const isAsPlanned = isSameShape(index, { parts: step.parts, type: 'BTREE' });
  if (!isAsPlanned || index.isPrimary || index.isUnique) return hasChanged;
  const [key] = foreignKeysLeftWithout(table, [index.name]);
  return key
    ? { status: 'blocked', reason: `the foreign key ${key.name} would be left without an index` }
    : null;
}
