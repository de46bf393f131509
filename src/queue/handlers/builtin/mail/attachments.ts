import { readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';

export interface Attachment {
  filename: string;
  content: Buffer;
}

export interface AttachmentRules {
  /** null: nothing may be attached. */
  folder: string | null;
  /** Of all attachments of a mail. */
  maxBytes: number;
}

/**
 * Reads the files that a job attaches. Links are followed first: what counts is where a file really lies.
 * @param files relative to the folder
 * @returns why not, in one sentence, when one of them may not be sent
 */
export async function readAttachments(
  files: readonly string[],
  { folder, maxBytes }: AttachmentRules,
): Promise<Attachment[] | string> {
  if (files.length === 0) return [];
  if (folder === null) return 'mail.attachmentsDir is not set, so nothing can be attached';
  const root = await realpath(folder);
  const attachments: Attachment[] = [];
  let bytes = 0;
  for (const file of files) {
    const real = await realpath(path.resolve(root, file)).catch(() => null);
    if (real === null) return `the attachment ${file} is not there`;
    if (!real.startsWith(root + path.sep)) {
      return `the attachment ${file} lies outside of mail.attachmentsDir`;
    }
    const found = await stat(real);
    if (!found.isFile()) return `the attachment ${file} is no file`;
    bytes += found.size;
    if (bytes > maxBytes) return `the attachments are larger than mail.maxAttachmentSize`;
    attachments.push({ filename: path.basename(file), content: await readFile(real) });
  }
  return attachments;
}
