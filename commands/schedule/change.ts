import { ScalectlError } from '../../src/errors.ts';
import type { Screen } from '../../src/output/screen.ts';
import type { EntryReport } from '../../src/schedule/plan.ts';
import type { TargetName } from '../../src/schedule/target.ts';
import type { Context } from '../context.ts';
import type { Outcome } from '../define.ts';
import { renderEntries } from './entries-table.ts';
import { openSchedule } from './site.ts';

export interface ChangeResult {
  target: string;
  location: string;
  changed: boolean;
  dryRun: boolean;
  /** What was, or with --dry-run would be, changed. */
  diff: string;
  entries: EntryReport[];
  stateDir: string;
  finishedAt: string;
}

/** Plan, show, confirm, apply, verify: the way of `schedule install` and `schedule remove`. */
export async function changeSchedule(
  context: Context,
  want: 'install' | 'remove',
  options: { target: TargetName | undefined; keepOld: boolean },
): Promise<Outcome<ChangeResult>> {
  const { site, target } = await openSchedule(context, options.target);
  const { applyPlan, planSchedule } = await import('../../src/schedule/plan.ts');
  const look = () =>
    planSchedule(site, target, {
      want,
      keepOldLines: options.keepOld,
      signal: context.signal,
      now: new Date(),
    });
  const plan = await look();
  for (const warning of plan.warnings) context.warn(warning);
  const { dryRun } = context.globals;
  const changed = plan.changes.length > 0 && !dryRun;
  const base = {
    target: plan.target,
    location: plan.location,
    changed,
    dryRun,
    diff: plan.diff,
    stateDir: site.state.dir,
  };
  if (dryRun) {
    return { result: { ...base, entries: plan.entries, finishedAt: new Date().toISOString() } };
  }
  if (changed) {
    await context.show(() => plan.diff);
    await context.confirm(
      want === 'install' ? `Write this to ${plan.location}?` : `Take this out of ${plan.location}?`,
    );
  }
  await applyPlan(site, target, plan, want);
  const after = changed ? await look() : plan;
  const result = { ...base, entries: after.entries, finishedAt: new Date().toISOString() };
  if (after.changes.length === 0) return { result };
  const failure = new ScalectlError(
    'operation-failed',
    `${plan.location} does not hold what was written`,
    { hint: 'scalectl schedule show tells what is missing.' },
  );
  return { result, failure };
}

export function renderChange(
  result: ChangeResult,
  screen: Screen,
  words: { changed: string; unchanged: string },
): string {
  const lines = [`${screen.heading('schedule')}: ${result.location}`];
  if (result.dryRun) {
    lines.push(
      result.diff === '' ? words.unchanged : `dry run, nothing was changed\n${result.diff}`,
    );
  } else lines.push(result.changed ? words.changed : words.unchanged);
  return [...lines, '', renderEntries(result.entries, new Date(result.finishedAt), screen)].join(
    '\n',
  );
}
