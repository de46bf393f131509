import { createReadStream } from 'node:fs';
import { ScalectlError } from '../../../errors.ts';
import { SlowLogEntries } from './entries.ts';
import { SlowLogFold } from './fold.ts';
import { linesOf } from './lines.ts';

const pieceBytes = 256 * 1024;

/**
 * Reads a slow log of any size as a stream.
 * @throws ScalectlError `input-invalid` for a file that cannot be read, that is compressed, or that is no slow log
 */
export async function readSlowLogFile(
  file: string,
  { database, signal }: { database: string; signal: AbortSignal },
): Promise<SlowLogFold> {
  const fold = new SlowLogFold(database);
  const entries = new SlowLogEntries((entry) => fold.add(entry));
  let isBeginning = true;
  try {
    const pieces = createReadStream(file, { encoding: 'utf8', highWaterMark: pieceBytes, signal });
    for await (const lines of linesOf(pieces)) {
      const first = lines[0]?.text ?? '';
      // Gzip begins with 1f 8b; the second byte is no UTF-8.
      if (isBeginning && first.startsWith('\u001f')) {
        throw invalid(file, 'it is compressed', 'Unpack it first: gunzip --keep FILE');
      }
      isBeginning &&= lines.length === 0;
      for (const line of lines) entries.add(line);
    }
  } catch (error) {
    if (error instanceof ScalectlError) throw error;
    signal.throwIfAborted();
    throw invalid(file, error instanceof Error ? error.message : String(error), usualHint);
  }
  entries.end();
  if (fold.entries === 0 && entries.strayLines > 0) {
    throw invalid(file, 'it is no slow log: no line begins with "# Query_time:"', usualHint);
  }
  return fold;
}

const usualHint = 'The server names it: SELECT @@slow_query_log_file';

function invalid(file: string, why: string, hint: string): ScalectlError {
  return new ScalectlError('input-invalid', `cannot use the slow log ${file}: ${why}`, { hint });
}
