import { ScalectlError } from '../../errors.ts';
import type { JobId, NewJob } from '../job.ts';
import type { QueueStore } from '../store.ts';
import { readJobLine, readJobRequest } from './new-job.ts';
import { propertyText } from './property-text.ts';

export interface AddResult {
  /** In the order in which they were given; of a duplicate, the id of the job that has its key. */
  ids: JobId[];
  added: number;
  duplicates: number;
}

export interface AddFromLinesOptions {
  store: QueueStore;
  /** Lines of JSON: `{"type":…,"data":…,"priority":…}` */
  lines: AsyncIterable<string> | Iterable<string>;
  dataBytes: number;
  /** Only checks. */
  isDryRun?: boolean;
  signal?: AbortSignal;
  onProgress?: (added: number) => void;
}

/** Rows of one transaction. Larger ones gain nothing and hold the log longer. */
const jobsAtOnce = 1000;

/**
 * Adds the jobs of a file of lines, a thousand a transaction, in bounded memory but for the ids.
 * @throws ScalectlError `input-invalid` that names the line; the jobs of the thousands before it are in the queue then,
 *   which the message says
 */
export async function addFromLines(options: AddFromLinesOptions): Promise<AddResult> {
  const { store, dataBytes } = options;
  const result: AddResult = { ids: [], added: 0, duplicates: 0 };
  let batch: NewJob[] = [];
  let number = 0;
  const flush = async (): Promise<void> => {
    await addTo(result, store, batch, options.isDryRun === true);
    batch = [];
    options.onProgress?.(result.added);
  };
  for await (const text of options.lines) {
    number += 1;
    if (text.trim() === '') continue;
    if (options.signal?.aborted) {
      throw new ScalectlError('interrupted', `stopped before line ${number}; ${added(result)}`);
    }
    const read = readLine(text, dataBytes);
    if ('problem' in read) {
      throw new ScalectlError(
        'input-invalid',
        `line ${number}: ${read.problem}; ${added(result)}`,
        {
          hint:
            number > jobsAtOnce
              ? 'Mend the line and leave out the lines before it that are added.'
              : 'Mend the line and run it again.',
        },
      );
    }
    batch.push(read.job);
    if (batch.length === jobsAtOnce) await flush();
  }
  await flush();
  return result;
}

/** Adds jobs and sums up what came of it. */
export async function addJobs(
  store: QueueStore,
  jobs: readonly NewJob[],
  isDryRun: boolean,
): Promise<AddResult> {
  const result: AddResult = { ids: [], added: 0, duplicates: 0 };
  await addTo(result, store, jobs, isDryRun);
  return result;
}

async function addTo(
  result: AddResult,
  store: QueueStore,
  jobs: readonly NewJob[],
  isDryRun: boolean,
): Promise<void> {
  if (isDryRun) {
    result.added += jobs.length;
    return;
  }
  for (const { id, isDuplicate } of await store.add(jobs)) {
    result.ids.push(id);
    if (isDuplicate) result.duplicates += 1;
    else result.added += 1;
  }
}

function readLine(text: string, dataBytes: number): { job: NewJob } | { problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'it is not JSON' };
  }
  const read = readJobLine(value);
  if ('problem' in read) return read;
  const { type, data, priority, at, unique, maxAttempts } = read.line;
  return readJobRequest(
    {
      type,
      data: propertyText(text, 'data', data),
      priority,
      delayMs: read.delayMs,
      at,
      unique,
      uniqueForMs: read.uniqueForMs,
      maxAttempts,
    },
    { dataBytes },
  );
}

function added({ ids }: AddResult): string {
  return ids.length === 0 ? 'nothing was added' : `the ${ids.length} jobs before are in the queue`;
}
