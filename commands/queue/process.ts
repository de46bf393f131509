import path from 'node:path';
import type { QueueStats } from '../../src/queue/store.ts';
import type { ProcessCounts, ProcessResult } from '../../src/queue/worker/process-options.ts';
import { ScalectlError } from '../../src/errors.ts';
import type { Screen } from '../../src/output/screen.ts';
import { formatMs, formatNumber, plural } from '../../src/output/text.ts';
import type { Context } from '../context.ts';
import { defineCommand } from '../define.ts';
import { duration, flag, integer, repeated } from '../option.ts';
import { openQueue, openQueueForChange } from './open.ts';

/** What a run would find now. */
interface ProcessPreview {
  dryRun: true;
  /** Jobs that are due. */
  pending: number;
  /** By type; a type without a handler goes to the dead letters. */
  byType: { type: string; pending: number; hasHandler: boolean; isPaused: boolean }[];
}

export const processJobs = defineCommand({
  name: 'process',
  summary: 'run the jobs that are due, with the handlers of queue.handlers',
  description:
    'Ends when nothing is due; with --watch it waits for more. Any number of runs on any number of hosts may work at the same time. Ctrl-C, SIGTERM and --max-time stop it in order: no new job begins, running ones get queue.stopGrace and are then put back. A job of a type without a handler goes to the dead letters, with the reason.',
  changes: 'data',
  options: {
    concurrency: integer('--concurrency <N>', 'jobs at once (default: queue.concurrency)', {
      min: 1,
      max: 1000,
    }),
    maxJobs: integer('--max-jobs <N>', 'end after so many jobs', { min: 1 }),
    maxTime: duration('--max-time <TIME>', 'begin no new job after this time'),
    type: repeated('--type <TYPE>', 'only jobs of this type; may be given several times'),
    watch: flag('--watch', 'go on when nothing is due, until Ctrl-C or SIGTERM'),
  },
  examples: [
    { command: 'scalectl queue process', does: 'runs what is due, then ends' },
    { command: 'scalectl queue process --max-time 280s', does: 'from cron, every five minutes' },
    { command: 'scalectl queue process --watch --concurrency 16', does: 'as a service' },
    { command: 'scalectl queue process --dry-run', does: 'tells what is due and who would run it' },
  ],
  exitCodes: { 1: 'done, and a job went to the dead letters' },
  run: async (context, { options }) => {
    if (context.globals.dryRun) return { result: await preview(context, options.type) };
    const { values, file } = await context.config();
    const store = await openQueueForChange(context);
    await refuseWithoutHandlers(context, await store.stats(), options.watch);
    const { handlersFromSettings } = await import('../../src/queue/handlers/from-settings.ts');
    const { retryPolicyOf } = await import('../../src/queue/retry-policy.ts');
    const { processQueue } = await import('../../src/queue/worker/process-queue.ts');
    const { hasRedis } = await import('../../src/redis/configured.ts');
    const settings = values.queue;
    const startedAt = performance.now();
    const concurrency = options.concurrency ?? settings.concurrency;
    const folder = file === null ? process.cwd() : path.dirname(file);
    await using handlers = handlersFromSettings(values, {
      folder,
      concurrency,
      openCache: async () => (await import('../cache/driver.ts')).openDriver(context),
    });
    context.progress.start('looking for jobs');
    const result = await processQueue({
      store,
      findHandler: handlers.find,
      policy: retryPolicyOf(settings),
      concurrency,
      leaseMs: settings.leaseTime,
      graceMs: settings.stopGrace,
      pollMs: settings.pollInterval,
      retentionMs: settings.retention,
      types: options.type,
      ...(options.maxJobs === undefined ? {} : { maxJobs: options.maxJobs }),
      ...(options.maxTime === undefined ? {} : { maxTimeMs: options.maxTime }),
      watch: options.watch,
      ...(options.watch && hasRedis(values.cache)
        ? { listen: (ring) => listen(context, ring) }
        : {}),
      signal: context.signal,
      onProgress: (counts) =>
        context.progress.update(progressText(counts, performance.now() - startedAt)),
      warn: (message) => context.warn(message),
    });
    return {
      result,
      exitCode: result.deadLettered > 0 ? 1 : 0,
      ...(result.deadLettered > 0 ? { next: 'scalectl queue list --status failed' } : {}),
    };
  },
  render: (result: ProcessResult | ProcessPreview, screen) =>
    'dryRun' in result ? renderPreview(result, screen) : renderProcess(result, screen),
});

