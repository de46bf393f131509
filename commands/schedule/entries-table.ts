import type { Screen } from '../../src/output/screen.ts';
import { formatMs } from '../../src/output/text.ts';
import type { EntryReport } from '../../src/schedule/plan.ts';

/** The entries with their times, state, last and next run, seen from `now`. */
export function renderEntries(entries: readonly EntryReport[], now: Date, screen: Screen): string {
  return screen.table(
    [
      { title: 'entry' },
      { title: 'times', flexible: true },
      { title: 'cron' },
      { title: 'state' },
      { title: 'last run', flexible: true },
      { title: 'next run' },
    ],
    entries.map((entry) => [
      entry.name,
      entry.times,
      entry.cron,
      screen.status(entry.state),
      lastRun(entry, now),
      nextRun(entry),
    ]),
  );
}

function lastRun({ heartbeat }: EntryReport, now: Date): string | null {
  const { lastEndedAt, lastExitCode, lastDurationMs, overdueMs, runningPid } = heartbeat;
  const late = overdueMs === null ? '' : `, ${formatMs(overdueMs)} overdue`;
  if (runningPid !== null) return `runs now, process ${runningPid}`;
  if (lastEndedAt === null) return late === '' ? null : `never${late}`;
  const ago = formatMs(Math.max(0, now.getTime() - Date.parse(lastEndedAt)));
  const end = lastExitCode === null ? 'killed' : `exit ${lastExitCode}`;
  return `${ago} ago, ${end} after ${formatMs(lastDurationMs)}${late}`;
}

/** In the local time that the schedulers go by. */
function nextRun({ nextRuns: [next] }: EntryReport): string | null {
  if (next === undefined) return null;
  const time = new Date(next);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}`;
}
