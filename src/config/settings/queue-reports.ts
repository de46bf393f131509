import * as v from 'valibot';

/** A report that jobs may name. */
export interface ReportSettings {
  /** One statement that reads; each `?` takes one of the parameters, in order. */
  sql: string;
  /** Fields of a job's data. */
  parameters?: readonly string[] | undefined;
  /** Unset: csv. */
  format?: 'csv' | 'ndjson' | undefined;
}

/** The value of `queue.reports.queries`. A name becomes a part of a file's name. */
export const reports: v.GenericSchema<unknown, Readonly<Record<string, ReportSettings>>> = v.record(
  v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/)),
  v.strictObject({
    sql: v.pipe(v.string(), v.minLength(1)),
    parameters: v.optional(v.array(v.pipe(v.string(), v.minLength(1)))),
    format: v.optional(v.picklist(['csv', 'ndjson'])),
  }),
);

export const allowedReports =
  'an object: name of a report (letters, digits, _ and -) → {"sql": "SELECT … WHERE month = ?", "parameters": ["month"], "format": "csv" or "ndjson"}';
