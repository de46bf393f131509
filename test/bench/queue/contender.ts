/** A queue on a private server of its own, empty between measurements. */
export interface Contender extends AsyncDisposable {
  /** What runs, with versions and the setting that decides how durable it is. */
  readonly label: string;
  /**
   * Adds jobs in bulk, as its documentation recommends.
   * @returns jobs a second
   */
  add(count: number): Promise<number>;
  /**
   * Runs them with a handler that does nothing, in one worker.
   * @returns jobs a second
   */
  drain(count: number): Promise<number>;
}

export const jobType = 'send_email';
export const payload = { to: 'a@shop.example', subject: 'Your bill', order: 4711 };

/** Jobs of one bulk statement, for every contender. */
export const bulkSize = 1000;

/** Calls `add` with the size of each bulk until `count` jobs are added, and returns jobs a second. */
export async function addInBulk(
  count: number,
  add: (size: number) => Promise<unknown>,
): Promise<number> {
  const startedAt = performance.now();
  for (let added = 0; added < count; added += bulkSize) {
    await add(Math.min(bulkSize, count - added));
  }
  return perSecond(count, startedAt);
}

export function perSecond(count: number, startedAt: number): number {
  return (count * 1000) / (performance.now() - startedAt);
}

/** A handler that does nothing but count, and a promise that is kept when it has run `count` times. */
export function countdown(count: number): { run: () => void; finished: Promise<void> } {
  let left = count;
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const run = (): void => {
    left -= 1;
    if (left === 0) finish();
  };
  return { run, finished };
}
