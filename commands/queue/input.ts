import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { ScalectlError } from '../../src/errors.ts';

/** The value of --data: the text itself, `@FILE`, or `-` for standard input. */
export async function readData(given: string): Promise<string> {
  if (given === '-') return text(process.stdin);
  if (!given.startsWith('@')) return given;
  const file = given.slice(1);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** The lines of a file, or of standard input (`-`), one at a time. */
export async function openLines(file: string): Promise<AsyncIterable<string>> {
  if (file === '-') return createInterface({ input: process.stdin, crlfDelay: Infinity });
  const stream = createReadStream(file, 'utf8');
  await new Promise<void>((resolve, reject) => {
    stream.once('open', () => resolve());
    stream.once('error', (error) => reject(unreadable(file, error)));
  });
  return createInterface({ input: stream, crlfDelay: Infinity });
}

function unreadable(file: string, error: unknown): ScalectlError {
  const { code, message } = error as NodeJS.ErrnoException;
  const why = code === 'ENOENT' ? 'there is no such file' : message;
  return new ScalectlError('input-invalid', `${file} cannot be read: ${why}`, { cause: error });
}
