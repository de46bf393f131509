import net from 'node:net';
import type { Endpoint } from './http/connection.ts';
import type { CheckedTarget } from './target.ts';

/** A second address is tried when the first has not answered by then. */
const attemptMs = 1000;

/**
 * Picks the address that all users connect to. A name such as localhost may have several of which only one is
 * listened on: the first that takes a connection, or the first of all when none does.
 */
export async function chooseEndpoint(
  target: CheckedTarget,
  verifyCertificate: boolean,
): Promise<Endpoint> {
  const [first = target.hostname, ...others] = target.addresses;
  let address = first;
  if (others.length > 0) {
    for (const candidate of target.addresses) {
      if ((await tryConnect(candidate, target.port)) === null) {
        address = candidate;
        break;
      }
    }
  }
  const tls = { servername: target.hostname, verifyCertificate, session: undefined };
  return { address, port: target.port, tls: target.isSecure ? tls : null };
}

/** @returns null when a connection came about, else what prevented it */
export function tryConnect(host: string, port: number): Promise<Error | null> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    const end = (error: Error | null): void => {
      socket.destroy();
      resolve(error);
    };
    socket.setTimeout(attemptMs, () => {
      end(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
    });
    socket.once('connect', () => end(null));
    socket.on('error', end);
  });
}
