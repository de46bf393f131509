import type { Job } from './tools.ts';

/** Removes cached results of statements, the part of the cache that the platform cannot invalidate by name. */
export const cleanupCache: Job = async (_, tools) => {
  const { client } = await tools.redis();
  const keys = await client.keys('query_*');
  const removed = keys.length === 0 ? 0 : await client.unlink(keys);
  return `${removed} cached results removed`;
};
