import { formatDuration } from '../../../config/quantity.ts';
import type { Config } from '../../../config/settings/index.ts';
import { ScalectlError } from '../../../errors.ts';
import { failed, failedForGood } from '../attempt.ts';
import type { Attempt, Handler, RunnableJob } from '../handler.ts';
import { readAddress } from './mail/addresses.ts';
import { readAttachments } from './mail/attachments.ts';
import { isThisMachine, Mailer } from './mail/mailer.ts';
import type { Sent } from './mail/mailer.ts';
import { readMail } from './mail/read-mail.ts';
import type { Mail } from './mail/read-mail.ts';

/** Handlers that keep connections open between jobs. */
export type ClosableHandler = Handler & Disposable;

/**
 * The built-in handler `send_email`. The Message-ID is the same at each attempt of a job, so that a mail which was
 * taken just before its worker died is known again by those who receive it.
 * @throws ScalectlError `config-missing`, `config-invalid` when no mail can be sent with these settings
 */
export function createEmailHandler(
  settings: Config['mail'],
  { timeoutMs }: { timeoutMs: number },
): ClosableHandler {
  const { host, from } = checkSettings(settings);
  const idle: Mailer[] = [];
  const send = async (job: RunnableJob, mail: Mail, signal: AbortSignal): Promise<Attempt> => {
    const files = await readAttachments(mail.attachments, {
      folder: settings.attachmentsDir,
      maxBytes: settings.maxAttachmentSize,
    });
    if (typeof files === 'string') return failedForGood('error', files, null);
    const mailer = idle.pop() ?? (await Mailer.open(settings, host, timeoutMs));
    let ended: Attempt | null = null;
    const endWith = (attempt: Attempt): void => {
      ended = attempt;
      mailer[Symbol.dispose]();
    };
    const limit = formatDuration(timeoutMs);
    const timeout = failed('timeout', `the mail was not sent within ${limit}`, null);
    const timer = setTimeout(() => endWith(timeout), timeoutMs);
    const onAbort = (): void => endWith({ kind: 'aborted' });
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      const { text, html, attachments: _, ...fields } = mail;
      const sent = await mailer.send({
        ...fields,
        ...(text === null ? {} : { text }),
        ...(html === null ? {} : { html }),
        from,
        attachments: files,
        messageId: `<scalectl-job-${job.id}-${job.createdAt.getTime()}@${domainOf(from.address)}>`,
      });
      idle.push(mailer);
      return { kind: 'done', result: resultOf(sent) };
    } catch (error) {
      mailer[Symbol.dispose]();
      return ended ?? attemptOf(error as SmtpError);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  };
  return {
    run: (job, signal) => {
      const mail = readMail(JSON.parse(job.data));
      return typeof mail === 'string'
        ? failedForGood('error', mail, null)
        : send(job, mail, signal);
    },
    [Symbol.dispose]: () => {
      for (const mailer of idle.splice(0)) mailer[Symbol.dispose]();
    },
  };
}

function checkSettings({ host, from, security, username }: Config['mail']) {
  if (host === null || from === null) {
    const missing = host === null ? 'mail.host' : 'mail.from';
    throw new ScalectlError('config-missing', `the handler send_email needs ${missing}`, {
      hint: '"mail": {"host": "smtp.example.com", "username": "shop", "password": {"env": "MAIL_PASSWORD"}, "from": "Shop <shop@example.com>"}',
    });
  }
  const sender = readAddress(from);
  if (!sender) throw new ScalectlError('config-invalid', 'mail.from is no mail address');
  if (security === 'off' && username !== null && !isThisMachine(host)) {
    throw new ScalectlError(
      'config-invalid',
      'mail.security is off: the password would go over the network for everyone to read',
      { hint: 'Set mail.security to starttls or tls, or leave mail.username out.' },
    );
  }
  return { host, from: sender };
}

/** An error of nodemailer. */
interface SmtpError extends Error {
  code?: string;
  command?: string;
  responseCode?: number;
  response?: string;
  rejectedErrors?: SmtpError[];
}

/**
 * What a failure means. A 5xx answer to the mail itself, its sender or all of its recipients would come again: a dead
 * letter at once. 4xx, no connection, and a refused login, which is not the job's fault, may pass: with a retry.
 */
function attemptOf(error: SmtpError): Attempt {
  const refusals = error.rejectedErrors ?? [error];
  const isOfMail = ['MAIL FROM', 'RCPT TO', 'DATA', 'API'].includes(error.command ?? '');
  const isFinal =
    isOfMail &&
    refusals.every(({ responseCode = 0 }) => responseCode >= 500 && responseCode <= 599);
  const answer = refusals.find(({ response }) => response !== undefined)?.response ?? error.message;
  const message = answer.replaceAll(/\s+/g, ' ').slice(0, 500);
  return (isFinal ? failedForGood : failed)('error', `the mail server: ${message}`, null);
}

/** A mail that some have got is not sent again to all: who was refused stands in the result. */
function resultOf({ accepted, rejected, response }: Sent): string {
  const to = `${accepted.length} accepted`;
  return `${to}${rejected.length > 0 ? `, refused: ${rejected.join(', ')}` : ''}; ${response}`;
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}
