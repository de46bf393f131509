import { readFileSync } from 'node:fs';
import { ScalectlError } from '../errors.ts';

/** Node's own files, the database and Redis connections of the same process, and some room. */
const reservedDescriptors = 100;
/** Windows' dynamic ports, 49152 to 65535. */
const windowsPorts = 16_384;

/** How many connections to one address this machine allows; null where that cannot be told. */
export interface ConnectionLimits {
  descriptors: number | null;
  ports: number | null;
}

/** Node raises its soft limit to the hard one when it starts: what is read here is all there is. */
export function readConnectionLimits(): ConnectionLimits {
  if (process.platform === 'win32') return { descriptors: null, ports: windowsPorts };
  if (process.platform !== 'linux') return { descriptors: null, ports: null };
  return {
    descriptors: firstNumber(readSystemFile('/proc/self/limits'), /^Max open files\s+(\d+)/m),
    ports: portCount(readSystemFile('/proc/sys/net/ipv4/ip_local_port_range')),
  };
}

/**
 * Refuses a run that would run out of descriptors or ports in the middle, and would then measure that.
 * @throws ScalectlError `operation-failed`
 */
export function checkConnectionLimits(users: number, limits: ConnectionLimits): void {
  const { descriptors, ports } = limits;
  if (descriptors !== null && users > descriptors - reservedDescriptors) {
    throw new ScalectlError(
      'operation-failed',
      `${users} users need ${users} connections, but this process may open ${descriptors} files`,
      {
        hint: `Raise the limit with "ulimit -Hn ${users + reservedDescriptors}" (as root), or test with at most ${Math.max(0, descriptors - reservedDescriptors)} users.`,
      },
    );
  }
  if (ports !== null && users > ports) {
    throw new ScalectlError(
      'operation-failed',
      `${users} users need ${users} local ports, but this machine has ${ports} for one target`,
      { hint: `Test with at most ${ports} users, or widen the range of local ports.` },
    );
  }
}

function readSystemFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // A container may hide it: then the limit is unknown, and the run tells by itself when it is reached.
    return '';
  }
}

function firstNumber(text: string, pattern: RegExp): number | null {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? null : Number(found);
}

function portCount(text: string): number | null {
  const [low, high] = text.trim().split(/\s+/).map(Number);
  return low !== undefined && high !== undefined ? high - low + 1 : null;
}
