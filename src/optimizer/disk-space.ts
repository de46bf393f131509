import { statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import { serverErrorNumber } from '../database/server-errors.ts';
import type { Session } from '../database/types.ts';
import { ScalectlError } from '../errors.ts';
import { formatBytes } from '../output/text.ts';
import type { Table } from './schema.ts';

/** While it is built an index is there twice: sorted in temporary files, and in its pages. */
const copies = 2;

/**
 * Free bytes where the server keeps its data: as MariaDB's plugin DISKS tells, else as the file system tells when the
 * server is on this host.
 * @returns null where neither tells
 */
export async function readFreeBytes(session: Session): Promise<number | null> {
  const [server] = await session.read<{ folder: string; host: string }>(
    '/* scalectl:optimize-db */ SELECT @@datadir AS folder, @@hostname AS host',
  );
  if (!server) return null;
  return (await freeByPlugin(session, server.folder)) ?? (await freeByFileSystem(server));
}

/** Why an index of this size cannot be built; null when it fits, or when nobody tells how much room there is. */
export function whyNoRoom(indexBytes: number, freeBytes: number | null): string | null {
  if (freeBytes === null || indexBytes * copies <= freeBytes) return null;
  return `building it takes about ${formatBytes(indexBytes * copies)} of disk, and the server has ${formatBytes(freeBytes)} free`;
}

/**
 * Why a table cannot be copied; null when it can, or when nobody tells how much room there is. Its indexes are
 * counted as when they are built. What is written meanwhile comes on top.
 */
export function whyNoRoomForCopy(table: Table, freeBytes: number | null): string | null {
  const copyBytes = copyBytesOf(table);
  if (freeBytes === null || copyBytes <= freeBytes) return null;
  return `the copy takes about ${formatBytes(copyBytes)} of disk, and the server has ${formatBytes(freeBytes)} free`;
}

/** What the copy of a table needs at most, without what is written meanwhile. */
export function copyBytesOf({ dataBytes, indexBytes }: Table): number {
  return dataBytes + indexBytes * copies;
}

async function freeByPlugin(session: Session, folder: string): Promise<number | null> {
  try {
    const disks = await session.read<{ path: string; availableKib: number | string }>(
      '/* scalectl:optimize-db */ SELECT Path AS path, Available AS availableKib FROM information_schema.DISKS',
    );
    const [nearest] = disks
      .filter(({ path }) => folder.startsWith(path))
      .sort((a, b) => b.path.length - a.path.length);
    return nearest ? Number(nearest.availableKib) * 1024 : null;
  } catch (error) {
    const isRefused = error instanceof ScalectlError && serverErrorNumber(error) !== null;
    if (!isRefused || error.code === 'database-unreachable') throw error;
    return null;
  }
}

async function freeByFileSystem(server: { folder: string; host: string }): Promise<number | null> {
  if (server.host !== hostname()) return null;
  try {
    const { bavail, bsize } = await statfs(server.folder);
    return bavail * bsize;
  } catch {
    // Behind another account's permissions, or in a container: not to be known from here.
    return null;
  }
}
