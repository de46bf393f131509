import type { Finding } from './findings.ts';
import { describeParts } from './index-shape.ts';

/**
 * Whether an index that was rejected is worth a second trial: one that serves a statement of its was kept after it.
 * In a join, what one table's index is good for can hang on the other table's, which was not there the first time.
 * @param findings of the run in the order in which they were tried
 * @returns the index that was kept, as `table (columns)`; null when nothing has changed for the rejected one
 */
export function partnerKeptLater(findings: readonly Finding[], rejected: Finding): string | null {
  if (rejected.rule !== 'missing-index' || rejected.status !== 'rejected') return null;
  const wanted = new Set(rejected.evidence.statements.map(({ statement }) => statement));
  const partner = findings
    .slice(findings.indexOf(rejected) + 1)
    .find(
      ({ rule, status, evidence }) =>
        rule === 'missing-index' &&
        status === 'applied' &&
        evidence.statements.some(({ statement }) => wanted.has(statement)),
    );
  if (partner?.step?.kind !== 'add-index') return null;
  return `${partner.table} ${describeParts(partner.step.parts)}`;
}
