import type { Session } from '../database/types.ts';
import { ScalectlError } from '../errors.ts';
import { formatMs } from '../output/text.ts';
import type { Finding } from './findings.ts';
import { formatGain } from './gain.ts';
import type { Run } from './run.ts';
import { timePairs } from './time-pairs.ts';
import { StatementTimer } from './timing.ts';

/**
 * Times the rewritten statement of a finding beside the original, in a read-only transaction, and compares their
 * rows. Rows of equal order may come in another sequence, so the sequence does not count.
 * @returns the finding with its figures; `rejected` when it gains too little
 */
export async function proveRewrite(run: Run, finding: Finding): Promise<Finding> {
  const [statement] = finding.evidence.statements;
  const [rewritten] = finding.sql;
  if (!statement || rewritten === undefined) return finding;
  const { session, settings, signal } = run;
  const limits = { timeoutMs: settings.statementTimeout, signal };
  const timer = new StatementTimer(session, {
    ...limits,
    limitMs: settings.proofTime,
    budget: run.budget,
  });
  await session.write('/* scalectl:optimize-db */ START TRANSACTION READ ONLY');
  try {
    const measured = await run.budget.spend(() =>
      timePairs(
        {
          pairs: settings.proofPairs,
          minGain: settings.minGain,
          statementTimeoutMs: settings.statementTimeout,
        },
        { before: statement.statement, after: rewritten },
        timer,
      ),
    );
    const evidence = {
      statements: [{ ...statement, ...measured }],
      gain: measured.gain,
      control: measured.control ?? null,
    };
    const { gain, withoutMs, withMs } = measured;
    if (gain === null) return { ...finding, evidence };
    const figures = `timed: ${formatMs(withoutMs)} as it is, ${formatMs(withMs)} rewritten`;
    if (gain < settings.minGain) {
      return {
        ...finding,
        evidence,
        status: 'rejected',
        reason: `${figures}: it gains only ${formatGain(gain)}; ${settings.minGain}× is asked for`,
      };
    }
    const rows =
      measured.note === null
        ? await compareRows(session, statement.statement, rewritten, limits)
        : 'the rows were not compared';
    return { ...finding, evidence, reason: `${finding.reason}; ${figures}; ${rows}` };
  } catch (error) {
    // Only told: stopped or refused by the server, it must not take the run and its journal with it.
    if (signal.aborted) return finding;
    if (!(error instanceof ScalectlError) || error.code !== 'statement-failed') throw error;
    return { ...finding, reason: `${finding.reason}; not timed: ${error.message}` };
  } finally {
    await session.write('/* scalectl:optimize-db */ ROLLBACK');
  }
}

async function compareRows(
  session: Session,
  original: string,
  rewritten: string,
  limits: { timeoutMs: number; signal: AbortSignal },
): Promise<string> {
  const rowsOf = async (sql: string): Promise<string> => {
    const rows = await session.read(`/* scalectl:optimize-db */ ${sql}`, [], limits);
    return rows
      .map((row) => JSON.stringify(row))
      .sort()
      .join('\n');
  };
  return (await rowsOf(original)) === (await rowsOf(rewritten))
    ? 'both return the same rows'
    : 'the rows differ, as they may where several are equal at the LIMIT: look before you use it';
}
