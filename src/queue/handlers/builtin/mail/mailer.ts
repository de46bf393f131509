import { readFileSync } from 'node:fs';
import net from 'node:net';
import type { Socket } from 'node:net';
import type { Transporter } from 'nodemailer';
import type Mail from 'nodemailer/lib/mailer/index.js';
import type SMTPPool from 'nodemailer/lib/smtp-pool/index.js';
import type { Config } from '../../../../config/settings/index.ts';

export type Sent = SMTPPool.SentMessageInfo;

/**
 * One connection to the mail server, which stays open between mails. It has a socket of its own making, as
 * nodemailer has no way to end a mail that is under way.
 */
export class Mailer implements Disposable {
  readonly #transport: Transporter<Sent>;
  #socket: Socket | null = null;

  private constructor(create: (open: SMTPPool.Options['getSocket']) => Transporter<Sent>) {
    this.#transport = create(({ host = '', port = 0 }, callback) => {
      const socket = net.connect({ host, port: Number(port) });
      this.#socket = socket;
      const onError = (error: Error): void => callback(error, null);
      socket.once('error', onError);
      socket.once('connect', () => {
        socket.off('error', onError);
        callback(null, { connection: socket });
      });
    });
  }

  /** @param idleMs after so long without a word from the server a mail has failed */
  static async open(settings: Config['mail'], host: string, idleMs: number): Promise<Mailer> {
    const { default: nodemailer } = await import('nodemailer');
    const { port, security, username, password, ca } = settings;
    return new Mailer((getSocket) =>
      nodemailer.createTransport({
        pool: true,
        maxConnections: 1,
        // A server that closes a connection after so many mails does it between two of them.
        maxMessages: 100,
        host,
        port,
        secure: security === 'tls',
        requireTLS: security === 'starttls' && !isThisMachine(host),
        ignoreTLS: security === 'off',
        tls: {
          minVersion: 'TLSv1.2',
          servername: net.isIP(host) === 0 ? host : '',
          ...(ca === null ? {} : { ca: readFileSync(ca) }),
        },
        ...(username === null ? {} : { auth: { user: username, pass: password ?? '' } }),
        connectionTimeout: idleMs,
        greetingTimeout: idleMs,
        socketTimeout: idleMs,
        // What is sent stands in the job, or is read from the folder of attachments: nothing else.
        disableFileAccess: true,
        disableUrlAccess: true,
        ...(getSocket ? { getSocket } : {}),
      }),
    );
  }

  send(mail: Mail.Options): Promise<Sent> {
    return this.#transport.sendMail(mail);
  }

  /** Ends a mail that is under way too. */
  [Symbol.dispose](): void {
    this.#transport.close();
    this.#socket?.destroy();
  }
}

/** Whether a server runs on this machine, where nobody can listen in between. */
export function isThisMachine(host: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(host);
}
