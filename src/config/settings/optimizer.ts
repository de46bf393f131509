import * as v from 'valibot';
import { parseMonths } from '../quantity.ts';
import { boolean, duration, integer, number, path, structure } from '../setting.ts';

/** Months by table. */
type Retention = Readonly<Record<string, number>>;

const retention: v.GenericSchema<unknown, Retention> = v.record(
  v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  v.pipe(v.string(), v.transform(parseMonths), v.number()),
);

export const optimizer = {
  maxStatements: integer({
    default: 200,
    min: 1,
    max: 10_000,
    unit: 'statements',
    meaning: 'Most statements of the workload to judge; those that take the most time come first.',
  }),
  maxIndexes: integer({
    default: 10,
    min: 1,
    max: 100,
    unit: 'indexes',
    meaning: 'Most new indexes that one run tries; the others wait for the next run.',
  }),
  minGain: number({
    default: 2,
    min: 1.2,
    max: 100,
    unit: 'times',
    meaning:
      'A new index stays only if a statement gets at least so many times faster. Below 2 is within what measuring the same plan twice shows.',
  }),
  proofPairs: integer({
    default: 7,
    min: 5,
    max: 51,
    unit: 'pairs',
    meaning:
      'How often each statement is timed with and without a new index, in turn; the medians are compared.',
  }),
  statementTimeout: duration({
    default: 10_000,
    minMs: 100,
    maxMs: 600_000,
    meaning:
      'How long one execution of a statement may take while an index is proven; a longer one counts with this time.',
  }),
  proofTime: duration({
    default: 120_000,
    minMs: 1000,
    maxMs: 3_600_000,
    meaning:
      'How long the statements that prove one new index may take on the server altogether; one that would take longer is not timed.',
  }),
  maxTime: duration({
    default: 300_000,
    minMs: 1000,
    maxMs: 86_400_000,
    meaning:
      'How long all proofs of one run may take together, with their pauses: run without a terminal, timed statements keep the server busy for a tenth of the time at most. What is left waits for the next run.',
  }),
  rejectedFor: duration({
    default: 30 * 86_400_000,
    minMs: 0,
    maxMs: 3650 * 86_400_000,
    meaning: 'How long a rejected index is not tried again, unless its table has doubled since.',
  }),
  shadowCopy: boolean({
    default: true,
    meaning:
      'Judge an index for a large table on a copy of some of its rows first, in the same database, so that a hopeless one is never built on the table itself.',
  }),
  shadowFrom: integer({
    default: 100_000,
    min: 1000,
    max: 1_000_000_000,
    unit: 'rows',
    meaning:
      'Tables from this many rows on get such a copy; on smaller ones an index is tried at once.',
  }),
  unusedAfter: duration({
    default: 7 * 86_400_000,
    minMs: 1000,
    maxMs: 3650 * 86_400_000,
    meaning:
      'How long the server must have counted without a use before an index is named as unused. Take longer than the time between two runs of the most seldom work, such as a monthly report.',
  }),
  partitions: {
    ahead: integer({
      default: 3,
      min: 1,
      max: 60,
      unit: 'months',
      meaning:
        'Months behind the current one that a table with monthly partitions must have a partition for.',
    }),
    retention: structure<Retention>({
      default: {},
      allowed:
        'an object: table → whole months or years to keep, such as {"visits": "24m", "orders_archive": "7y"}',
      schema: retention,
      meaning:
        'Partitions that are older are dropped, with their rows, by partitions maintain and by each run of optimize-db. Only tables that are named here, and only whole months.',
    }),
    exportTo: path({
      default: null,
      meaning:
        'Folder for the rows of partitions that retention drops: each is written to a compressed file of SQL before, and dropped only when the file is whole and its rows are the same still. null: dropped without.',
    }),
    exportLock: duration({
      default: 1000,
      minMs: 100,
      maxMs: 600_000,
      meaning:
        'Longest time that writers of a table may wait while the rows of an exported partition are compared once more before it is dropped. Not done in time, the partition stays.',
    }),
  },
};
