import type { ChildProcess } from 'node:child_process';

/** What it started may still hold its outputs open after it has ended: nobody waits for them longer than this. */
const outputGraceMs = 250;

/** How a child ended. */
export interface ChildEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Whether it may pass: the machine has no room for another process now, which is not the job's fault. */
  notStarted: { reason: string; mayPass: boolean } | null;
}

/** Too many processes, too many open files here or on the whole machine, too little memory. */
const passing = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM']);

/** Resolves when the program has ended and its outputs are read, as far as they come in time. */
export function endOf(child: ChildProcess): Promise<ChildEnd> {
  return new Promise((resolve) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      // Also reported for a failed kill: a child that runs ends by itself, with an 'exit'.
      if (child.pid !== undefined) return;
      const reason = error.code === 'ENOENT' ? 'there is no such program or folder' : error.message;
      const mayPass = passing.has(error.code ?? '');
      resolve({ code: null, signal: null, notStarted: { reason, mayPass } });
    });
    child.once('exit', (code, signal) => {
      const end = { code, signal, notStarted: null };
      const timer = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
        resolve(end);
      }, outputGraceMs);
      child.once('close', () => {
        clearTimeout(timer);
        resolve(end);
      });
    });
  });
}
