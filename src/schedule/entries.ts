import type { Config } from '../config/settings/index.ts';
import { formatDuration } from '../config/quantity.ts';
import { parseCron } from './cron-expression.ts';
import type { CronExpression } from './cron-expression.ts';

/** One part of the daily round. */
export interface ScheduleEntry {
  readonly name: EntryName;
  readonly does: string;
  /** What scalectl is called with: `['queue', 'process', '--max-time', '280s']`. */
  readonly arguments: readonly string[];
  readonly enabled: boolean;
  readonly cron: CronExpression;
  readonly timeLimitMs: number;
  /** Exit codes of a run that did its work, beside 0: a verdict is no failure of the schedule. */
  readonly doneExitCodes: readonly number[];
  /** The platform's PHP script that this entry stands in for; null when there was none. */
  readonly replaces: string | null;
}

export const entryNames = ['queue-process', 'optimize-db', 'health'] as const;

export type EntryName = (typeof entryNames)[number];

/** The daily round as the settings have it, switched-off entries included. */
export function listEntries(settings: Config['schedule']): ScheduleEntry[] {
  const { queueProcess, optimizeDb, health } = settings;
  return [
    {
      name: 'queue-process',
      does: 'drains the job queue',
      arguments: ['queue', 'process', '--max-time', formatDuration(queueProcess.maxTime)],
      enabled: queueProcess.enabled,
      cron: parseCron(queueProcess.cron),
      timeLimitMs: queueProcess.timeLimit,
      doneExitCodes: [1],
      replaces: 'process_queue.php',
    },
    {
      name: 'optimize-db',
      does: "runs the optimizer's safe steps",
      arguments: ['optimize-db'],
      enabled: optimizeDb.enabled,
      cron: parseCron(optimizeDb.cron),
      timeLimitMs: optimizeDb.timeLimit,
      doneExitCodes: [1],
      replaces: 'database_optimize.php',
    },
    {
      name: 'health',
      does: 'checks database, cache, queue and host',
      arguments: ['health'],
      enabled: health.enabled,
      cron: parseCron(health.cron),
      timeLimitMs: health.timeLimit,
      doneExitCodes: [1, 2, 3],
      replaces: null,
    },
  ];
}

/** `schedule.queueProcess.cron` */
export function entrySetting(entry: EntryName, name: 'cron' | 'enabled' | 'timeLimit'): string {
  return `schedule.${entry.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())}.${name}`;
}

export function isEntryName(text: string): text is EntryName {
  return (entryNames as readonly string[]).includes(text);
}
