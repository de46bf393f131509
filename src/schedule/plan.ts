import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { EntryName, ScheduleEntry } from './entries.ts';
import { reportHeartbeat } from './heartbeat.ts';
import type { HeartbeatReport } from './heartbeat.ts';
import { readInstallation, removeInstallation, writeInstallation } from './installation.ts';
import type { SiteRound } from './site-round.ts';
import { enabledEntries } from './target.ts';
import type { Change, EntryState, ScheduleTarget, TargetName } from './target.ts';
import { unifiedDiff } from './unified-diff.ts';
import { describeCron, listUpcomingRuns } from './upcoming-runs.ts';

export interface EntryReport {
  name: EntryName;
  does: string;
  command: string;
  cron: string;
  /** `Every 5 minutes` */
  times: string;
  enabled: boolean;
  /** `unknown` when the scheduler cannot be asked. */
  state: EntryState | 'unknown';
  nextRuns: string[];
  heartbeat: HeartbeatReport;
}

/** What is to be done to the scheduler, before anything is. */
export interface SchedulePlan {
  target: TargetName;
  location: string;
  changes: readonly Change[];
  /** All changes in unified form; empty when there are none. */
  diff: string;
  entries: EntryReport[];
  warnings: string[];
}

export async function planSchedule(
  site: SiteRound,
  target: ScheduleTarget,
  options: { want: 'install' | 'remove'; keepOldLines: boolean; signal: AbortSignal; now: Date },
): Promise<SchedulePlan> {
  const { states, changes, warnings } = await target.inspect(site.round, options);
  return {
    target: target.name,
    location: target.location,
    changes,
    diff: changes.map(({ name, before, after }) => unifiedDiff(name, before, after)).join('\n'),
    entries: await reportEntries(site, states, options.now),
    warnings: [...(options.want === 'install' ? site.warnings : []), ...warnings],
  };
}

/** Writes the changes of a plan, and the note of it that `health` reads. */
export async function applyPlan(
  site: SiteRound,
  target: ScheduleTarget,
  plan: SchedulePlan,
  want: 'install' | 'remove',
): Promise<void> {
  const entries = enabledEntries(site.round);
  if (want === 'remove') {
    await target.apply(plan.changes);
    await removeInstallation(site.state);
    return;
  }
  // First, because the scheduler's lines write into this folder before scalectl itself runs.
  await prepareState(site);
  await target.apply(plan.changes);
  await writeInstallation(site.state, target.name, entries);
}

async function prepareState(site: SiteRound): Promise<void> {
  for (const { name } of site.round.entries) {
    await mkdir(path.dirname(site.state.logFile(name)), { recursive: true, mode: 0o750 });
  }
}

/** @param states null when the scheduler could not be asked */
export async function reportEntries(
  site: SiteRound,
  states: ReadonlyMap<EntryName, EntryState> | null,
  now: Date,
): Promise<EntryReport[]> {
  const installation = await readInstallation(site.state);
  const since = installation ? new Date(installation.installedAt) : null;
  return Promise.all(
    site.round.entries.map(async (entry) => ({
      name: entry.name,
      does: entry.does,
      command: `scalectl ${entry.arguments.join(' ')}`,
      cron: entry.cron.text,
      times: describeCron(entry.cron),
      enabled: entry.enabled,
      state: states?.get(entry.name) ?? 'unknown',
      nextRuns: nextRunsOf(entry, now),
      heartbeat: await reportHeartbeat(site.state, entry, { now, since }),
    })),
  );
}

function nextRunsOf(entry: ScheduleEntry, now: Date): string[] {
  if (!entry.enabled) return [];
  return listUpcomingRuns(entry.cron, { count: 3, after: now }).map((time) => time.toISOString());
}
