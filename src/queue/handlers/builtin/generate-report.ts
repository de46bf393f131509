import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { formatDuration } from '../../../config/quantity.ts';
import type { Config } from '../../../config/settings/index.ts';
import type { ReportSettings } from '../../../config/settings/queue-reports.ts';
import type { Database } from '../../../database/types.ts';
import { ScalectlError } from '../../../errors.ts';
import { failed, failedForGood } from '../attempt.ts';
import type { Attempt, Handler, RunnableJob } from '../handler.ts';
import { toCsv, toNdjson } from './report/render.ts';
import type { Row } from './report/render.ts';

export interface ReportOptions {
  /** The settings `queue.reports`. */
  settings: Config['queue']['reports'];
  /**
   * Opens connections of the report's own: a long one must not take those by which the run keeps its jobs. The handler
   * closes it.
   */
  openDatabase: (signal: AbortSignal) => Promise<Database>;
  timeoutMs: number;
}

interface Request {
  name: string;
  report: ReportSettings;
  values: unknown[];
}

/**
 * The built-in handler `generate_report`: runs the statement that the configuration has under the name in
 * `data.report_type`, in a read-only transaction, and writes its rows into a file. The file's name is the same at each
 * attempt of a job, so a further one replaces what the first has written.
 * @throws ScalectlError `config-missing` without a folder
 */
export function createReportHandler({ settings, openDatabase, timeoutMs }: ReportOptions): Handler {
  const { dir, maxRows, queries } = settings;
  if (dir === null) {
    throw new ScalectlError(
      'config-missing',
      'the handler generate_report needs queue.reports.dir',
      {
        hint: '"reports": {"dir": "reports", "queries": {"stock": {"sql": "SELECT id, name FROM products"}}}',
      },
    );
  }
  const generate = async (job: RunnableJob, request: Request, stop: AbortSignal) => {
    const { name, report } = request;
    await using database = await openDatabase(stop);
    const rows = await readRows(database, request, { maxRows, timeoutMs, stop });
    if (rows.length > maxRows) {
      return failedForGood('error', `the report ${name} has more than ${maxRows} rows`, null);
    }
    const format = report.format ?? 'csv';
    const day = job.createdAt.toISOString().slice(0, 10);
    const file = `${name}-${day}-${job.id}.${format}`;
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const text = format === 'csv' ? toCsv(rows) : toNdjson(rows);
    await writeFileAtomic(path.join(dir, file), text, { mode: 0o600 });
    return { kind: 'done' as const, result: JSON.stringify({ file, rows: rows.length }) };
  };
  return {
    run: async (job, signal): Promise<Attempt> => {
      const request = readRequest(JSON.parse(job.data), queries);
      if (typeof request === 'string') return failedForGood('error', request, null);
      const stop = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      try {
        return await generate(job, request, stop);
      } catch (error) {
        if (signal.aborted) return { kind: 'aborted' };
        const limit = formatDuration(timeoutMs);
        return stop.aborted
          ? failed('timeout', `the report was not ready within ${limit}`, null)
          : failed('error', (error as Error).message, null);
      }
    },
  };
}

async function readRows(
  database: Database,
  { report, values }: Request,
  { maxRows, timeoutMs, stop }: { maxRows: number; timeoutMs: number; stop: AbortSignal },
): Promise<Row[]> {
  await using session = await database.pin();
  // What the server never sends fills no memory here.
  await session.write(`SET SESSION sql_select_limit = ${maxRows + 1}`);
  await session.write('START TRANSACTION READ ONLY');
  return await session.read<Row>(report.sql, values, { timeoutMs, signal: stop });
}

/** @returns why there is no such report, in one sentence */
function readRequest(data: unknown, queries: Config['queue']['reports']['queries']) {
  const fields = (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>;
  const name = fields['report_type'];
  if (typeof name !== 'string') return 'data.report_type is no name of a report';
  const report = Object.hasOwn(queries, name) ? queries[name] : undefined;
  if (!report) return `the report ${name.slice(0, 64)} is not in queue.reports.queries`;
  const values: unknown[] = [];
  for (const parameter of report.parameters ?? []) {
    const value = Object.hasOwn(fields, parameter) ? fields[parameter] : undefined;
    // The driver would write an object as SQL.
    if (!['string', 'number', 'boolean'].includes(typeof value)) {
      return `data.${parameter} is no text, number or boolean`;
    }
    values.push(value);
  }
  return { name, report, values };
}
