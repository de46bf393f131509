import * as v from 'valibot';
import { parseDuration } from '../quantity.ts';
import { duration, integer, size, structure } from '../setting.ts';

const day = 86_400_000;

/** How the jobs of one type are run. */
export interface HandlerSettings {
  /** Program and arguments. The job comes as JSON on its standard input. */
  command: readonly string[];
  /** Milliseconds; unset: queue.handlerTimeout. */
  timeout?: number | undefined;
  /** Unset: queue.maxAttempts. */
  maxAttempts?: number | undefined;
}

const timeText = v.pipe(
  v.string(),
  v.transform(parseDuration),
  v.number(),
  v.minValue(100),
  v.maxValue(7 * day),
);

const handlers: v.GenericSchema<unknown, Readonly<Record<string, HandlerSettings>>> = v.record(
  v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  v.strictObject({
    command: v.pipe(v.array(v.string()), v.minLength(1)),
    timeout: v.optional(timeText),
    maxAttempts: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100))),
  }),
);

export const queue = {
  handlers: structure<Readonly<Record<string, HandlerSettings>>>({
    default: {},
    allowed:
      'an object: job type → {"command": ["php", "handlers/mail.php"], "timeout": "30s", "maxAttempts": 5}; timeout and maxAttempts may be left out',
    schema: handlers,
    meaning:
      'What runs the jobs of each type. The command gets the job as JSON on standard input and ends with 0 (done), 75 (later) or another code (failed). It runs in the folder of the configuration file.',
  }),
  concurrency: integer({
    default: 4,
    min: 1,
    max: 1000,
    unit: 'jobs',
    meaning: 'How many jobs one queue process runs at once.',
  }),
  maxAttempts: integer({
    default: 3,
    min: 1,
    max: 100,
    unit: 'attempts',
    meaning: 'After so many failed attempts a job goes to the dead letters.',
  }),
  handlerTimeout: duration({
    default: 300_000,
    minMs: 100,
    maxMs: 7 * day,
    meaning: 'A handler that takes longer is ended, and the attempt has failed.',
  }),
  retry: {
    firstDelay: duration({
      default: 30_000,
      minMs: 0,
      maxMs: day,
      meaning:
        'Pause after the first failed attempt. It doubles with each further one, and varies by a fifth.',
    }),
    maxDelay: duration({
      default: 3_600_000,
      minMs: 0,
      maxMs: 30 * day,
      meaning: 'Longest pause between two attempts.',
    }),
  },
  leaseTime: duration({
    default: 20_000,
    minMs: 1000,
    maxMs: 3_600_000,
    meaning:
      'A worker that does not report for this long counts as dead: its jobs go to others. A living one reports three times as often.',
  }),
  stopGrace: duration({
    default: 10_000,
    minMs: 0,
    maxMs: 3_600_000,
    meaning:
      'How long running jobs may go on when the run is to stop (Ctrl-C, SIGTERM, --max-time); then they are ended and put back.',
  }),
  pollInterval: duration({
    default: 100,
    minMs: 10,
    maxMs: 60_000,
    meaning: 'How often queue process --watch looks for new jobs while it has none.',
  }),
  retention: duration({
    default: 7 * day,
    minMs: 60_000,
    maxMs: 3650 * day,
    meaning:
      'How long completed and cancelled jobs are kept. Dead letters are kept until somebody decides.',
  }),
  maxDataSize: size({
    default: 1024 ** 2,
    minBytes: 1024,
    maxBytes: 16 * 1024 ** 2 - 1,
    meaning: 'Largest data that queue add and queue import accept for one job.',
  }),
  outputSize: size({
    default: 4096,
    minBytes: 256,
    maxBytes: 1024 ** 2,
    meaning: 'How much of the end of what a handler writes is kept: as result, or with the error.',
  }),
};
