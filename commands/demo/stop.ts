import type { Outcome } from '../define.ts';
import type { DemoStopped } from './render.ts';

/** Removes what runs with --keep left, or with --dry-run only tells it. */
export async function stopKept(isDryRun: boolean): Promise<Outcome<DemoStopped>> {
  const { listKeptSandboxes, stopKeptSandboxes } =
    await import('../../src/sandbox/servers/sweep.ts');
  if (isDryRun) {
    return { result: { folders: await listKeptSandboxes(), ended: [], isDone: false } };
  }
  const { removed, ended } = await stopKeptSandboxes();
  return { result: { folders: removed, ended, isDone: true } };
}
