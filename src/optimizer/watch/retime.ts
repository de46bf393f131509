import { formatMs } from '../../output/text.ts';
import type { StatementEvidence } from '../findings.ts';
import { proveAgain } from '../settle.ts';
import type { Run } from '../run.ts';
import type { FormChange } from './compare.ts';
import { toJudged } from './judge-applied.ts';
import type { Judged } from './judge-applied.ts';

/** As for the server's counters; pairs are few, so the least difference is larger. */
const slower = { factor: 1.2, leastMs: 0.1 };

/**
 * Where the server counts no statements, those that an index was proven with are timed again in pairs, with it and
 * without it, as long as the time for proofs lasts.
 */
export async function retimeUnknown(run: Run, judged: readonly Judged[]): Promise<Judged[]> {
  const result: Judged[] = [];
  for (const entry of judged) {
    const isDue =
      entry.watched.verdict === 'unknown' && !run.signal.aborted && run.budget.remainingMs > 0;
    result.push(isDue ? await retime(run, entry) : entry);
  }
  return result;
}

async function retime(run: Run, entry: Judged): Promise<Judged> {
  const { journaled, watched } = entry;
  run.onProgress(`timing the statements of ${watched.index} on ${watched.table} again`);
  const proof = await proveAgain(run, journaled.finding);
  const forms = proof.statements.flatMap(toChange).sort((a, b) => b.ratio - a.ratio);
  const [worst] = forms;
  if (!worst) {
    return { ...entry, watched: { ...watched, reason: `${watched.reason}; ${proof.reason}` } };
  }
  const told = forms
    .filter((form) => form === worst || form.isSlower)
    .map(
      ({ sinceMs, beforeMs }) =>
        `a statement takes ${formatMs(sinceMs)} with it and ${formatMs(beforeMs)} without`,
    );
  const again = toJudged(
    journaled,
    { verdict: worst.isSlower ? 'slower' : 'good', forms, control: proof.control, savedMs: 0 },
    `timed again: ${told.join('; ')}`,
  );
  return { ...again, watched: { ...again.watched, savedMs: null } };
}

function toChange(evidence: StatementEvidence): FormChange[] {
  const { withMs, withoutMs, pairs, control } = evidence;
  if (withMs === null || withoutMs === null) return [];
  const noise = Math.max(control?.ratio ?? 1, 1 / (control?.ratio ?? 1));
  return [
    {
      form: evidence.statement,
      kind: 'read',
      beforeMs: withoutMs,
      beforeCount: pairs,
      sinceMs: withMs,
      sinceCount: pairs,
      ratio: withMs / Math.max(withoutMs, 0.001),
      isSlower: withMs >= withoutMs * slower.factor * noise && withMs - withoutMs >= slower.leastMs,
    },
  ];
}
