import { formatMs, plural } from '../../output/text.ts';
import { reportInstalled } from '../../schedule/installation.ts';
import { planSchedule } from '../../schedule/plan.ts';
import { isUnavailable } from '../../schedule/target.ts';
import { failed, skipped, works } from '../part.ts';
import type { DoctorContext, Part, Proof } from '../part.ts';

/** The scheduler is asked for the entries of the daily round. */
export const scheduleEntries: Part = {
  id: 'schedule-entries',
  area: 'schedule',
  prove: async (context) => {
    try {
      return await askScheduler(context);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      return skipped(error.message, error.hint === null ? {} : { advice: error.hint });
    }
  },
};

async function askScheduler({ site, target, signal }: DoctorContext): Promise<Proof> {
  const { entries, location } = await planSchedule(site, target, {
    want: 'install',
    keepOldLines: false,
    signal,
    now: new Date(),
  });
  const wanted = entries.filter(({ enabled }) => enabled);
  if (wanted.length === 0) return skipped('every entry is switched off in the settings');
  const bad = wanted.filter(({ state }) => state !== 'installed');
  if (bad.length === 0) {
    return works(`${plural(wanted.length, 'entry', 'entries')} in ${location}`);
  }
  const next = 'scalectl schedule install';
  if (bad.every(({ state }) => state === 'missing') && bad.length === wanted.length) {
    return skipped('the daily round is not installed', { next });
  }
  return failed(
    bad.map(({ name, state }) => `${name} is ${state}`).join(', '),
    `Run ${next}`,
    next,
  );
}

/** Each installed entry left a sign of life when it was due, and did its work. */
export const scheduleHeartbeats: Part = {
  id: 'schedule-heartbeats',
  area: 'schedule',
  prove: async ({ site }) => {
    const reports = await reportInstalled(site.state, new Date());
    if (reports.length === 0) return skipped('nothing is installed from this state folder');
    const late = reports.filter(({ overdueMs }) => overdueMs !== null);
    if (late.length > 0) {
      const names = late.map(({ entry, overdueMs }) => `${entry} for ${formatMs(overdueMs)}`);
      return failed(
        `no run though one was due: ${names.join(', ')}`,
        'Is the scheduler running, and does the line still name the right programs?',
        `scalectl schedule run ${late[0]?.entry ?? ''}`,
      );
    }
    const undone = reports.filter(
      ({ lastEndedAt, lastDoneAt }) => lastEndedAt !== null && lastDoneAt !== lastEndedAt,
    );
    if (undone.length > 0) {
      const [first] = undone;
      return failed(
        `the last run did not do its work: ${undone.map(({ entry }) => entry).join(', ')}`,
        first ? `See its log: ${site.state.logFile(first.entry)}` : null,
        'scalectl schedule show',
      );
    }
    const ran = reports.filter(({ lastDoneAt }) => lastDoneAt !== null).length;
    return works(
      ran === 0
        ? 'installed; no run was due yet'
        : `${ran} of ${plural(reports.length, 'entry', 'entries')} ran, none is overdue`,
    );
  },
};
