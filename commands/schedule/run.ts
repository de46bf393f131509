import path from 'node:path';
import process from 'node:process';
import { ScalectlError } from '../../src/errors.ts';
import { formatMs } from '../../src/output/text.ts';
import type { EntryRun } from '../../src/schedule/run-entry.ts';
import { defineCommand } from '../define.ts';
import { argument, text } from '../option.ts';

interface RunResult {
  entry: string;
  /** False when the entry is switched off in the settings. */
  ran: boolean;
  run: EntryRun | null;
}

export const run = defineCommand({
  name: 'run',
  summary: 'run one entry now, as the scheduler does: lock, log, heartbeat, time limit',
  description:
    'This is what crontab lines, systemd services and tasks call. The output of the command goes to its log.',
  changes: 'nothing',
  arguments: { entry: argument('<ENTRY>', 'queue-process, optimize-db or health') },
  options: {
    stateDir: text('--state-dir <DIR>', 'folder of locks, logs and heartbeats'),
    platform: text('--platform <DIR>', "the platform's folder, when its PHP settings are used"),
  },
  examples: [
    {
      command: 'scalectl schedule run queue-process',
      does: 'drains the queue as cron would; exit 75 when that is going on already',
    },
  ],
  exitCodes: {
    1: 'done, and the verdict of the command is bad',
    2: 'the command failed, or took longer than its limit',
    75: 'the run before is still going',
  },
  run: async (context, { options, arguments: { entry: name } }) => {
    const { entryNames, listEntries } = await import('../../src/schedule/entries.ts');
    const config = await context.config();
    const { schedule } = config.values;
    const entry = listEntries(schedule).find((candidate) => candidate.name === name);
    if (!entry) {
      throw new ScalectlError('usage', `there is no entry "${name}"`, {
        hint: `Entries: ${entryNames.join(', ')}`,
      });
    }
    if (!entry.enabled) {
      context.warn(
        `${name} is switched off in the settings; scalectl schedule install takes it out`,
      );
      const result: RunResult = { entry: name, ran: false, run: null };
      return { result };
    }
    const { findStateFolder } = await import('../../src/schedule/state-folder.ts');
    const { endInWords, runEntry } = await import('../../src/schedule/run-entry.ts');
    const stateDir =
      options.stateDir === undefined ? schedule.stateDir : path.resolve(options.stateDir);
    const state = findStateFolder({ ...schedule, stateDir }, process.env);
    const globals = [
      ...(config.file === null ? [] : ['--config', config.file]),
      ...(config.profile === null ? [] : ['--profile', config.profile]),
    ];
    const ended = await runEntry(entry, {
      command: [process.execPath, process.argv[1] ?? '', ...entry.arguments, ...globals],
      workingDirectory: path.resolve(config.file === null ? '.' : path.dirname(config.file)),
      environment: {
        ...process.env,
        SCALECTL_SCHEDULE_STATE_DIR: state.dir,
        ...(options.platform === undefined
          ? {}
          : { SCALECTL_PLATFORM_DIR: path.resolve(options.platform) }),
      },
      state,
      log: { maxSizeBytes: schedule.log.maxSize, retentionMs: schedule.log.retention },
      signal: context.signal,
    });
    const result: RunResult = { entry: name, ran: true, run: ended };
    if (ended.isDone) return { result, exitCode: ended.exitCode ?? 0 };
    const failure = new ScalectlError('operation-failed', `${name}: ${endInWords(ended)}`, {
      hint: `Its output is in ${ended.logFile}`,
    });
    return { result, failure };
  },
  render: ({ entry, run: ended }) =>
    ended === null
      ? `${entry} is switched off`
      : `${entry} took ${formatMs(ended.durationMs)}; output in ${ended.logFile}`,
});
