import type { PlanOptions, PlanResult } from '../../src/optimizer/plan.ts';
import type { RunResult } from '../../src/optimizer/apply.ts';
import type { Drops } from '../../src/optimizer/optimize.ts';
import { ScalectlError } from '../../src/errors.ts';
import { plural, safeText } from '../../src/output/text.ts';
import type { Context } from '../context.ts';
import type { Outcome } from '../define.ts';
import { readEvidence, withEvidence } from './evidence.ts';
import type { EvidenceFlags } from './evidence.ts';

/** What every step of optimize-db gives to the engine. */
export async function engineOptions(
  context: Context,
  flags: EvidenceFlags = {},
): Promise<PlanOptions> {
  const { values } = await context.config();
  return {
    settings: values.optimizer,
    ...(await readEvidence(context, flags)),
    onProgress: (text) => context.progress.start(text),
    signal: context.signal,
  };
}

/** Plans without changing anything. */
export async function planOnly(context: Context, flags: EvidenceFlags): Promise<PlanResult> {
  const options = await engineOptions(context, flags);
  const database = await context.database();
  const { makePlan } = await import('../../src/optimizer/plan.ts');
  return (await makePlan(database, database, options)).result;
}

/** Plans, or takes the plan of a file, and applies what is safe. */
export async function applyNow(
  context: Context,
  given: {
    flags: EvidenceFlags;
    dropRedundant: boolean;
    autoRevert: boolean;
    planFile: string | undefined;
    /** Milliseconds; the setting when left out. */
    maxTime: number | undefined;
  },
): Promise<Outcome<RunResult>> {
  const options = await engineOptions(context, given.flags);
  const settings = withMaxTime(options.settings, given.maxTime);
  await requireTwoConnections(context);
  const database = await context.database();
  const { optimizeDatabase } = await import('../../src/optimizer/optimize.ts');
  const { readPlanFile } = await import('../../src/optimizer/plan-file.ts');
  const planned =
    given.planFile === undefined
      ? null
      : {
          result: await readPlanFile(given.planFile, database.target.database),
          statements: [],
        };
  const result = await optimizeDatabase(database, {
    ...options,
    settings,
    isUnattended: !context.isInteractive,
    given: planned,
    dropRedundant: given.dropRedundant,
    autoRevert: given.autoRevert,
    confirmDrops: (drops) => confirmDrops(context, drops),
  });
  return { result, exitCode: exitCodeOf(result), ...nextOf(result, given) };
}

function withMaxTime(
  settings: PlanOptions['settings'],
  maxTime: number | undefined,
): PlanOptions['settings'] {
  if (maxTime === undefined) return settings;
  if (maxTime < 1000) {
    throw new ScalectlError('usage', '--max-time is less than a second', {
      hint: 'Give the time for all proofs together, such as --max-time 5m.',
    });
  }
  return { ...settings, maxTime };
}

async function confirmDrops(context: Context, drops: Drops): Promise<void> {
  const { redundant, superseded } = drops;
  const lines = [
    ...redundant.map(({ table, index }) => `${table}.${index ?? ''}`),
    ...superseded.map(
      ({ table, index, by }) =>
        `${table}.${index}, if the new index on (${by.columns.join(', ')}) stays`,
    ),
  ];
  await context.show(() =>
    ['Redundant indexes:', ...lines.map((line) => `  ${safeText(line)}`)].join('\n'),
  );
  await context.confirm(`Drop ${plural(lines.length, 'redundant index', 'redundant indexes')}?`);
}

function exitCodeOf({ findings, maintained }: RunResult): number {
  const all = [...findings, ...maintained.tables];
  return findings.some(isAlarm) || all.some(({ status }) => status === 'blocked') ? 1 : 0;
}

/** An index of an earlier run slows a statement down, and is still there. */
function isAlarm({ rule, status }: RunResult['findings'][number]): boolean {
  return rule === 'regression' && status === 'review';
}

function nextOf(
  { findings }: RunResult,
  { flags, dropRedundant }: { flags: EvidenceFlags; dropRedundant: boolean },
): { next?: string } {
  if (findings.some(isAlarm)) return { next: 'scalectl optimize-db --auto-revert' };
  const hasDrops = findings.some(
    (finding) => finding.status === 'proposed' && finding.step?.kind === 'drop-index',
  );
  if (hasDrops && !dropRedundant) {
    return { next: withEvidence('scalectl optimize-db --drop-redundant', flags) };
  }
  return findings.some((finding) => finding.status === 'applied')
    ? { next: 'scalectl optimize-db history' }
    : {};
}

/** One holds the run lock while the other builds an index: with a single one the run would wait for itself. */
export async function requireTwoConnections(context: Context): Promise<void> {
  const { values } = await context.config();
  if (values.database.pool.size >= 2) return;
  throw new ScalectlError('config-invalid', 'optimize-db needs two connections', {
    hint: 'Set database.pool.size to 2 or more.',
  });
}
