import type { AddResult } from '../../src/queue/intake/add-from-lines.ts';
import { ScalectlError } from '../../src/errors.ts';
import { plural } from '../../src/output/text.ts';
import type { Context } from '../context.ts';
import { defineCommand } from '../define.ts';
import { duration, integer, optionalArgument, parsed, text } from '../option.ts';
import { openLines, readData } from './input.ts';
import { openQueueForChange } from './open.ts';

type AddCommandResult = AddResult & { dryRun: boolean };

export const add = defineCommand({
  name: 'add',
  summary: 'put a job into the queue, or a file of them',
  description:
    'With --unique the job is added only while no waiting or running job has that key; the answer is then the number of that job; --unique-for keeps the key taken for that time from now, also when the job is completed before. --from reads lines such as {"type":"send_email","data":{"to":"a@b.example"},"priority":"high","delay":"5m"}, a thousand a transaction.',
  changes: 'data',
  arguments: { type: optionalArgument('[TYPE]', 'what the job is, such as send_email') },
  options: {
    data: text('--data <JSON>', 'the data: JSON, @FILE, or - for standard input (default {})'),
    priority: parsed(
      '--priority <P>',
      'high, normal, low, or a number from 0 (first) to 255',
      readPriority,
    ),
    delay: duration('--delay <TIME>', 'run it after this time'),
    at: text('--at <TIME>', 'run it then, such as 2027-01-31T06:00:00Z'),
    unique: text('--unique <KEY>', 'only one waiting or running job may have this key'),
    uniqueFor: duration('--unique-for <TIME>', 'with --unique: for at least this time'),
    maxAttempts: integer('--max-attempts <N>', 'attempts before it is a dead letter', {
      min: 1,
      max: 100,
    }),
    from: text('--from <FILE>', 'a file with a job a line; - for standard input'),
  },
  examples: [
    {
      command: `scalectl queue add send_email --data '{"to":"a@b.example","subject":"Hello"}'`,
      does: 'adds one job',
    },
    {
      command: 'scalectl queue add generate_report --data @report.json --at 2027-01-31T06:00:00Z',
      does: 'adds one for later',
    },
    {
      command: 'scalectl queue add cleanup_cache --unique cleanup --priority low',
      does: 'adds it unless one is waiting',
    },
    { command: 'scalectl queue add --from jobs.ndjson', does: 'adds a job a line' },
  ],
  run: async (context, { options, arguments: { type } }) => {
    const single = [
      'data',
      'priority',
      'delay',
      'at',
      'unique',
      'uniqueFor',
      'maxAttempts',
    ] as const;
    if (options.from !== undefined) {
      const beside = type ?? single.find((name) => options[name] !== undefined);
      if (beside !== undefined) {
        throw new ScalectlError('usage', '--from stands alone', {
          hint: 'Type, data and the rest of a job stand in its line.',
        });
      }
      return outcome(await addLines(context, options.from), context);
    }
    if (type === undefined) {
      throw new ScalectlError('usage', 'queue add needs a type, or --from', {
        hint: "scalectl queue add send_email --data '{…}'",
      });
    }
    return outcome(await addOne(context, { ...options, type }), context);
  },
  render: ({ ids, added, duplicates, dryRun }) => {
    if (dryRun) return `dry run: ${plural(added, 'job')} would be added`;
    const first = duplicates === 0 && ids.length === 1 ? `job ${ids[0]}` : plural(added, 'job');
    const known =
      duplicates === 0
        ? ''
        : `; ${plural(duplicates, 'job')} with a unique key that is taken${ids.length === 1 ? ` by job ${ids[0]}` : ''}`;
    return `added ${first}${known}`;
  },
});

interface OneJob {
  type: string;
  data: string | undefined;
  priority: string | number | undefined;
  delay: number | undefined;
  at: string | undefined;
  unique: string | undefined;
  uniqueFor: number | undefined;
  maxAttempts: number | undefined;
}

async function addOne(context: Context, given: OneJob): Promise<AddResult> {
  if (given.uniqueFor !== undefined && given.unique === undefined) {
    throw new ScalectlError('usage', '--unique-for goes with --unique');
  }
  const { values } = await context.config();
  const { readJobRequest } = await import('../../src/queue/intake/new-job.ts');
  const { addJobs } = await import('../../src/queue/intake/add-from-lines.ts');
  const { data, delay: delayMs, uniqueFor: uniqueForMs, ...rest } = given;
  const request = { ...rest, delayMs, uniqueForMs, data: await readData(data ?? '{}') };
  const read = readJobRequest(request, { dataBytes: values.queue.maxDataSize });
  if ('problem' in read) throw new ScalectlError('usage', read.problem);
  const store = await openQueueForChange(context);
  const result = await addJobs(store, [read.job], context.globals.dryRun);
  await announce(context, result);
  return result;
}

async function addLines(context: Context, from: string): Promise<AddResult> {
  const { values } = await context.config();
  const { addFromLines } = await import('../../src/queue/intake/add-from-lines.ts');
  const store = await openQueueForChange(context);
  context.progress.start('reading jobs');
  const result = await addFromLines({
    store,
    lines: await openLines(from),
    dataBytes: values.queue.maxDataSize,
    isDryRun: context.globals.dryRun,
    signal: context.signal,
    onProgress: (added) => context.progress.update(`${plural(added, 'job')} added`),
  });
  await announce(context, result);
  return result;
}

/** Wakes workers that watch. The jobs are in the queue already: when that fails, they are found a moment later. */
async function announce(context: Context, { added }: AddResult): Promise<void> {
  const { values } = await context.config();
  const { hasRedis } = await import('../../src/redis/configured.ts');
  if (added === 0 || context.globals.dryRun || !hasRedis(values.cache)) return;
  const { ringDoorbell } = await import('../../src/redis/doorbell.ts');
  try {
    await ringDoorbell(await context.redis(), values.cache);
  } catch (error) {
    context.warn(
      `the workers were not told, and find it by themselves: ${(error as Error).message}`,
    );
  }
}

function outcome(
  result: AddResult,
  { globals }: Context,
): { result: AddCommandResult; next?: string } {
  return {
    result: { ...result, dryRun: globals.dryRun },
    ...(globals.dryRun ? {} : { next: 'scalectl queue process' }),
  };
}

function readPriority(given: string): string | number {
  return /^\d+$/.test(given) ? Number(given) : given;
}
