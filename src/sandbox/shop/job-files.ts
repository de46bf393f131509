import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ScalectlError } from '../../errors.ts';
import { toCompactDay } from './calendar.ts';
import { createPerson } from './names.ts';
import { createRandom } from './random.ts';
import type { Random } from './random.ts';
import { createSampler } from './skew.ts';

export interface JobFilesOptions {
  /** Created when it is not there; refused when it holds anything. */
  folder: string;
  /** Jobs that are due; all types and priorities occur from 6 on. */
  pending: number;
  seed: number;
  now: Date;
}

/** Files written, by what is in them. */
export interface JobFileCounts {
  pending: number;
  /** Pending, but due only later. */
  scheduled: number;
  completed: number;
  failed: number;
  /** Cut off in the middle of their JSON, as a full disk leaves them. */
  torn: number;
  notJson: number;
}

/** The types in use on the platform, with how often each comes. */
const jobTypes = [
  { type: 'send_email', weight: 0.5 },
  { type: 'update_inventory', weight: 0.18 },
  { type: 'process_payment', weight: 0.15 },
  { type: 'generate_report', weight: 0.1 },
  { type: 'cleanup_cache', weight: 0.05 },
  { type: 'backup_database', weight: 0.02 },
] as const;

type JobType = (typeof jobTypes)[number]['type'];

/** The platform's job file: times in Unix seconds. */
interface Job {
  id: string;
  type: JobType;
  /** An object; PHP writes an empty one as `[]`. */
  data: Record<string, unknown> | [];
  priority: 'high' | 'normal' | 'low';
  status: 'pending' | 'completed' | 'failed';
  created_at: number;
  scheduled_at: number;
  attempts: number;
  max_attempts: number;
  error: string | null;
  completed_at?: number;
  result?: unknown;
}

const otherCounts = { scheduled: 4, completed: 6, failed: 3, torn: 1, notJson: 1 };

/**
 * Writes a folder of jobs as the platform's file queue keeps them, one file a job. The same seed and `now` give the
 * same files, byte for byte. No job does harm when it is run: addresses end in `.example`.
 * @throws ScalectlError `refused` when the folder is not empty
 */
export async function writeJobFiles(options: JobFilesOptions): Promise<JobFileCounts> {
  const { folder } = options;
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) {
    throw new ScalectlError('refused', `${folder} is not empty; no job files were written.`, {
      hint: 'Name a folder that does not exist yet.',
    });
  }
  const random = createRandom(options.seed, 'jobs');
  const now = Math.floor(options.now.getTime() / 1000);
  const counts = { pending: options.pending, ...otherCounts };
  const jobs = createJobs(counts, now, random);
  for (const job of jobs) await writeFile(path.join(folder, `${job.id}.json`), toFileText(job));
  await writeBrokenFiles(folder, now, random);
  return counts;
}

function createJobs(counts: JobFileCounts, now: number, random: Random): Job[] {
  const drawType = createSampler(jobTypes.map(({ weight }) => weight));
  // One of each first, so that a short queue has all types too.
  const typeAt = (index: number): JobType =>
    (jobTypes[index] ?? jobTypes[drawType(random)] ?? jobTypes[0]).type;
  const create = (type: JobType): Job => createPendingJob(type, now, random);
  const times = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
  return [
    ...times(counts.pending).map((index) => create(typeAt(index))),
    ...times(counts.scheduled).map((index) => ({
      ...create('send_email'),
      scheduled_at: now + (index + 1) * 3600,
    })),
    ...times(counts.completed).map(() => completed(create(typeAt(jobTypes.length)), random)),
    ...times(counts.failed).map(() => failed(create('process_payment'))),
  ];
}

function createPendingJob(type: JobType, now: number, random: Random): Job {
  const createdAt = now - random.between(60, 4 * 3600);
  return {
    id: createJobId(createdAt, random),
    type,
    data: createData(type, now, random),
    priority: random.chance(0.15) ? 'high' : random.chance(0.25) ? 'low' : 'normal',
    status: 'pending',
    created_at: createdAt,
    scheduled_at: createdAt,
    attempts: 0,
    max_attempts: 3,
    error: null,
  };
}

function completed(job: Job, random: Random): Job {
  const completedAt = job.created_at + random.between(1, 50);
  return { ...job, status: 'completed', attempts: 1, completed_at: completedAt, result: true };
}

function failed(job: Job): Job {
  return { ...job, status: 'failed', attempts: 3, error: 'Payment gateway did not answer' };
}

function createData(type: JobType, now: number, random: Random): Job['data'] {
  switch (type) {
    case 'send_email':
      return createEmail(random);
    case 'generate_report':
      return {
        report_type: random.pick(['sales', 'gst', 'stock', 'retailers']),
        month: toCompactDay(now).slice(0, 6),
      };
    case 'process_payment':
      return { payment_id: random.between(1, 5_000) };
    case 'update_inventory':
      return { product_id: random.between(1, 200), change: random.between(-24, 240) };
    case 'backup_database':
      return { tables: ['orders', 'payments', 'bills'] };
    case 'cleanup_cache':
      return [];
  }
}

/** One in four as the platform's older code wrote it, with `email` for `to`. */
function createEmail(random: Random): Record<string, unknown> {
  const person = createPerson(random, random.between(1, 400));
  const subject = random.pick([
    'Your order is confirmed',
    'Your bill is ready',
    'Payment received',
  ]);
  const body = `Dear ${person.name},\n\n${subject}. Thank you for ordering.\n`;
  if (random.chance(0.25)) return { email: person.email, subject, message: body };
  return { to: person.email, subject, body, headers: { 'Content-Type': 'text/plain' } };
}

/** As PHP's `uniqid('job_', true)`: seconds and microseconds in hexadecimal, a point and eight digits. */
function createJobId(createdAt: number, random: Random): string {
  const micros = random.between(0, 999_999).toString(16).padStart(5, '0');
  const entropy = String(random.between(0, 99_999_999)).padStart(8, '0');
  return `job_${createdAt.toString(16)}${micros}.${entropy}`;
}

/** As PHP's `json_encode` with JSON_PRETTY_PRINT: four spaces, and a backslash before each slash. */
function toFileText(job: Job): string {
  return JSON.stringify(job, null, 4).replaceAll('/', '\\/');
}

async function writeBrokenFiles(folder: string, now: number, random: Random): Promise<void> {
  const torn = createPendingJob('send_email', now, random);
  const half = toFileText(torn).slice(0, 150);
  await writeFile(path.join(folder, `${torn.id}.json`), half);
  const notJson = createJobId(now, random);
  const text = '<br />\n<b>Warning</b>: Undefined array key "type" in queue.php on line 88\n';
  await writeFile(path.join(folder, `${notJson}.json`), text);
}
