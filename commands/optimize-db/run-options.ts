import { duration, flag, repeated } from '../option.ts';
import type { ValuesOf } from '../option.ts';
import { evidenceOptions } from './evidence.ts';

/** What a run of optimize-db takes, with a plan of its own or one from a file. */
export const runOptions = {
  ...evidenceOptions,
  dropRedundant: flag(
    '--drop-redundant',
    'also drop indexes whose work another index does (asks first)',
  ),
  dropUnused: flag(
    '--drop-unused',
    'also drop indexes that nothing has read for optimizer.unusedAfter (asks first)',
  ),
  rebuild: repeated(
    '--rebuild <TABLE>',
    'also write this table anew, which gives its free room back to the disk (asks first)',
  ),
  autoRevert: flag(
    '--auto-revert',
    'take back indexes of the last 30 days that slow statements down since',
  ),
  maxTime: duration(
    '--max-time <TIME>',
    'for all proofs of the run together, default optimizer.maxTime (5m); what is left waits for the next run',
  ),
};

export type RunFlags = ValuesOf<typeof runOptions>;
