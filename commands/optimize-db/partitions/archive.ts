import { ScalectlError } from '../../../src/errors.ts';
import type { ArchivePlan } from '../../../src/optimizer/partitions/archive/plan.ts';
import { parseMonths } from '../../../src/config/quantity.ts';
import type { Screen } from '../../../src/output/screen.ts';
import { formatMs, plural, safeText } from '../../../src/output/text.ts';
import { wrapLines } from '../../../src/output/wrap.ts';
import { defineCommand } from '../../define.ts';
import { argument, parsed, text } from '../../option.ts';
import { engineOptions, requireTwoConnections } from '../engine.ts';

/** What `partitions archive --json` prints. */
interface ArchiveResult {
  readonly table: string;
  readonly into: string;
  /** Rows before this day (UTC) are old. */
  readonly cutoff: string;
  readonly moved: number;
  /** Old rows that are (still) in the table. */
  readonly remaining: number;
  readonly children: readonly { table: string; into: string; rows: number; moved: number }[];
  readonly batches: number;
  readonly durationMs: number | null;
  readonly dryRun: boolean;
}

export const archive = defineCommand({
  name: 'archive',
  summary:
    'move old rows, with all that points at them, into archive tables with monthly partitions',
  description:
    'The archive is a table of its own, <table>_archive, without foreign keys. Rows are copied, compared on both sides and deleted in one small transaction after the other, with a pause as long as each: a row is at one of both places at every moment, and a run that is stopped is gone on with by the next one. Rows of other tables that point at an old row are moved before it, each into the archive of its own table.',
  changes: 'data',
  arguments: { table: argument('<TABLE>', 'the table') },
  options: {
    olderThan: parsed('--older-than <MONTHS>', 'whole months that stay: 24m, or 2y', (value) => {
      const months = parseMonths(value);
      if (months !== null) return months;
      throw new ScalectlError(
        'usage',
        `--older-than is "${value}"; allowed: months or years such as 24m, 2y`,
      );
    }),
    into: text('--into <NAME>', 'the archive of the table (default: <table>_archive)'),
    by: text('--by <COLUMN>', 'the date that tells old rows (default: when a row came to be)'),
  },
  examples: [
    {
      command: 'scalectl optimize-db partitions archive orders --older-than 24m --dry-run',
      does: 'counts the old orders and what points at them',
    },
    {
      command: 'scalectl optimize-db partitions archive orders --older-than 24m',
      does: 'asks, and moves them',
    },
  ],
  exitCodes: {
    1: 'there is no such table, or old rows are left',
    77: 'rows cannot be moved, or the change needs --yes',
  },
  run: async (context, { options, arguments: { table } }) => {
    if (options.olderThan === undefined) {
      throw new ScalectlError('usage', '--older-than is missing', {
        hint: 'scalectl optimize-db partitions archive orders --older-than 24m',
      });
    }
    const { planArchive } = await import('../../../src/optimizer/partitions/archive/plan.ts');
    const given = {
      table,
      by: options.by ?? null,
      into: options.into ?? null,
      olderThanMonths: options.olderThan,
      signal: context.signal,
    };
    const database = await context.database();
    if (context.globals.dryRun) {
      const { plan } = await planArchive(database, database, given);
      return { result: resultOf(plan, true) };
    }
    await requireTwoConnections(context);
    const { openRun } = await import('../../../src/optimizer/run.ts');
    await using run = await openRun(database, await engineOptions(context));
    const archiving = await planArchive(database, run.session, given);
    const planned = resultOf(archiving.plan, false);
    if (archiving.plan.rows === 0) return { result: planned };
    await context.show((screen) => renderPlan(planned, screen));
    await context.confirm(`Move ${plural(archiving.plan.rows, 'row')} of ${table} away?`);
    const { archiveRows } = await import('../../../src/optimizer/partitions/archive/archive.ts');
    const outcome = await archiveRows(run, archiving);
    const children = planned.children.map((child) => {
      const done = outcome.children.find((each) => each.table === child.table);
      return { ...child, moved: done?.moved ?? 0 };
    });
    return {
      result: { ...planned, ...outcome, children },
      exitCode: outcome.remaining > 0 ? 1 : 0,
    };
  },
  render: (result, screen) =>
    result.dryRun
      ? `${renderPlan(result, screen)}\n\nNothing was changed.`
      : renderDone(result, screen),
});

function resultOf(plan: ArchivePlan, dryRun: boolean): ArchiveResult {
  return {
    table: plan.table,
    into: plan.into,
    cutoff: plan.cutoff,
    moved: 0,
    remaining: plan.rows,
    children: plan.children.map((child) => ({ ...child, moved: 0 })),
    batches: 0,
    durationMs: null,
    dryRun,
  };
}

function renderPlan(
  { table, into, cutoff, remaining, children }: ArchiveResult,
  screen: Screen,
): string {
  const lines = [
    screen.heading(`rows of ${safeText(table)} from before ${cutoff}`),
    screen.table(
      [{ title: 'table' }, { title: 'rows', align: 'right' }, { title: 'into', flexible: true }],
      [{ table, rows: remaining, into }, ...children].map((each) => [
        safeText(each.table),
        each.rows,
        safeText(each.into),
      ]),
    ),
  ];
  return lines.join('\n');
}

function renderDone(result: ArchiveResult, screen: Screen): string {
  const { table, into, cutoff, moved, remaining, children, durationMs } = result;
  if (durationMs === null) return `${safeText(table)} has no rows from before ${cutoff}.`;
  const others = children
    .filter((child) => child.moved > 0)
    .map(
      (child) =>
        `${plural(child.moved, 'row')} of ${safeText(child.table)} into ${safeText(child.into)}`,
    );
  const what = [
    `${plural(moved, 'row')} of ${safeText(table)} into ${safeText(into)}`,
    ...others,
  ].join(', ');
  const left =
    remaining === 0 ? '' : ` ${plural(remaining, 'old row')} left in ${safeText(table)}.`;
  return wrapLines(`Moved ${what}, in ${formatMs(durationMs)}.${left}`, screen.width);
}
