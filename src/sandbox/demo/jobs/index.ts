import path from 'node:path';

import { backupDatabase } from './backup-database.ts';
import { cleanupCache } from './cleanup-cache.ts';
import { generateReport } from './generate-report.ts';
import { processPayment } from './process-payment.ts';
import { sendEmail } from './send-email.ts';
import { withJobTools } from './tools.ts';
import type { Job, JobData } from './tools.ts';
import { updateInventory } from './update-inventory.ts';

/** What the platform's job types do in a demo: true work on the sandbox, and none outside it. */
const jobs = new Map<string, Job>([
  ['send_email', sendEmail],
  ['update_inventory', updateInventory],
  ['process_payment', processPayment],
  ['generate_report', generateReport],
  ['cleanup_cache', cleanupCache],
  ['backup_database', backupDatabase],
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
  const job = jobs.get(type);
  if (job === undefined) throw new Error(`the shop has no job ${type}`);
  const given = { id: String(id), folder: path.dirname(configFile), configFile };
  // PHP writes an object without fields as [].
  return withJobTools(given, (tools) => job(isObject(data) ? data : {}, tools));
}

function isObject(value: unknown): value is JobData {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
