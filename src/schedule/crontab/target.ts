import { ScalectlError } from '../../errors.ts';
import { runProgram } from '../run-program.ts';
import type { ProgramResult } from '../run-program.ts';
import type { Change, Round, ScheduleTarget } from '../target.ts';
import { isSame } from '../unified-diff.ts';
import { renderBlock } from './block.ts';
import { editCrontab } from './edit.ts';
import { classifyOldLine } from './old-lines.ts';

/** @param command the crontab program with its arguments, such as `['crontab', '-u', 'www-data']` */
export function createCrontabTarget(command: readonly string[]): ScheduleTarget {
  const location = `the crontab (${command.join(' ')})`;
  return {
    name: 'crontab',
    location,
    render: (round) => {
      const content = Buffer.from(
        renderBlock(round)
          .map((line) => `${line}\n`)
          .join(''),
        'latin1',
      );
      return [{ name: 'crontab.txt', content, text: content.toString('utf8') }];
    },
    inspect: async (round, options) => {
      const before = await readCrontab(command, options.signal);
      const { states, after, warnings } = editCrontab(before, round, options);
      const changes = isSame(before, after) ? [] : [{ name: 'crontab', before, after }];
      return { states, changes, warnings };
    },
    apply: async (changes) => {
      for (const change of changes) await writeCrontab(command, change);
    },
  };
}

/** Whether the program is there at all. */
export async function hasCrontab(
  command: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  return (await runProgram([...command, '-l'], { signal })) !== null;
}

/**
 * How many lines of the crontab still run an old PHP script of this platform that an entry stands in for; null where
 * no crontab can be read.
 */
export async function countOldLines(
  command: readonly string[],
  round: Round,
  signal: AbortSignal,
): Promise<number | null> {
  const listed = await runProgram([...command, '-l'], { signal });
  if (listed === null) return null;
  if (listed.exitCode !== 0) return /no crontab/i.test(listed.stderr) ? 0 : null;
  const lines = listed.stdout.toString('latin1').split('\n');
  return lines.filter((line) => classifyOldLine(line, round) === 'ours').length;
}

/** Null when the account has no crontab. */
async function readCrontab(
  command: readonly string[],
  signal?: AbortSignal,
): Promise<Buffer | null> {
  const listed = await run([...command, '-l'], signal ? { signal } : {});
  if (listed.exitCode === 0) return listed.stdout.length === 0 ? null : listed.stdout;
  // Vixie cron and cronie say "no crontab for user", busybox "can't open 'user': No such file".
  if (/no crontab|can't open|no such file/i.test(listed.stderr)) return null;
  throw failureOf('read', command, listed);
}

async function writeCrontab(command: readonly string[], change: Change): Promise<void> {
  if (!isSame(await readCrontab(command), change.before)) {
    throw new ScalectlError(
      'operation-failed',
      'the crontab was changed by somebody else meanwhile',
      {
        hint: 'Nothing was written. Run the command again.',
      },
    );
  }
  const isEmpty = change.after === null;
  const written = isEmpty
    ? await run([...command, '-r'])
    : await run([...command, '-'], { input: change.after });
  if (written.exitCode !== 0) throw failureOf('write', command, written);
  if (!isSame(await readCrontab(command), change.after)) {
    throw new ScalectlError(
      'operation-failed',
      'the crontab reads back differently from what was written',
      {
        hint: 'Look at it with crontab -l; scalectl schedule show tells what is missing.',
      },
    );
  }
}

async function run(
  command: readonly string[],
  options: { signal?: AbortSignal; input?: Buffer } = {},
): Promise<ProgramResult> {
  const result = await runProgram(command, options);
  if (result) return result;
  throw new ScalectlError(
    'server-program-missing',
    `there is no ${command[0] ?? 'crontab'} program here`,
    {
      hint:
        'Paste what scalectl schedule show --target crontab --out DIR writes into the "cron jobs" page of the host, ' +
        'install cron, or use --target systemd.',
    },
  );
}

function failureOf(verb: string, command: readonly string[], result: ProgramResult): ScalectlError {
  const said = result.stderr.split('\n').slice(0, 3).join('; ') || `exit code ${result.exitCode}`;
  const message = `${command.join(' ')} would not ${verb} the crontab: ${said}`;
  if (/not allowed|must be privileged|permission denied/i.test(said)) {
    return new ScalectlError('privilege-missing', message, {
      hint: 'Ask the administrator for the right to use cron, or use --target systemd.',
    });
  }
  return new ScalectlError('operation-failed', message, {
    hint: 'The crontab stays as it was.',
  });
}
