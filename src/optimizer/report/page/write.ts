import writeFileAtomic from 'write-file-atomic';
import { ScalectlError } from '../../../errors.ts';
import type { ReportResult } from '../result.ts';
import { renderPage } from './page.ts';

/**
 * Writes the report as one page, in one step. Only the owner may read it: statements hold values.
 * @throws ScalectlError `operation-failed`
 */
export async function writePage(file: string, report: ReportResult): Promise<void> {
  const page = await renderPage(report);
  try {
    await writeFileAtomic(file, page, { mode: 0o600 });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ScalectlError('operation-failed', `cannot write ${file}: ${why}`, {
      hint: 'Is there such a folder, and may this account write into it?',
      cause: error,
    });
  }
}
