import { once } from 'node:events';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerOptions } from 'smtp-server';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { createEmailHandler } from '../../src/queue/handlers/builtin/send-email.ts';
import { createCertificate } from '../support/certificate.ts';
import { freshDatabase } from '../support/database.ts';
import { runScalectl } from '../support/scalectl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runnableJob } from '../support/queue/runnable-job.ts';

const certificate = createCertificate();
const otherCa = path.join(await temporaryFolder(), 'other.pem');
await writeFile(otherCa, createCertificate().cert);
const open: SMTPServer[] = [];
afterAll(() => Promise.all(open.map((server) => new Promise<void>((end) => server.close(end)))));

interface Received {
  recipients: string[];
  source: string;
  isSecure: boolean;
  user: unknown;
}

/** A mail server on loopback, that speaks TLS after STARTTLS. */
async function startMailServer(more: SMTPServerOptions = {}) {
  const mails: Received[] = [];
  let connections = 0;
  const server = new SMTPServer({
    ...certificate,
    authOptional: true,
    onAuth: ({ username, password }, _, done) =>
      password === 'right' ? done(null, { user: username }) : done(new Error('Invalid login')),
    onConnect: (_, done) => {
      connections += 1;
      done();
    },
    onData: (stream, session, done) => {
      void text(stream).then((source) => {
        const recipients = session.envelope.rcptTo.map(({ address }) => address);
        mails.push({ recipients, source, isSecure: session.secure, user: session.user });
        done();
      });
    },
    ...more,
  });
  // A client that does not trust the certificate cuts the connection.
  server.on('error', () => undefined);
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as { port: number };
  return { port, mails, connections: () => connections };
}

async function handlerFor(port: number, environment: Record<string, string> = {}) {
  const ca = path.join(await temporaryFolder(), 'ca.pem');
  await writeFile(ca, certificate.cert);
  const { values } = await loadConfig({
    workingDirectory: '/',
    environment: {
      SCALECTL_MAIL_HOST: '127.0.0.1',
      SCALECTL_MAIL_PORT: String(port),
      SCALECTL_MAIL_CA: ca,
      SCALECTL_MAIL_FROM: 'Shop <shop@example.com>',
      ...environment,
    },
    discover: false,
  });
  return createEmailHandler(values.mail, { timeoutMs: 10_000 });
}

function jobOf(data: unknown, id = 7) {
  return runnableJob('send_email', data, id);
}

const never = new AbortController().signal;
const mail = { to: 'a@shop.example', subject: 'Bill ä', body: 'Thank you' };

/** An answer of the server, as smtp-server takes it. */
const answer = (responseCode: number, message: string): Error =>
  Object.assign(new Error(message), { responseCode });

