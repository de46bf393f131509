import type { Session } from '../../database/types.ts';
import { ScalectlError } from '../../errors.ts';

/** Marks the statements whose cost is measured. */
export const sampleTag = 'sample';

/** Profiles that the server keeps for a session; more than it keeps by default, and the most that it can. */
const keptProfiles = 100;

/** @returns false where the server cannot: then nobody knows the processor time */
export async function startProfiling(session: Session): Promise<boolean> {
  try {
    await session.write(
      `/* scalectl:optimize-db */ SET SESSION profiling = 1, profiling_history_size = ${keptProfiles}`,
    );
    return true;
  } catch (error) {
    return whenUnsupported(error, false);
  }
}

/**
 * Processor time that the server spent for one sample, in milliseconds: all statements among the last hundred of
 * the session, divided by the samples among them (MySQL gets the time limit in a statement of its own). null where the
 * server does not tell.
 */
export async function processorMsOfSample(session: Session): Promise<number | null> {
  try {
    const profiles = await session.read<{ Query: string }>(
      '/* scalectl:optimize-db */ SHOW PROFILES',
      [],
      { timeoutMs: 0 },
    );
    const [row] = await session.read<{ seconds: number | string | null }>(
      `/* scalectl:optimize-db */ SELECT SUM(CPU_USER + CPU_SYSTEM) AS seconds FROM information_schema.PROFILING`,
    );
    const samples = profiles.filter(({ Query: text }) =>
      text.includes(`scalectl:optimize-db ${sampleTag}`),
    );
    if (samples.length === 0 || row?.seconds === null || row?.seconds === undefined) return null;
    return (Number(row.seconds) * 1000) / samples.length;
  } catch (error) {
    return whenUnsupported(error, null);
  }
}

function whenUnsupported<T>(error: unknown, value: T): T {
  if (error instanceof ScalectlError && error.code === 'statement-failed') return value;
  throw error;
}
