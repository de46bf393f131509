import { choice, integer, path, secret, size, text } from '../setting.ts';

export const mail = {
  host: text({
    default: null,
    meaning: 'Mail server (SMTP) that the built-in handler send_email gives its mails to.',
  }),
  port: integer({
    default: 587,
    min: 1,
    max: 65535,
    meaning: 'TCP port of the mail server: 587 for starttls, 465 for tls.',
  }),
  security: choice({
    default: 'starttls',
    choices: ['starttls', 'tls', 'off'],
    meaning:
      'Encryption to the mail server: starttls (required, but for a server on this machine); tls from the first byte; off, which gives a password to nobody but this machine. The certificate is checked.',
  }),
  ca: path({
    default: null,
    meaning: 'PEM file of the certificate authority of the mail server.',
  }),
  username: text({ default: null, meaning: 'User at the mail server; unset, without login.' }),
  password: secret({ meaning: 'Password at the mail server.' }),
  from: text({
    default: null,
    meaning:
      'Sender of all mails: shop@example.com, or Shop <shop@example.com>. A job cannot change it.',
  }),
  attachmentsDir: path({
    default: null,
    meaning: 'Folder whose files jobs may attach; unset, nothing is attached.',
  }),
  maxAttachmentSize: size({
    default: 10 * 1024 ** 2,
    minBytes: 1024,
    maxBytes: 100 * 1024 ** 2,
    meaning: 'Largest sum of the attachments of one mail.',
  }),
};
