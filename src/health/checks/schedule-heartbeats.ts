import process from 'node:process';
import { formatMs, plural } from '../../output/text.ts';
import { findStateFolder } from '../../schedule/state-folder.ts';
import type { Check } from '../check.ts';
import { skipped } from '../check.ts';

/** Every installed entry ran when it should, and did its work the last time. */
export const scheduleHeartbeats: Check = {
  id: 'schedule-heartbeats',
  area: 'schedule',
  isRequired: true,
  run: async ({ config }) => {
    const source = 'heartbeats of scheduled runs';
    const state = findStateFolder(config.schedule, process.env);
    // With its cron expressions it is a tenth of the start-up, and most looks are at other things.
    const { reportInstalled } = await import('../../schedule/installation.ts');
    const reports = await reportInstalled(state, new Date());
    if (reports.length === 0) return skipped('no schedule is installed', source);
    const overdue = reports.filter(({ overdueMs }) => overdueMs !== null);
    const undone = reports.filter(
      ({ lastEndedAt, lastDoneAt }) => lastEndedAt !== null && lastDoneAt !== lastEndedAt,
    );
    const [late] = overdue;
    const finding = {
      ...skipped(`${plural(reports.length, 'entry', 'entries')} ran when due`, source),
      observed: overdue.length + undone.length,
      target: 1,
      unit: 'entries',
      sampleSize: reports.length,
    };
    if (late) {
      const names = overdue.map(({ entry, overdueMs }) => `${entry} since ${formatMs(overdueMs)}`);
      return {
        ...finding,
        status: 'critical',
        message: `overdue: ${names.join(', ')}`,
        advice: `Is the scheduler running? Try: scalectl schedule run ${late.entry}`,
      };
    }
    if (undone.length > 0) {
      const names = undone.map(({ entry }) => entry).join(', ');
      return {
        ...finding,
        status: 'warning',
        message: `the last run did not do its work: ${names}`,
        advice: `See its log: ${state.logFile(undone[0]?.entry ?? 'health')}`,
      };
    }
    return { ...finding, status: 'ok' };
  },
};
