import path from 'node:path';

import { withJobTools } from './tools.ts';
import type { Job, JobData } from './tools.ts';

/**
 * What the platform's job types do in a demo: true work on the sandbox, and none outside it. Each is loaded when it is
 * asked for: half of the jobs are mails, and a database driver would be most of their start.
 */
const jobs: ReadonlyMap<string, () => Promise<Job>> = new Map([
  ['send_email', async () => (await import('./send-email.ts')).sendEmail],
  ['update_inventory', async () => (await import('./update-inventory.ts')).updateInventory],
  ['process_payment', async () => (await import('./process-payment.ts')).processPayment],
  ['generate_report', async () => (await import('./generate-report.ts')).generateReport],
  ['cleanup_cache', async () => (await import('./cleanup-cache.ts')).cleanupCache],
  ['backup_database', async () => (await import('./backup-database.ts')).backupDatabase],
]);

export const jobTypes: readonly string[] = [...jobs.keys()];

/**
 * Runs one job.
 * @param input as a command handler gets it: `{"id","type","data",…}`
 * @returns what was done, in a line
 * @throws Error with the reason when the job cannot be done
 */
export async function runShopJob(configFile: string, input: string): Promise<string> {
  const { id, type, data } = JSON.parse(input) as { id: unknown; type: string; data: unknown };
  const load = jobs.get(type);
  if (load === undefined) throw new Error(`the shop has no job ${type}`);
  const job = await load();
  const given = { id: String(id), folder: path.dirname(configFile), configFile };
  // PHP writes an object without fields as [].
  return withJobTools(given, (tools) => job(isObject(data) ? data : {}, tools));
}

function isObject(value: unknown): value is JobData {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
