import { ScalectlError } from '../errors.ts';
import type { Reach } from './check.ts';

/** Opens a server and keeps the failure as a finding instead of an end. */
export async function asReach<T>(open: (() => Promise<T>) | null): Promise<Reach<T>> {
  if (!open) return { state: 'not-configured' };
  const startedAt = performance.now();
  try {
    const connection = await open();
    return { state: 'connected', connection, connectMs: performance.now() - startedAt };
  } catch (error) {
    if (error instanceof ScalectlError && error.code === 'config-missing')
      return { state: 'not-configured' };
    if (error instanceof ScalectlError) return { state: 'failed', error };
    throw error;
  }
}
