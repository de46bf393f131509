import type { Screen } from '../../src/output/screen.ts';
import type { EntryReport } from '../../src/schedule/plan.ts';
import { defineCommand } from '../define.ts';
import { text } from '../option.ts';
import { renderEntries } from './entries-table.ts';
import { keepOldOption, openSchedule, targetOption } from './site.ts';

interface ShowResult {
  target: string;
  location: string;
  entries: EntryReport[];
  /** The scheduler holds exactly the round of the settings; null when it cannot be asked. */
  isCurrent: boolean | null;
  /** What schedule install would change. */
  diff: string;
  files: { name: string; content: string }[];
  /** Files that --out wrote. */
  written: string[];
  stateDir: string;
  shownAt: string;
}

export const show = defineCommand({
  name: 'show',
  summary: 'print the daily round, whether it is installed, its last and next runs',
  description:
    'Works also where nothing can be installed: the lines and files it prints or writes with --out can be put in place by hand, for instance in the "cron jobs" page of a host.',
  changes: 'nothing',
  options: {
    target: targetOption,
    out: text('--out <DIR>', 'write the crontab lines, unit files or task files into a folder'),
    keepOld: keepOldOption,
  },
  examples: [
    { command: 'scalectl schedule show', does: 'prints each entry with its state and next run' },
    {
      command: 'scalectl schedule show --target systemd --out units',
      does: 'writes the services and timers into the folder units',
    },
    {
      command: 'scalectl schedule show --target task-scheduler --out tasks',
      does: 'writes the task files for schtasks /Create /XML',
    },
  ],
  run: async (context, { options }) => {
    const { site, target } = await openSchedule(context, options.target);
    const { planSchedule, reportEntries } = await import('../../src/schedule/plan.ts');
    const { writeFiles } = await import('../../src/schedule/write-files.ts');
    const now = new Date();
    const rendered = target.render(site.round);
    const written = options.out === undefined ? [] : await writeFiles(options.out, rendered);
    const base = {
      target: target.name,
      location: target.location,
      files: rendered.map(({ name, text: content }) => ({ name, content })),
      written,
      stateDir: site.state.dir,
      shownAt: now.toISOString(),
    };
    try {
      const plan = await planSchedule(site, target, {
        want: 'install',
        keepOldLines: options.keepOld,
        signal: context.signal,
        now,
      });
      for (const warning of plan.warnings) context.warn(warning);
      const isCurrent = plan.changes.length === 0;
      const result: ShowResult = { ...base, entries: plan.entries, isCurrent, diff: plan.diff };
      return isCurrent ? { result } : { result, next: 'scalectl schedule install' };
    } catch (error) {
      const { isUnavailable } = await import('../../src/schedule/target.ts');
      if (!isUnavailable(error)) throw error;
      for (const warning of site.warnings) context.warn(warning);
      context.warn(error.hint === null ? error.message : `${error.message}. ${error.hint}`);
      const entries = await reportEntries(site, null, now);
      const result: ShowResult = { ...base, entries, isCurrent: null, diff: '' };
      return { result };
    }
  },
  render: (result, screen) => renderShow(result, screen),
});

function renderShow(result: ShowResult, screen: Screen): string {
  return [
    `${screen.heading('schedule')}: ${result.location}`,
    '',
    renderEntries(result.entries, new Date(result.shownAt), screen),
    '',
    `logs: ${result.stateDir}/logs`,
    ...(result.target === 'crontab' && result.written.length === 0
      ? result.files.flatMap(({ content }) => ['', screen.heading('crontab lines'), content])
      : []),
    ...(result.written.length > 0 ? ['', `written: ${result.written.join(', ')}`] : []),
    ...(result.diff === ''
      ? []
      : ['', screen.heading('scalectl schedule install would change'), result.diff]),
  ].join('\n');
}
