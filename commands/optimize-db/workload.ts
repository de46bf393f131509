import { ScalectlError } from '../../src/errors.ts';

/**
 * The text of the file of --workload; null without one.
 * @throws ScalectlError `input-invalid`
 */
export async function readWorkload(file: string | undefined): Promise<string | null> {
  if (file === undefined) return null;
  const { readFile, stat } = await import('node:fs/promises');
  const { largestWorkloadBytes } = await import('../../src/optimizer/evidence/workload-file.ts');
  const { formatBytes } = await import('../../src/output/text.ts');
  try {
    const { size } = await stat(file);
    if (size <= largestWorkloadBytes) return await readFile(file, 'utf8');
    throw new ScalectlError('input-invalid', `${file} has ${formatBytes(size)}`, {
      hint: `A workload file may have ${formatBytes(largestWorkloadBytes)}; a few hundred statements are enough.`,
    });
  } catch (error) {
    if (error instanceof ScalectlError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new ScalectlError('input-invalid', `cannot read the workload file: ${why}`, {
      hint: 'It holds SQL statements, each ended by a semicolon, or one a line.',
      cause: error,
    });
  }
}

/** A file name as it can be typed again. */
export function shellWord(file: string): string {
  return /^[\w./:\\@-]+$/.test(file) ? file : `"${file.replaceAll(/["$`\\]/g, '\\$&')}"`;
}
