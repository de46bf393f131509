import { statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import { serverErrorNumber } from '../database/server-errors.ts';
import type { Session } from '../database/types.ts';
import { ScalectlError } from '../errors.ts';
import { formatBytes } from '../output/text.ts';
import type { Table } from './schema.ts';

/** While it is built an index is there twice: sorted in temporary files, and in its pages. */
const copies = 2;

/** Free bytes where the server keeps its data, or why they are not known. */
export type FreeSpace =
  { readonly bytes: number; readonly why: null } | { readonly bytes: null; readonly why: string };

/**
 * Free space where the server keeps its data: as MariaDB's plugin DISKS tells, else as the file system tells when the
 * server is on this host.
 */
export async function readFreeSpace(session: Session): Promise<FreeSpace> {
  const [server] = await session.read<{ folder: string; host: string }>(
    '/* scalectl:optimize-db */ SELECT @@datadir AS folder, @@hostname AS host',
  );
  if (!server) return { bytes: null, why: 'the server does not tell where its data is' };
  const bytes = await freeByPlugin(session, server.folder);
  return bytes === null ? freeByFileSystem(server) : { bytes, why: null };
}

/** `readFreeSpace`, null where it is not known. */
export async function readFreeBytes(session: Session): Promise<number | null> {
  return (await readFreeSpace(session)).bytes;
}

/** Builds are not held up where the free space is not known; their reader is to look. Null when it is known. */
export function tellUnknownSpace(builtBytes: readonly number[], free: FreeSpace): string | null {
  if (free.bytes !== null || builtBytes.length === 0) return null;
  const most = formatBytes(Math.max(...builtBytes) * copies);
  return `free disk space: ${free.why}; building the largest index proposed here takes about ${most}`;
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

/**
 * Free space of a folder, when the host that has it is this one. An address on loopback is no proof of that: it may
 * be a tunnel or a container's port.
 */
export async function freeByFileSystem(server: {
  folder: string;
  host: string;
}): Promise<FreeSpace> {
  if (server.host !== hostname())
    return { bytes: null, why: `the data is on the host ${server.host}` };
  try {
    const { bavail, bsize } = await statfs(server.folder);
    return { bytes: bavail * bsize, why: null };
  } catch (error) {
    // Behind another account's permissions, or in a container.
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    return { bytes: null, why: `the data folder ${server.folder} cannot be looked at${code}` };
  }
}
