import type { PartReport } from '../src/doctor/part.ts';
import type { Screen } from '../src/output/screen.ts';
import { formatMs } from '../src/output/text.ts';
import type { Context } from './context.ts';
import { defineCommand } from './define.ts';
import type { Outcome } from './define.ts';
import { once } from './once.ts';
import { shellWord } from './optimize-db/workload.ts';
import { openSchedule } from './schedule/site.ts';

interface DoctorResult {
  parts: PartReport[];
  summary: { works: number; failed: number; skipped: number };
}

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'prove each part works by using it, and leave no trace',
  description:
    'Asks the database, sets, gets and deletes a key of its own in the cache, enqueues and processes one job of its own, asks the scheduler for its entries and heartbeats, and writes into the folders that scalectl needs. What is not configured is skipped, with the reason.',
  changes: 'nothing',
  examples: [
    { command: 'scalectl doctor', does: 'tries every part and prints what works' },
    { command: 'scalectl doctor --json', does: 'for a deployment script' },
  ],
  exitCodes: {
    1: 'a part failed',
    2: null,
    69: 'the database cannot be reached; the other parts are reported all the same',
    75: null,
    77: null,
  },
  run: async (context) => {
    const loaded = await context.config();
    const { site, target } = await openSchedule(context, undefined);
    const { asReach } = await import('../src/health/reach.ts');
    const { proveParts } = await import('../src/doctor/run.ts');
    const reachDatabase = once(() => asReach(() => context.database()));
    const parts = await proveParts(
      {
        loaded,
        reachDatabase,
        openRedis: () => context.redis(),
        isRedisAsked: context.globals.redis !== undefined,
        site,
        target,
        signal: context.signal,
      },
      (id) => context.progress.start(id),
    );
    context.progress.stop();
    const database = await reachDatabase();
    const isAway = database.state === 'failed' && database.error.exitCode === 69;
    return {
      result: { parts, summary: summaryOf(parts) },
      exitCode: exitCodeOf(parts),
      ...(isAway ? { failure: database.error, exitCode: database.error.exitCode } : {}),
      next: nextStep(parts, context),
    } satisfies Outcome<DoctorResult>;
  },
  render: renderDoctor,
});

function summaryOf(parts: readonly PartReport[]): DoctorResult['summary'] {
  const count = (status: PartReport['status']): number =>
    parts.filter((part) => part.status === status).length;
  return { works: count('works'), failed: count('failed'), skipped: count('skipped') };
}

function exitCodeOf(parts: readonly PartReport[]): number {
  return parts.some(({ status }) => status === 'failed') ? 1 : 0;
}

/** What the first failed part asks for, then the first skipped one; without any, the daily work begins. */
function nextStep(parts: readonly PartReport[], { globals }: Context): string {
  const inOrder = [
    ...parts.filter(({ status }) => status === 'failed'),
    ...parts.filter(({ status }) => status === 'skipped'),
  ];
  const command = inOrder.find(({ next }) => next !== null)?.next ?? 'scalectl optimize-db plan';
  return globals.config === undefined
    ? command
    : `${command} --config ${shellWord(globals.config)}`;
}

export function renderDoctor({ parts, summary }: DoctorResult, screen: Screen): string {
  const advice = parts.filter((part) => part.advice !== null);
  return [
    screen.table(
      [
        { title: 'part' },
        { title: 'status' },
        { title: 'finding', flexible: true },
        { title: 'took', align: 'right' },
      ],
      parts.map(({ id, status, message, durationMs }) => [
        id,
        screen.status(status),
        message,
        formatMs(durationMs),
      ]),
    ),
    ...(advice.length === 0
      ? []
      : ['', screen.heading('advice'), ...advice.map((part) => `  ${part.id}: ${part.advice}`)]),
    '',
    `${summary.works} work, ${summary.failed} failed, ${summary.skipped} skipped`,
  ].join('\n');
}
