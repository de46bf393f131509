import type { ConversionMethod } from '../../../src/optimizer/partitions/convert/method.ts';
import type { Conversion, ConversionPlan } from '../../../src/optimizer/partitions/convert/plan.ts';
import type { RecoveredChange } from '../../../src/optimizer/partitions/convert/undo.ts';
import type { Context } from '../../context.ts';
import { defineCommand } from '../../define.ts';
import type { Outcome } from '../../define.ts';
import { argument, repeated, text } from '../../option.ts';
import { engineOptions, requireTwoConnections } from '../engine.ts';
import { renderConversion } from './render-conversion.ts';

/** What `partitions convert --json` prints. */
export interface ConvertResult extends ConversionPlan {
  readonly status: 'planned' | 'converted' | 'unchanged';
  /** null where nothing is to be done, or it cannot be. */
  readonly method: ConversionMethod['kind'] | null;
  /** Why the table would be locked, and for how long; null for a copy beside its writers. */
  readonly methodReason: string | null;
  readonly lockSeconds: number | null;
  /** Rows that were compared before the tables were swapped. */
  readonly comparedRows: number | null;
  readonly durationMs: number | null;
  readonly recovered: readonly RecoveredChange[];
}

export interface ConvertRequest {
  readonly table: string;
  readonly by: string | undefined;
  readonly giveUp: readonly string[];
}

export const giveUpOption = repeated(
  '--give-up <KEY>',
  'a foreign key, unique key or date column that the table may lose; once for each',
);

export const convert = defineCommand({
  name: 'convert',
  summary: 'give a table monthly partitions; its writers go on where the copying tool is installed',
  description:
    'Shows the statement and what it costs, and asks. With pt-online-schema-change (percona-toolkit) the table is copied beside its writers, both are compared by count and checksums, and swapped in one statement; without it one ALTER TABLE stops its writers. What a partitioned table cannot have, foreign keys and unique keys without the date, is only dropped when --give-up names each.',
  changes: 'schema',
  arguments: { table: argument('<TABLE>', 'the table') },
  options: {
    by: text('--by <COLUMN>', 'the date that months are told by (default: when a row came to be)'),
    giveUp: giveUpOption,
  },
  examples: [
    {
      command: 'scalectl optimize-db partitions convert visits',
      does: 'shows the plan, asks, and does it',
    },
    {
      command: 'scalectl optimize-db partitions convert visits --dry-run',
      does: 'shows the statement and what stands against it',
    },
  ],
  exitCodes: {
    1: 'there is no such table; with --dry-run: it cannot be done without giving something up',
    77: 'something has to be given up and is not named, or the change needs --yes',
  },
  run: async (context, { options, arguments: { table } }) =>
    convertOrPlan(context, { table, ...options }),
  render: renderConversion,
});

/** Plans with --dry-run; otherwise plans, shows, asks and converts. */
export async function convertOrPlan(
  context: Context,
  request: ConvertRequest,
): Promise<Outcome<ConvertResult>> {
  const { values } = await context.config();
  const { planConversion } = await import('../../../src/optimizer/partitions/convert/plan.ts');
  const { chooseMethod } = await import('../../../src/optimizer/partitions/convert/method.ts');
  const { refuseUnpaid } = await import('../../../src/optimizer/partitions/convert/convert.ts');
  const given = {
    table: request.table,
    by: request.by ?? null,
    giveUp: request.giveUp,
    ahead: values.optimizer.partitions.ahead,
    signal: context.signal,
  };
  const database = await context.database();
  if (context.globals.dryRun) {
    const conversion = await planConversion(database, database, given);
    const method = await chooseMethod(database, values.database, conversion.source);
    const { blockers, price } = conversion.plan;
    const isPossible = blockers.length === 0 && price.every(({ isGivenUp }) => isGivenUp);
    return { result: resultOf(conversion, method), exitCode: isPossible ? 0 : 1 };
  }
  await requireTwoConnections(context);
  const { openRun } = await import('../../../src/optimizer/run.ts');
  await using run = await openRun(database, await engineOptions(context));
  const { recoverConversions } = await import('../../../src/optimizer/partitions/convert/undo.ts');
  const recovered = await recoverConversions(run);
  const conversion = await planConversion(database, run.session, given);
  const method = await chooseMethod(run.session, values.database, conversion.source);
  const planned = { ...resultOf(conversion, method), recovered };
  if (conversion.plan.isConverted) return { result: planned };
  refuseUnpaid(conversion);
  await context.show((screen) => renderConversion(planned, screen));
  await context.confirm(`Give ${request.table} monthly partitions?`);
  const { convertTable } = await import('../../../src/optimizer/partitions/convert/convert.ts');
  const { loginOf } = await import('../../../src/database/target.ts');
  const outcome = await convertTable(run, conversion, method, loginOf(values.database));
  return {
    result: { ...planned, ...outcome, status: 'converted' },
    next: 'scalectl optimize-db partitions list',
  };
}

function resultOf({ plan }: Conversion, method: ConversionMethod): ConvertResult {
  const isIdle = plan.isConverted || plan.blockers.length > 0;
  const isLocking = !isIdle && method.kind === 'locking';
  return {
    ...plan,
    status: plan.isConverted ? 'unchanged' : 'planned',
    method: isIdle ? null : method.kind,
    methodReason: isLocking ? method.reason : null,
    lockSeconds: isLocking ? method.lockSeconds : null,
    comparedRows: null,
    durationMs: null,
    recovered: [],
  };
}
