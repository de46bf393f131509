import { checkSpeed, growth } from './check.ts';
import { indexQuality } from './quality.ts';
import { redundantFound } from './schema.ts';
import { writerStall } from './stall.ts';
import { shopWorkload } from './workload.ts';

/** Each part starts its own server, and tells its figures line by line. */
export const parts = {
  schema: redundantFound,
  check: checkSpeed,
  growth,
  workload: shopWorkload,
  quality: indexQuality,
  stall: writerStall,
} satisfies Record<string, (tell: (line: string) => void) => Promise<void>>;
