import { boolean, duration, integer, list, path, size, structure } from '../setting.ts';
import { allowedHandlers, handlers } from './queue-handlers.ts';
import type { HandlerSettings } from './queue-handlers.ts';
import { allowedReports, reports } from './queue-reports.ts';
import type { ReportSettings } from './queue-reports.ts';

const day = 86_400_000;

export const queue = {
  handlers: structure<Readonly<Record<string, HandlerSettings>>>({
    default: {},
    allowed: allowedHandlers,
    schema: handlers,
    meaning:
      'What runs the jobs of each type: a command gets the job as JSON on standard input and ends with 0 (done), 75 (later) or another code (failed); a PHP file returns a function, which processes that stay call; an http address gets it by POST; a module exports a function. Files are looked for in the folder of the configuration file, and commands run there.',
  }),
  php: list({
    default: ['php'],
    allowed: 'PHP and its arguments, such as ["php", "-d", "memory_limit=256M"]',
    meaning:
      'The program that runs PHP handlers. A bare name is looked for on PATH and where XAMPP and others put it.',
  }),
  webhooks: {
    hosts: list({
      default: [],
      allowed: 'a list of host names such as hooks.example.com and *.example.com',
      meaning: 'The hosts that jobs of the built-in handler webhook may name. Without any, none.',
    }),
    allowPrivate: boolean({
      default: false,
      meaning:
        'Whether these hosts may have addresses of the own network or machine, and be called by http://.',
    }),
  },
  reports: {
    dir: path({
      default: null,
      meaning: 'Folder that the built-in handler generate_report writes its files into.',
    }),
    queries: structure<Readonly<Record<string, ReportSettings>>>({
      default: {},
      allowed: allowedReports,
      schema: reports,
      meaning:
        'The reports that jobs of generate_report may name. A job gives values for the parameters, never SQL.',
    }),
    maxRows: integer({
      default: 100_000,
      min: 1,
      max: 10_000_000,
      unit: 'rows',
      meaning: 'A report with more rows is not written, and its job is a dead letter.',
    }),
  },
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