describe('the built-in handler send_email', () => {
  it('sends the mail of the platform over TLS, logged in, and the next one on the same connection', async () => {
    const server = await startMailServer();
    using handler = await handlerFor(server.port, {
      SCALECTL_MAIL_USERNAME: 'shop',
      SCALECTL_MAIL_PASSWORD: 'right',
    });
    const first = await handler.run(jobOf(mail), never);
    expect(first).toMatchObject({
      kind: 'done',
      result: expect.stringMatching(/^1 accepted; 250/) as string,
    });
    await handler.run(jobOf({ ...mail, email: 'b@shop.example', to: undefined }, 8), never);
    expect(server.mails.map(({ recipients }) => recipients)).toEqual([
      ['a@shop.example'],
      ['b@shop.example'],
    ]);
    expect(server.mails[0]).toMatchObject({ isSecure: true, user: 'shop' });
    expect(server.mails[0]?.source).toContain('From: Shop <shop@example.com>');
    expect(server.mails[0]?.source).toContain('Subject: =?UTF-8?');
    expect(server.mails[0]?.source).toContain('Message-ID: <scalectl-job-7-0@example.com>');
    expect(server.connections()).toBe(1);
  });

  it('takes the header lines of mail(): HTML stays HTML, From stays the configured one', async () => {
    const server = await startMailServer();
    using handler = await handlerFor(server.port);
    const headers =
      'MIME-Version: 1.0\r\nContent-Type: text/html; charset=UTF-8\r\nFrom: x@evil.example\r\nReply-To: r@shop.example\r\nX-Order: 7\r\n';
    await handler.run(jobOf({ ...mail, body: '<b>hi</b>', headers }), never);
    const { source } = server.mails[0] ?? { source: '' };
    expect(source).toContain('Content-Type: text/html');
    expect(source).toContain('Reply-To: r@shop.example');
    expect(source).toContain('X-Order: 7');
    expect(source).not.toContain('evil');
  });

  it.each<[string, object, string]>([
    [
      'a second recipient in a line break',
      { to: 'a@b.example\r\nBcc: c@d.example' },
      'data.to is no mail address',
    ],
    ['two addresses in one', { to: 'a@b.example, c@d.example' }, 'data.to is no mail address'],
    ['no recipient', { to: [] }, 'data.to is missing'],
    [
      'a header in the subject',
      { subject: 'x\nBcc: c@d.example' },
      'data.subject is no text of one line',
    ],
    [
      'a header of the envelope',
      { headers: { Bcc: 'c@d.example' } },
      'data.headers names a header that a job may not set',
    ],
    [
      'a line break in a header',
      { headers: { 'X-A': 'x\r\nBcc: c@d.example' } },
      'data.headers holds a value that is no text of one line',
    ],
    [
      'an attachment without a folder',
      { attachments: ['a.pdf'] },
      'mail.attachmentsDir is not set, so nothing can be attached',
    ],
  ])('refuses %s: a dead letter at once, and no connection', async (_, change, message) => {
    const server = await startMailServer();
    using handler = await handlerFor(server.port);
    expect(await handler.run(jobOf({ ...mail, ...change }), never)).toMatchObject({
      kind: 'failed',
      isFinal: true,
      failure: { message },
    });
    expect(server.connections()).toBe(0);
  });

  it('attaches files of the folder alone, wherever links and dots lead', async () => {
    const folder = await temporaryFolder();
    const dir = path.join(folder, 'bills');
    await mkdir(dir);
    await writeFile(path.join(dir, 'bill.txt'), 'total: 7');
    await writeFile(path.join(folder, 'secret.txt'), 'x');
    await symlink(path.join(folder, 'secret.txt'), path.join(dir, 'link.txt'));
    const server = await startMailServer();
    using handler = await handlerFor(server.port, { SCALECTL_MAIL_ATTACHMENTS_DIR: dir });
    await handler.run(jobOf({ ...mail, attachments: 'bill.txt' }), never);
    expect(server.mails[0]?.source).toContain('filename=bill.txt');
    for (const file of ['../secret.txt', path.join(folder, 'secret.txt'), 'link.txt']) {
      expect(await handler.run(jobOf({ ...mail, attachments: [file] }), never)).toMatchObject({
        isFinal: true,
        failure: { message: `the attachment ${file} lies outside of mail.attachmentsDir` },
      });
    }
    expect(server.mails).toHaveLength(1);
  });

  it.each<[string, SMTPServerOptions, Record<string, string>, boolean | undefined, RegExp]>([
    [
      'a refused recipient is final',
      { onRcptTo: (_, __, done) => done(answer(550, 'No such user')) },
      {},
      true,
      /550 No such user/,
    ],
    [
      'a full mailbox may be emptied',
      { onRcptTo: (_, __, done) => done(answer(452, 'Mailbox full')) },
      {},
      undefined,
      /452 Mailbox full/,
    ],
    [
      'a refused login is not the fault of the job',
      {},
      { SCALECTL_MAIL_USERNAME: 'shop', SCALECTL_MAIL_PASSWORD: 'wrong-one' },
      undefined,
      /535 Invalid login/,
    ],
    [
      'a certificate that nobody vouches for is not trusted',
      {},
      { SCALECTL_MAIL_CA: otherCa },
      undefined,
      /certificate/,
    ],
  ])(
    'tells what passes from what does not: %s',
    async (_, server, environment, isFinal, message) => {
      const { port, mails } = await startMailServer(server);
      if (environment['SCALECTL_MAIL_CA']) {
        const other = path.join(await temporaryFolder(), 'other.pem');
        await writeFile(other, createCertificate().cert);
        environment = { SCALECTL_MAIL_CA: other };
      }
      using handler = await handlerFor(port, environment);
      const attempt = await handler.run(jobOf(mail), never);
      expect(attempt).toMatchObject({
        kind: 'failed',
        failure: { message: expect.stringMatching(message) as string },
      });
      expect('isFinal' in attempt ? attempt.isFinal : undefined).toBe(isFinal);
      expect(JSON.stringify(attempt)).not.toContain('wrong-one');
      expect(mails).toEqual([]);
    },
  );

  it('asks for TLS of any server that is not on this machine', async () => {
    const { port, mails } = await startMailServer({
      hideSTARTTLS: true,
      disabledCommands: ['STARTTLS'],
    });
    using here = await handlerFor(port);
    expect(await here.run(jobOf(mail), never)).toMatchObject({ kind: 'done' });
    // A name of this machine that is not known as one.
    using elsewhere = await handlerFor(port, { SCALECTL_MAIL_HOST: '0.0.0.0' });
    expect(await elsewhere.run(jobOf(mail), never)).toMatchObject({ kind: 'failed' });
    expect(mails).toHaveLength(1);
    await expect(
      handlerFor(port, {
        SCALECTL_MAIL_HOST: 'mail.example.com',
        SCALECTL_MAIL_SECURITY: 'off',
        SCALECTL_MAIL_USERNAME: 'shop',
      }),
    ).rejects.toMatchObject({ code: 'config-invalid' });
  });

  it('lets go of a server that does not answer when the run stops', async () => {
    const { port, connections } = await startMailServer({ onMailFrom: () => undefined });
    using handler = await handlerFor(port);
    const stop = new AbortController();
    const attempt = handler.run(jobOf(mail), stop.signal);
    while (connections() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    expect(await attempt).toEqual({ kind: 'aborted' });
  });

  it('is there in the built program, and config show masks the password', async () => {
    const server = await startMailServer();
    const database = await freshDatabase();
    const cwd = await temporaryFolder();
    await writeFile(path.join(cwd, 'ca.pem'), certificate.cert);
    await writeFile(
      path.join(cwd, 'scalectl.config.json'),
      JSON.stringify({
        mail: {
          host: '127.0.0.1',
          port: server.port,
          ca: 'ca.pem',
          username: 'shop',
          password: { env: 'SHOP_MAIL' },
          from: 'shop@example.com',
        },
        queue: { handlers: { send_email: { builtin: 'send_email' } } },
      }),
    );
    const options = { cwd, env: { SCALECTL_DB_URL: database.url, SHOP_MAIL: 'right' } };
    await runScalectl(['queue', 'add', 'send_email', '--data', JSON.stringify(mail)], options);
    const { stdout, stderr } = await runScalectl(['queue', 'process', '--json'], options);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, result: { completed: 1 } });
    expect(server.mails).toMatchObject([{ user: 'shop', isSecure: true }]);
    const shown = await runScalectl(['config', 'show', '--json'], options);
    expect(shown.stdout).toContain('mail.password');
    expect(shown.stdout).not.toContain('"right"');
  });
});
