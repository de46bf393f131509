import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';

export interface LogLimits {
  maxSizeBytes: number;
  retentionMs: number;
}

/** The log of an entry, open for one run. */
export interface RunLog {
  /** Output of the run. What goes beyond the size limit of one log is left out, and said so once. */
  readonly write: (chunk: Buffer) => void;
  /** A line of the schedule itself, with its time. */
  readonly note: (text: string) => void;
  readonly close: () => Promise<void>;
}

/**
 * Opens a log to append to. It begins anew when it is full or its first line is older than the retention; the old one
 * gets the time into its name, and such logs are deleted when nothing was written to them for the retention.
 */
export async function openRunLog(file: string, limits: LogLimits, now: Date): Promise<RunLog> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o750 });
  await rotate(file, limits, now);
  await deleteOld(file, limits, now);
  const stream = createWriteStream(file, { flags: 'a', mode: 0o640 });
  let failure: Error | null = null;
  // A full disk must not stop the queue: the run goes on, and close() tells.
  stream.on('error', (error) => {
    failure ??= error;
  });
  let leftBytes = limits.maxSizeBytes;
  const line = (text: string): void => {
    stream.write(`${new Date().toISOString()} scalectl ${text}\n`);
  };
  return {
    note: line,
    write: (chunk) => {
      if (leftBytes <= 0) return;
      stream.write(chunk.subarray(0, leftBytes));
      leftBytes -= chunk.length;
      if (leftBytes <= 0) {
        stream.write('\n');
        line(`the rest of this run's output is left out: schedule.log.maxSize is reached`);
      }
    },
    close: async () => {
      stream.end();
      await finished(stream).catch((error: unknown) => {
        failure ??= error as Error;
      });
      if (failure) throw failure;
    },
  };
}

async function rotate(file: string, limits: LogLimits, now: Date): Promise<void> {
  const info = await stat(file).catch(ignoreMissing);
  if (!info) return;
  const begun = (await firstTime(file)) ?? info.birthtimeMs;
  if (info.size < limits.maxSizeBytes && now.getTime() - begun < limits.retentionMs) return;
  const { dir, name, ext } = path.parse(file);
  const time = now.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  await rename(file, path.join(dir, `${name}-${time}${ext}`));
}

/** The time in the first line, in milliseconds; the birth time of a file is not kept everywhere. */
async function firstTime(file: string): Promise<number | null> {
  await using handle = await open(file, 'r');
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(24), 0, 24, 0);
  const time = Date.parse(buffer.toString('latin1', 0, bytesRead));
  return Number.isNaN(time) ? null : time;
}

async function deleteOld(file: string, limits: LogLimits, now: Date): Promise<void> {
  const { dir, name, ext } = path.parse(file);
  for (const other of await readdir(dir)) {
    const isRotated =
      other.startsWith(`${name}-`) && other.endsWith(ext) && /-\d{8}T\d{6}Z\./.test(other);
    if (!isRotated) continue;
    const info = await stat(path.join(dir, other)).catch(ignoreMissing);
    if (info && now.getTime() - info.mtimeMs >= limits.retentionMs) {
      await rm(path.join(dir, other), { force: true });
    }
  }
}

function ignoreMissing(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
  throw error;
}