/** With no handler at all, every job would become a dead letter: that is a missing setting, not bad jobs. */
async function refuseWithoutHandlers(
  context: Context,
  { pending }: QueueStats,
  watch: boolean,
): Promise<void> {
  const { values } = await context.config();
  if (Object.keys(values.queue.handlers).length > 0 || (pending === 0 && !watch)) return;
  throw new ScalectlError(
    'config-missing',
    pending === 0
      ? 'no handler is configured'
      : `no handler is configured, and ${plural(pending, 'job')} would go to the dead letters`,
    {
      hint: 'Name one in the configuration file: {"queue":{"handlers":{"send_email":{"php":"handlers/mail.php"}}}}',
    },
  );
}

/** A Redis that is away makes a worker slower to begin, and nothing else. */
async function listen(context: Context, ring: () => void): Promise<AsyncDisposable> {
  const { values } = await context.config();
  const { listenAtDoorbell } = await import('../../src/redis/doorbell.ts');
  try {
    return await listenAtDoorbell(values.cache, ring);
  } catch (error) {
    const { message } = error as Error;
    context.warn(
      `new jobs are not announced, so the worker looks every ${formatMs(values.queue.pollInterval)}: ${message}`,
    );
    return { [Symbol.asyncDispose]: () => Promise.resolve() };
  }
}

async function preview(context: Context, types: readonly string[]): Promise<ProcessPreview> {
  const { values } = await context.config();
  const store = await openQueue(context);
  const stats = await store.stats();
  const byType = Object.entries(stats.byType)
    .filter(([type, { pending }]) => pending > 0 && (types.length === 0 || types.includes(type)))
    .map(([type, { pending }]) => ({
      type,
      pending,
      hasHandler: Object.hasOwn(values.queue.handlers, type),
      isPaused: stats.paused.includes(type) || stats.paused.includes('*'),
    }));
  return { dryRun: true, pending: byType.reduce((sum, each) => sum + each.pending, 0), byType };
}

function progressText(counts: ProcessCounts, elapsedMs: number): string {
  const rate = Math.round((counts.processed * 1000) / Math.max(1, elapsedMs));
  const failed = counts.failed > 0 ? `, ${formatNumber(counts.failed)} failed` : '';
  return `${plural(counts.processed, 'job')}${failed}, ${formatNumber(rate)}/s`;
}

export function renderProcess(result: ProcessResult, screen: Screen): string {
  const rate = `${formatNumber(result.jobsPerSecond)} jobs/s`;
  return [
    `${screen.heading('queue process')}: ${plural(result.processed, 'job')} in ${formatMs(result.durationMs)}${result.processed > 0 ? `, ${rate}` : ''}`,
    '',
    screen.pairs([
      ['completed', formatNumber(result.completed)],
      ['failed, will be retried', formatNumber(result.retried)],
      ['dead letters', formatNumber(result.deadLettered)],
      ['still due', formatNumber(result.remaining)],
    ]),
  ].join('\n');
}

function renderPreview({ pending, byType }: ProcessPreview, screen: Screen): string {
  if (pending === 0) return 'dry run: no job is due';
  const table = screen.table(
    [{ title: 'type', flexible: true }, { title: 'due', align: 'right' }, { title: 'would be' }],
    byType.map((each) => [
      each.type,
      each.pending,
      each.isPaused ? 'left: paused' : each.hasHandler ? 'run' : 'a dead letter: no handler',
    ]),
  );
  return `dry run: ${plural(pending, 'job')} due, nothing was changed\n\n${table}`;
}
