import { once } from 'node:events';
import http from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import net from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { atEndOfFile } from './cleanups.ts';

export interface TestSite {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  /** Requests, or for raw servers connections, seen so far. */
  seen: number;
  stop(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse, site: TestSite) => void;

/** A web server on loopback; stopped at the end of the test file, or earlier by `stop`. */
export async function startSite(handler: Handler): Promise<TestSite> {
  const server = http.createServer((request, response) => {
    site.seen++;
    handler(request, response, site);
  });
  server.keepAliveTimeout = 30_000;
  const site = await listen(server, () => server.closeAllConnections());
  return site;
}

/** A server below HTTP: gets each connection as it is. */
export async function startRawServer(
  onConnection: (socket: Socket, site: TestSite) => void,
): Promise<TestSite> {
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    site.seen++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // The other side may cut the connection at any moment.
    socket.on('error', () => socket.destroy());
    onConnection(socket, site);
  });
  const site = await listen(server, () => {
    for (const socket of sockets) socket.destroy();
  });
  return site;
}

/** A port on which nothing listens any more. */
export async function refusedUrl(): Promise<string> {
  const site = await startRawServer((socket) => socket.destroy());
  await site.stop();
  return site.url;
}

/** Answers each request on a raw connection with the bytes that `answer` returns for it; null: no answer. */
export function startRawSite(
  answer: (requestNumber: number, socket: Socket) => string | null,
): Promise<TestSite> {
  return startRawServer((socket) => {
    let text = '';
    let requests = 0;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
        text = text.slice(end + 4);
        const reply = answer(++requests, socket);
        if (reply !== null && socket.writable) socket.write(reply, 'latin1');
      }
    });
  });
}

export const okAnswer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** Servers that fail in one way each. */
export const faultySites = {
  resets: () => startRawServer((socket) => socket.once('data', () => socket.resetAndDestroy())),
  closesWithoutAnswer: () => startRawServer((socket) => socket.once('data', () => socket.end())),
  hangs: () => startRawServer((socket) => socket.resume()),
  talksGarbage: () => startRawSite(() => '\x15\x03\x01\x00\x02 what did you say?\r\n\r\n'),
  dripsOneByteASecond: () =>
    startRawServer((socket) => {
      let sent = 0;
      socket.once('data', () => {
        const timer = setInterval(() => socket.write(okAnswer[sent++] ?? 'x'), 1000);
        socket.on('close', () => clearInterval(timer));
      });
    }),
  endsTooEarly: () =>
    startRawSite((_, socket) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', 'latin1');
      return null;
    }),
  answers: (status: number, body = '') =>
    startSite((_, response) => response.writeHead(status).end(body)),
  diesInPhp: () =>
    startSite((_, response) =>
      response.end(
        '<html><br />\n<b>Fatal error</b>:  Uncaught mysqli_sql_exception: Too many connections',
      ),
    ),
};

/** Servers that answer well, in unusual ways. */
export const unusualSites = {
  chunked: () =>
    startSite((_, response) => {
      response.write('first ');
      setImmediate(() => response.end('second'));
    }),
  untilClose: () =>
    startRawSite((_, socket) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nto the end', 'latin1');
      return null;
    }),
  /** Announces the end with its fifth answer on a connection. */
  fiveAnswersAConnection: () =>
    startRawSite((request, socket) => {
      if (request < 5) return okAnswer;
      socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok', 'latin1');
      return null;
    }),
  /** Cuts a connection without a word when its sixth request comes, as an idle timeout in the wrong moment does. */
  cutsKeptAliveConnections: () =>
    startRawSite((request, socket) => {
      if (request < 6) return okAnswer;
      socket.destroy();
      return null;
    }),
};

async function listen(server: http.Server | net.Server, closeAll: () => void): Promise<TestSite> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  let isStopped = false;
  const stop = async (): Promise<void> => {
    if (isStopped) return;
    isStopped = true;
    const closed = once(server, 'close');
    server.close();
    closeAll();
    await closed;
  };
  atEndOfFile(stop);
  return { url: `http://127.0.0.1:${port}`, port, seen: 0, stop };
}
