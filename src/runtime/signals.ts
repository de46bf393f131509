/** How a run was asked to stop. */
export type StopReason = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export interface StopSignals extends Disposable {
  /** Aborted at the first Ctrl-C or SIGTERM, with the signal's name as reason: drain, undo, and end. */
  readonly signal: AbortSignal;
  readonly reason: StopReason | null;
}

const exitCodes: Record<StopReason, number> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/**
 * The first signal asks the run to drain, the second ends the process at once (its `exit` listeners still remove
 * children and folders). Windows knows Ctrl-C as SIGINT only; there a deadline (`--max-time`) stands in for SIGTERM.
 */
export function listenForStop(onFirst: (reason: StopReason) => void): StopSignals {
  const controller = new AbortController();
  let reason: StopReason | null = null;
  const handlers = (Object.keys(exitCodes) as StopReason[]).map((name) => {
    const handler = (): void => {
      if (reason !== null) process.exit(exitCodes[name]);
      reason = name;
      onFirst(name);
      controller.abort(name);
    };
    process.on(name, handler);
    return { name, handler };
  });
  return {
    signal: controller.signal,
    get reason() {
      return reason;
    },
    [Symbol.dispose]() {
      for (const { name, handler } of handlers) process.off(name, handler);
    },
  };
}
