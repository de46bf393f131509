import { formatNumber, plural } from '../../../output/text.ts';
import { formatGain } from '../../gain.ts';
import type { MaintainResult } from '../../partitions/maintain.ts';
import type { ReportedRun, ReportedStep } from '../result.ts';
import { markup } from './markup.ts';
import type { Markup } from './markup.ts';
import { chip, dataTable, moment, section } from './parts.ts';

/** The tables that have partitions; nothing where there are none. */
export function partitionsSection({ tables, others }: MaintainResult): Markup {
  if (tables.length === 0 && others.length === 0) return markup``;
  const rows = tables.map((table) => [
    table.table,
    table.column,
    formatNumber(table.partitions),
    table.lastMonth,
    markup`${chip(table.status)} ${table.reason ?? (table.months.length === 0 ? '' : `${plural(table.months.length, 'month')} to add`)}`,
  ]);
  const monthly = dataTable(
    [
      { title: 'table' },
      { title: 'by' },
      { title: 'partitions', isNumber: true },
      { title: 'last month' },
      { title: 'state' },
    ],
    rows,
  );
  return section(
    'partitions',
    'Partitions',
    markup`${rows.length === 0 ? null : monthly}${others.map(({ table, reason }) => markup`<p>${table}: ${reason}</p>`)}`,
  );
}

/** What optimize-db did, the newest first. */
export function runsSection(runs: readonly ReportedRun[]): Markup {
  const body =
    runs.length === 0
      ? markup`<p class="none">optimize-db has changed nothing here yet.</p>`
      : markup`<ol class="runs">${runs.map(runItem)}</ol>`;
  return section('runs', 'Runs', body);
}

function runItem({ runId, startedAt, state, steps }: ReportedRun): Markup {
  const body =
    steps.length === 0
      ? markup`<p>nothing was to be done</p>`
      : markup`<details><summary>${outcome(steps)}</summary><ul>${steps.map(stepItem)}</ul></details>`;
  return markup`<li class="${state}"><p><b>run ${runId}</b> ${moment(startedAt)} ${chip(state)}</p>${body}</li>`;
}

/** `4 applied, 1 rejected` */
function outcome(steps: readonly ReportedStep[]): string {
  const states = [...new Set(steps.map(({ state }) => state))];
  return states
    .map((state) => `${formatNumber(steps.filter((step) => step.state === state).length)} ${state}`)
    .join(', ');
}

function stepItem({ kind, state, table, index, columns, gain }: ReportedStep): Markup {
  const shape = columns.length === 0 ? '' : ` (${columns.join(', ')})`;
  const what = index === null ? table : `${table}.${index}${shape}`;
  return markup`<li>${chip(state)} ${kind} <span class="what">${what}</span>${gain === null ? null : markup` <b>${formatGain(gain)}</b>`}</li>`;
}
