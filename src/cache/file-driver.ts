import { createHash, randomBytes } from 'node:crypto';
import { open, realpath, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { ScalectlError } from '../errors.ts';
import { clearFolder, surveyFolder } from './file-folder.ts';
import type {
  CacheCounters,
  CacheDriver,
  CacheFolder,
  KeyDescription,
  Page,
  StoredValue,
} from './driver.ts';
import { fileFailure } from './file-errors.ts';
import { formatEntry, readEntryFile } from './file-entry.ts';
import type { FileEntry } from './file-entry.ts';
import { tooLong } from './too-long.ts';
import { decodeBeginning, decodeValue } from './value-format.ts';

/**
 * The platform's cache in a folder: `<md5(key)>.cache`, each the PHP-serialized array {value, expires, created}.
 * The key of a file cannot be told from its name.
 * @param options.folder must be there: a mistyped one is not created
 * @throws ScalectlError `config-invalid` without the folder, `privilege-missing` where it may not be entered
 */
export async function openFileDriver(options: {
  folder: string;
  prefix: string;
  now?: () => number;
}): Promise<CacheDriver> {
  const folder = await resolveFolder(options.folder);
  return new FileDriver(folder, options.prefix, options.now ?? Date.now);
}

class FileDriver implements CacheDriver {
  readonly name = 'file';
  readonly label: string;
  readonly confirmNames: readonly string[];
  readonly keyspace = null;
  readonly folder: CacheFolder;
  private readonly prefix: string;
  private readonly now: () => number;

  constructor(folder: string, prefix: string, now: () => number) {
    this.label = folder;
    this.confirmNames = [path.basename(folder), folder];
    this.prefix = prefix;
    this.now = now;
    this.folder = {
      survey: (given) => surveyFolder(folder, now(), given?.signal),
      clear: (given) => clearFolder(folder, given),
    };
  }

  async counters(): Promise<CacheCounters> {
    const { live, liveBytes, expired, expiredBytes } = await this.folder.survey();
    return {
      keys: live + expired,
      memoryBytes: liveBytes + expiredBytes,
      hits: null,
      misses: null,
      evictedKeys: null,
      expiredKeys: null,
      uptimeMs: null,
    };
  }

  async describe(key: string, page: Page): Promise<KeyDescription | null> {
    const entry = await this.liveEntry(key);
    if (!entry) return null;
    const isPartial = entry.bytes.length > page.maxBytes;
    return {
      key,
      type: 'string',
      ttlMs: this.ttlOf(entry),
      sizeBytes: entry.sizeBytes,
      ...(isPartial
        ? decodeBeginning(entry.bytes.subarray(0, page.maxBytes))
        : decodeValue(entry.bytes)),
      lengthBytes: entry.bytes.length,
      members: null,
      isPartial,
      serverEncoding: null,
      idleMs: null,
    };
  }

  async read(key: string, maxBytes: number): Promise<StoredValue | null> {
    const entry = await this.liveEntry(key);
    if (!entry) return null;
    if (entry.bytes.length > maxBytes) throw tooLong(entry.bytes.length, maxBytes);
    return { bytes: entry.bytes, ttlMs: this.ttlOf(entry) };
  }

  /** Written beside it and renamed: a reader sees the old value or the new one, never a part. */
  async write(key: string, bytes: Buffer, ttlMs: number | null): Promise<void> {
    const target = this.fileOf(key);
    const draft = `${target}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await this.writeDraft(draft, formatEntry(bytes, ttlMs, this.now()));
      await rename(draft, target);
    } catch (error) {
      await unlink(draft).catch(ignoreMissing);
      throw fileFailure(error, target);
    }
  }

  private async writeDraft(draft: string, content: Buffer): Promise<void> {
    const handle = await open(draft, 'wx', 0o666);
    try {
      await handle.writeFile(content);
      await giveToOwner(handle, this.label);
    } finally {
      await handle.close();
    }
  }

  async delete(keys: readonly string[]): Promise<string[]> {
    const removed: string[] = [];
    for (const key of keys) {
      const wasThere = await unlink(this.fileOf(key)).then(() => true, ignoreMissing);
      if (wasThere) removed.push(key);
    }
    return removed;
  }

  async present(keys: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    for (const key of keys) {
      const { state } = await readEntryFile(this.fileOf(key));
      if (state === 'entry' || state === 'torn') found.push(key);
    }
    return found;
  }

  private async liveEntry(key: string): Promise<FileEntry | null> {
    const file = this.fileOf(key);
    const read = await readEntryFile(file).catch((error: unknown) => {
      throw fileFailure(error, file);
    });
    switch (read.state) {
      case 'missing':
        return null;
      case 'entry':
        return this.isExpired(read.entry) ? null : read.entry;
      case 'foreign':
        throw new ScalectlError('refused', `${file} is a link or no file; it is not followed`);
      case 'torn':
        throw new ScalectlError('input-invalid', `the cache file ${file} is torn: ${read.reason}`, {
          hint: 'The platform treats it as missing. scalectl cache delete KEY removes it.',
        });
    }
  }

  private isExpired({ expiresAt }: FileEntry): boolean {
    return expiresAt !== null && expiresAt <= this.now();
  }

  private ttlOf({ expiresAt }: FileEntry): number | null {
    return expiresAt === null ? null : expiresAt - this.now();
  }

  private fileOf(key: string): string {
    const name = createHash('md5').update(this.prefix).update(key).digest('hex');
    return path.join(this.label, `${name}.cache`);
  }
}

async function resolveFolder(folder: string): Promise<string> {
  try {
    const real = await realpath(folder);
    if ((await stat(real)).isDirectory()) return real;
    throw new ScalectlError('config-invalid', `cache.dir names ${folder}, which is no folder`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new ScalectlError('config-invalid', `cache.dir names ${folder}, which does not exist`, {
        hint: 'The platform creates it at its first use: is the path right? scalectl config explain cache.dir',
        cause: error,
      });
    }
    throw fileFailure(error, folder);
  }
}

/** Run as root, the file must still be the web server's to replace and remove. */
async function giveToOwner(
  handle: Awaited<ReturnType<typeof open>>,
  folder: string,
): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(folder);
  await handle.chown(uid, gid);
}

function ignoreMissing(error: unknown): false {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
  throw fileFailure(error, (error as NodeJS.ErrnoException).path ?? 'the cache file');
}
