import type { Session } from '../../database/types.ts';
import { readSandboxStatements } from './schema.ts';

export interface WorkloadRun {
  /** Statements run, repetitions included. */
  statements: number;
  durationMs: number;
}

/** The statements of `templates/sandbox/workload.sql`, in the order of the pages that ask them. */
export function readWorkload(): Promise<string[]> {
  return readSandboxStatements('workload.sql');
}

/**
 * Asks all that the shop's pages ask, `times` over, so that the server's statement digests hold a workload.
 * The statements stand for the platform's: they carry no tag of ours and no time limit, which would change their digest.
 */
export async function runWorkload(
  session: Session,
  times: number,
  options: { signal?: AbortSignal } = {},
): Promise<WorkloadRun> {
  const workload = await readWorkload();
  const startedAt = performance.now();
  let statements = 0;
  for (let round = 0; round < times; round += 1) {
    for (const statement of workload) {
      options.signal?.throwIfAborted();
      await session.read(statement, [], { timeoutMs: 0, ...options });
      statements += 1;
    }
  }
  return { statements, durationMs: performance.now() - startedAt };
}
