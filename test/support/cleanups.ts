type Cleanup = () => Promise<void>;

const cleanups: Cleanup[] = [];

/** Has `cleanup` run when this test file ends, wherever in it this is called. The last one runs first. */
export function atEndOfFile(cleanup: Cleanup): void {
  cleanups.push(cleanup);
}

export async function runCleanups(): Promise<void> {
  for (let cleanup = cleanups.pop(); cleanup; cleanup = cleanups.pop()) await cleanup();
}
