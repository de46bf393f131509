import { autoIncrement } from './auto-increment.ts';
import { charsetOutlier } from './charset-outlier.ts';
import { collationMismatch, implicitConversion } from './conversions.ts';
import { engineOutlier } from './engine-outlier.ts';
import { fragmentation } from './fragmentation.ts';
import { lowSelectivity } from './low-selectivity.ts';
import { foreignKeyWithoutIndex } from './foreign-key-without-index.ts';
import { missingIndex } from './missing-index.ts';
import { primaryKeyMissing } from './primary-key-missing.ts';
import { redundantIndex } from './redundant-index.ts';
import { queryRewrite } from './query-rewrite.ts';
import type { Rule } from './rule.ts';
import { statistics } from './statistics.ts';
import { unusedIndex } from './unused-index.ts';
import { unboundedQuery } from './unbounded-query.ts';

/** In the order in which their findings are told and applied: figures first, as later judgements rest on them. */
export const rules: readonly Rule[] = [
  statistics,
  foreignKeyWithoutIndex,
  missingIndex,
  redundantIndex,
  unusedIndex,
  primaryKeyMissing,
  queryRewrite,
  unboundedQuery,
  implicitConversion,
  collationMismatch,
  lowSelectivity,
  autoIncrement,
  fragmentation,
  charsetOutlier,
  engineOutlier,
];
