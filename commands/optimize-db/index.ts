import type { CommandGroup } from '../define.ts';
import { apply } from './apply.ts';
import { history } from './history.ts';
import { observe } from './observe.ts';
import { optimize } from './optimize.ts';
import { partitions } from './partitions/index.ts';
import { plan } from './plan.ts';
import { report } from './report.ts';
import { rollback } from './rollback.ts';

export const optimizeDb: CommandGroup = {
  name: 'optimize-db',
  summary: 'find missing and redundant indexes, and prove each new one on real statements',
  description:
    'Looks at the schema, at the statements that performance_schema and the slow log know, that observe saw, and at those of --workload, --slow-log and --scan. Applies what is safe, also from cron: new statistics, and indexes that the workload asks for. A new index is built online, its statements are timed with and without it, and it stays only if the server takes it by itself and a statement gets at least twice as fast (optimizer.minGain); otherwise it is dropped again. Indexes are dropped only with --drop-redundant and --drop-unused.',
  own: optimize,
  subcommands: [observe, plan, apply, report, history, rollback, partitions],
};
