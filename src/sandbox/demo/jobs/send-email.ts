import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { Job } from './tools.ts';
import { textOf } from './tools.ts';

/** Writes the message into the folder `outbox` instead of sending it. Older code of the platform names the fields otherwise. */
export const sendEmail: Job = async (data, { id, openFolder }) => {
  const to = textOf(data, 'to') ?? textOf(data, 'email');
  if (to === null) throw new Error('the message has no address');
  const subject = textOf(data, 'subject') ?? '(no subject)';
  const body = textOf(data, 'body') ?? textOf(data, 'message') ?? '';
  const outbox = await openFolder('outbox');
  const headers = [`To: ${to}`, `Subject: ${subject}`, 'Content-Type: text/plain; charset=utf-8'];
  const message = `${headers.map(oneLine).join('\n')}\n\n${body}`;
  await writeFile(path.join(outbox, `${id.replaceAll(/[^\w.-]/g, '_')}.eml`), message);
  return `to ${to}: ${subject}`;
};

/** A line break in an address would begin another header. */
function oneLine(header: string): string {
  return header.replaceAll(/[\r\n]+/g, ' ');
}
