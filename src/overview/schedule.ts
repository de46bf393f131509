import type { LoadedConfig } from '../config/load.ts';
import { countOldLines } from '../schedule/crontab/target.ts';
import { readInstallation } from '../schedule/installation.ts';
import { describeSite } from '../schedule/site-round.ts';
import type { TargetName } from '../schedule/target.ts';
import type { Found } from './deadline.ts';

export interface ScheduleFound {
  /** null: nothing was installed. */
  target: TargetName | null;
  entries: string[];
  /** Lines of the crontab that run the platform's old PHP scripts; null where no crontab can be read. */
  oldLines: number | null;
}

export async function lookAtSchedule(
  loaded: LoadedConfig,
  options: { program: { node: string; script: string }; environment: NodeJS.ProcessEnv },
  signal: AbortSignal,
): Promise<Found<ScheduleFound>> {
  const { round, state } = await describeSite(loaded, options.program, options.environment);
  const installation = await readInstallation(state);
  const { command } = loaded.values.schedule.crontab;
  return {
    state: 'found',
    target: installation?.target ?? null,
    entries: installation?.entries.map(({ name }) => name) ?? [],
    oldLines: process.platform === 'win32' ? null : await countOldLines(command, round, signal),
  };
}
