import { backlog } from './backlog.ts';
import { drain } from './drain.ts';
import { latency } from './latency.ts';
import type { Part } from './part.ts';
import { php } from './php.ts';
import { single } from './single.ts';

export const parts = { drain, single, php, backlog, latency } satisfies Record<string, Part>;
