import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ScalectlError } from '../../errors.ts';
import type { EntryName, ScheduleEntry } from '../entries.ts';
import { runProgram } from '../run-program.ts';
import type { ProgramResult } from '../run-program.ts';
import { siteNamedIn } from '../site.ts';
import { enabledEntries } from '../target.ts';
import type { Change, EntryState, InspectOptions, Round, ScheduleTarget } from '../target.ts';
import { isSame } from '../unified-diff.ts';
import { encodeTask, fingerprintOf, renderTask, taskName } from './task-xml.ts';
import type { TaskAccount } from './task-xml.ts';

/** @param schtasks the program that registers tasks: `['schtasks']` */
export function createTaskSchedulerTarget(
  account: TaskAccount,
  schtasks: readonly string[],
): ScheduleTarget {
  const runsAs = account.runAs === 'system' ? 'SYSTEM' : `${account.user}, logged on or not (S4U)`;
  return {
    name: 'task-scheduler',
    location: `the Task Scheduler, folder \\scalectl, as ${runsAs}`,
    render: (round) =>
      enabledEntries(round).map((entry) => {
        const task = renderTask(entry, round, account);
        const name = taskName(entry.name, round.siteName).slice(1).replaceAll('\\', '-');
        return { name: `${name}.xml`, content: encodeTask(task), text: task };
      }),
    inspect: async (round, options) => {
      const states = new Map<EntryName, EntryState>();
      const changes: Change[] = [];
      for (const entry of round.entries) {
        const found = await inspectTask(entry, round, account, schtasks, options);
        states.set(entry.name, found.state);
        if (found.change) changes.push(found.change);
      }
      return { states, changes, warnings: [] };
    },
    apply: async (changes) => {
      for (const change of changes) await applyChange(change, schtasks);
    },
  };
}

async function inspectTask(
  entry: ScheduleEntry,
  round: Round,
  account: TaskAccount,
  schtasks: readonly string[],
  options: InspectOptions,
): Promise<{ state: EntryState; change: Change | null }> {
  const name = taskName(entry.name, round.siteName);
  const before = await readTask(name, schtasks, options.signal);
  const wanted = entry.enabled ? renderTask(entry, round, account) : null;
  const after = options.want === 'install' && wanted !== null ? Buffer.from(wanted) : null;
  if (before === null) {
    const state = entry.enabled ? 'missing' : 'off';
    return { state, change: after && { name, before, after } };
  }
  const xml = before.toString('utf8');
  if (options.want === 'install' && wanted !== null) checkSameSite(xml, wanted);
  // Windows rewrites a task when it registers it, so texts cannot be compared; the mark in it can.
  const isSameTask = wanted !== null && fingerprintOf(xml) === fingerprintOf(wanted);
  const state = isSameTask ? 'installed' : 'outdated';
  return {
    state,
    change: isSameTask && options.want === 'install' ? null : { name, before, after },
  };
}

/** The task as UTF-8 text; null when there is none of this name. */
async function readTask(
  name: string,
  schtasks: readonly string[],
  signal?: AbortSignal,
): Promise<Buffer | null> {
  const result = await run(
    [...schtasks, '/Query', '/TN', name, '/XML', 'ONE'],
    signal ? { signal } : {},
  );
  // schtasks says 1 for "not there" in the language of the system, so the code is all there is to go by.
  if (result.exitCode !== 0) return null;
  const isWide = result.stdout.includes(0);
  const text = result.stdout.toString(isWide ? 'utf16le' : 'utf8').replace(/^\uFEFF/, '');
  return Buffer.from(text.replaceAll('\r\n', '\n'));
}

function checkSameSite(xml: string, wanted: string): void {
  const plain = (text: string): string => text.replaceAll('&quot;', '"').replaceAll('&amp;', '&');
  const other = siteNamedIn(plain(/<Arguments>(.*?)<\/Arguments>/s.exec(xml)?.[1] ?? ''));
  const own = siteNamedIn(plain(/<Arguments>(.*?)<\/Arguments>/s.exec(wanted)?.[1] ?? ''));
  if (other === null || other === own) return;
  throw new ScalectlError(
    'refused',
    `the Task Scheduler already has a daily round for another site: ${other}`,
    {
      hint: 'To keep both, set schedule.name for this one. To replace it: scalectl schedule remove, then install.',
    },
  );
}

async function applyChange(change: Change, schtasks: readonly string[]): Promise<void> {
  const { name, before, after } = change;
  if (!isSame(await readTask(name, schtasks), before)) {
    throw new ScalectlError(
      'operation-failed',
      `the task ${name} was changed by somebody else meanwhile`,
      {
        hint: 'Run the command again.',
      },
    );
  }
  if (after === null) {
    const deleted = await run([...schtasks, '/Delete', '/TN', name, '/F']);
    if (deleted.exitCode !== 0) throw failureOf(`/Delete /TN ${name}`, deleted);
    return;
  }
  const folder = await mkdtemp(path.join(os.tmpdir(), 'scalectl-task-'));
  try {
    const file = path.join(folder, 'task.xml');
    await writeFile(file, encodeTask(after.toString('utf8')));
    const created = await run([...schtasks, '/Create', '/TN', name, '/XML', file, '/F']);
    if (created.exitCode !== 0) throw failureOf(`/Create /TN ${name}`, created);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function run(
  command: readonly string[],
  options: { signal?: AbortSignal } = {},
): Promise<ProgramResult> {
  const result = await runProgram(command, { ...options, timeoutMs: 60_000 });
  if (result) return result;
  throw new ScalectlError(
    'server-program-missing',
    'there is no schtasks program: tasks are installed on Windows',
    {
      hint: 'Write the files with scalectl schedule show --target task-scheduler --out DIR, or choose another --target.',
    },
  );
}

function failureOf(what: string, result: ProgramResult): ScalectlError {
  const said = (result.stderr || result.stdout.toString('utf8')).trim().split('\n')[0] ?? '';
  return new ScalectlError(
    'operation-failed',
    `schtasks ${what}: ${said || `exit code ${result.exitCode}`}`,
    {
      hint: 'Run it in a terminal opened as administrator; schedule.windows.runAs system always needs that.',
    },
  );
}
