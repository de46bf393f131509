import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { ScalectlError } from '../../../errors.ts';

/**
 * Writes a compressed file that is there whole or not at all, whenever this is killed, for the account alone (0600).
 * It gets its name when it is on the disk and, read back, holds as many lines that begin with `(` as there are rows.
 * @throws ScalectlError `operation-failed` where it does not, or cannot be written
 */
export async function writeWhole(
  file: string,
  lines: AsyncIterable<string>,
  rows: number,
): Promise<void> {
  const draft = `${file}.partial`;
  try {
    const target = createWriteStream(draft, { mode: 0o600, flags: 'wx' });
    await pipeline(Readable.from(lines), createGzip(), target);
    await sync(draft);
    const written = await countRows(draft);
    if (written !== rows) {
      throw new ScalectlError('operation-failed', `${written} of ${rows} rows were exported`);
    }
    await rename(draft, file);
    await sync(path.dirname(file));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function countRows(file: string): Promise<number> {
  let rows = 0;
  const count = async (text: AsyncIterable<Buffer>): Promise<void> => {
    const input = Readable.from(text, { objectMode: false });
    for await (const line of createInterface({ input })) if (line.startsWith('(')) rows += 1;
  };
  await pipeline(createReadStream(file), createGunzip(), count);
  return rows;
}

/** Of a folder it makes the new name last; Windows cannot open one, and does without. */
async function sync(place: string): Promise<void> {
  const handle = await open(place, 'r').catch((error: unknown) => {
    if (process.platform === 'win32') return null;
    throw error;
  });
  await handle?.sync();
  await handle?.close();
}
