import { createCommandHandler } from '../../src/queue/handlers/command.ts';
import type { FindHandler, Handler } from '../../src/queue/handlers/handler.ts';
import type { JobId } from '../../src/queue/job.ts';
import type { JobDetails, QueueStore } from '../../src/queue/store.ts';
import type { ProcessOptions } from '../../src/queue/worker/process-options.ts';

/** Options of a run whose waits are short, so that tests are. */
export function runOptions(
  store: QueueStore,
  findHandler: FindHandler,
  more: Partial<ProcessOptions> = {},
): ProcessOptions {
  return {
    store,
    findHandler,
    policy: { firstDelayMs: 0, maxDelayMs: 1000, maxAttemptsOf: () => 3 },
    concurrency: 4,
    leaseMs: 20_000,
    graceMs: 5000,
    pollMs: 20,
    retentionMs: 3_600_000,
    ...more,
  };
}

/** Every type is run by this program. */
export function everyJob(
  command: readonly string[],
  more: { timeoutMs?: number; outputBytes?: number; folder?: string } = {},
): FindHandler {
  const handler = createCommandHandler({
    command,
    folder: process.cwd(),
    timeoutMs: 30_000,
    outputBytes: 4096,
    ...more,
  });
  return () => handler;
}

/** A handler of every type in this process. */
export function inProcess(run: Handler['run']): FindHandler {
  return () => ({ run });
}

export async function detailsOf(store: QueueStore, id: JobId): Promise<JobDetails> {
  const details = await store.find(id);
  if (!details) throw new Error(`there is no job ${id}`);
  return details;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
