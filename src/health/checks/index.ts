import type { Check } from '../check.ts';
import { autoIncrement } from './auto-increment.ts';
import { bufferPool } from './buffer-pool.ts';
import { cacheHitRate } from './cache-hit-rate.ts';
import { cacheMemory } from './cache-memory.ts';
import { cacheReachable } from './cache-reachable.ts';
import { connections } from './connections.ts';
import { databaseReachable } from './database-reachable.ts';
import { hostDisk } from './host-disk.ts';
import { hostLoad } from './host-load.ts';
import { hostMemory } from './host-memory.ts';
import { responseTime, successRate } from './http.ts';
import { longTransaction } from './long-transaction.ts';
import { meanQueryTime } from './mean-query-time.ts';
import { queueAge } from './queue-age.ts';
import { queueFailed } from './queue-failed.ts';
import { queuePending } from './queue-pending.ts';
import { queueReachable } from './queue-reachable.ts';
import { scheduleHeartbeats } from './schedule-heartbeats.ts';
import { slowQueries } from './slow-queries.ts';

/** All checks, in the order in which they are shown. */
export const checks: readonly Check[] = [
  databaseReachable,
  meanQueryTime,
  slowQueries,
  bufferPool,
  connections,
  longTransaction,
  autoIncrement,
  cacheReachable,
  cacheHitRate,
  cacheMemory,
  queueReachable,
  queuePending,
  queueAge,
  queueFailed,
  responseTime,
  successRate,
  hostLoad,
  hostMemory,
  hostDisk,
  scheduleHeartbeats,
];
