import net from 'node:net';
import tls from 'node:tls';
import { kindOfSocketError } from '../failure-kinds.ts';
import type { FailureKind } from '../failure-kinds.ts';
import type { BodySample } from './body-sample.ts';
import { MalformedResponse } from './response-head.ts';
import type { ResponseHead } from './response-head.ts';
import { ResponseParser } from './response-parser.ts';

/** Where to connect. The address is fixed once it was found safe: a name could point elsewhere a second later. */
export interface Endpoint {
  address: string;
  port: number;
  /** Null for plain HTTP. */
  tls: TlsEndpoint | null;
}

export interface TlsEndpoint {
  servername: string;
  verifyCertificate: boolean;
  /** The session of an earlier connection, so that the next handshake is a short one. */
  session: Buffer | undefined;
}

export interface RequestFailure {
  kind: FailureKind;
  /** Nothing of an answer came, on a connection that had carried answers: it died while it was idle. */
  isStaleConnection: boolean;
}

export interface ConnectionOwner {
  onAnswer(head: ResponseHead, body: BodySample): void;
  onFailure(failure: RequestFailure): void;
}

/** All reads of all connections go through one buffer: the parser keeps nothing of it. */
const readBuffer = Buffer.allocUnsafeSlow(65_536);

/**
 * One connection of one user: a request, its answer, the next request. When it ends between two requests, `isOpen`
 * turns false and nobody is told.
 */
export class Connection {
  /** Answers that it has carried so far. */
  answers = 0;

  readonly #socket: net.Socket;
  readonly #owner: ConnectionOwner;
  readonly #parser = new ResponseParser();
  #isWaiting = false;
  #isConnected = false;
  #isClosed = false;

  constructor(endpoint: Endpoint, owner: ConnectionOwner) {
    this.#owner = owner;
    this.#socket = endpoint.tls
      ? this.#openTls(endpoint, endpoint.tls)
      : this.#openPlain(endpoint.address, endpoint.port);
    this.#socket.setNoDelay(true);
    this.#socket.on('error', (error) => this.#fail(kindOfSocketError(error)));
    this.#socket.on('end', () => this.#end());
    this.#socket.on('close', () => this.#fail('connection-closed'));
  }

  /** Another request can be sent on it. */
  get isOpen(): boolean {
    return !this.#isClosed && !this.#isWaiting;
  }

  /** Before the handshake is done a request only waits for it. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** @param keepBytes how much of the answer's body is wanted */
  send(request: string | Buffer, method: string, keepBytes: number): void {
    this.#parser.expect(method, keepBytes);
    this.#isWaiting = true;
    if (typeof request === 'string') this.#socket.write(request, 'latin1');
    else this.#socket.write(request);
  }

  /** Drops the connection and tells nobody. */
  close(): void {
    this.#isWaiting = false;
    this.#isClosed = true;
    this.#socket.destroy();
  }

  #openPlain(host: string, port: number): net.Socket {
    const socket = net.connect({
      host,
      port,
      onread: {
        buffer: readBuffer,
        callback: (sizeBytes) => {
          this.#read(readBuffer.subarray(0, sizeBytes));
          return true;
        },
      },
    });
    socket.once('connect', () => (this.#isConnected = true));
    return socket;
  }

  #openTls(endpoint: Endpoint, options: TlsEndpoint): tls.TLSSocket {
    const socket = tls.connect({
      host: endpoint.address,
      port: endpoint.port,
      servername: net.isIP(options.servername) === 0 ? options.servername : '',
      rejectUnauthorized: options.verifyCertificate,
      ALPNProtocols: ['http/1.1'],
      session: options.session,
      checkServerIdentity: (_name, certificate) =>
        tls.checkServerIdentity(options.servername, certificate),
    });
    socket.once('secureConnect', () => (this.#isConnected = true));
    socket.on('session', (session) => (options.session = session));
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
    return socket;
  }

  #read(bytes: Buffer): void {
    if (this.#isClosed) return;
    // An answer that nobody asked for, such as Apache's 408 on an idle connection: no longer of use.
    if (!this.#isWaiting) return this.close();
    let used: number;
    try {
      used = this.#parser.push(bytes);
    } catch (error) {
      if (!(error instanceof MalformedResponse)) throw error;
      return this.#fail('bad-response');
    }
    if (this.#parser.isDone) this.#answer(used === bytes.length);
  }

  #end(): void {
    if (this.#isWaiting && this.#parser.end()) this.#answer(false);
    else this.#fail('connection-closed');
  }

  #answer(isClean: boolean): void {
    const { head, body } = this.#parser;
    if (!head) return;
    this.#isWaiting = false;
    this.answers++;
    if (!isClean || !head.keepAlive) this.close();
    this.#owner.onAnswer(head, body);
  }

  #fail(kind: FailureKind): void {
    if (this.#isClosed) return;
    const wasWaiting = this.#isWaiting;
    const wasStale = this.answers > 0 && !this.#parser.started;
    this.close();
    if (!wasWaiting) return;
    const isLoss = kind === 'connection-closed' || kind === 'connection-reset';
    this.#owner.onFailure({ kind, isStaleConnection: isLoss && wasStale });
  }
}
