import type { PlanOptions, PlanResult } from '../../src/optimizer/plan.ts';
import type { RunResult } from '../../src/optimizer/apply.ts';
import type { Finding } from '../../src/optimizer/findings.ts';
import type { Drops } from '../../src/optimizer/optimize.ts';
import { ScalectlError } from '../../src/errors.ts';
import { plural, safeText } from '../../src/output/text.ts';
import type { Context } from '../context.ts';
import type { Outcome } from '../define.ts';
import { readEvidence, withEvidence } from './evidence.ts';
import type { RunFlags } from './run-options.ts';
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

/**
 * Plans without changing anything.
 * @param rebuild names of tables to rebuild
 */
export async function planOnly(
  context: Context,
  flags: EvidenceFlags,
  rebuild: readonly string[] = [],
): Promise<PlanResult> {
  const options = await engineOptions(context, flags);
  const database = await context.database();
  const { makePlan } = await import('../../src/optimizer/plan.ts');
  const { withRebuilds } = await import('../../src/optimizer/rebuild.ts');
  const { result } = await makePlan(database, database, options);
  return withRebuilds(database, database, result, rebuild);
}

/** Plans, or takes the plan of a file, and applies what is safe. */
export async function applyNow(
  context: Context,
  flags: RunFlags,
  planFile?: string,
): Promise<Outcome<RunResult>> {
  const options = await engineOptions(context, flags);
  const settings = withMaxTime(options.settings, flags.maxTime);
  await requireTwoConnections(context);
  const database = await context.database();
  const { optimizeDatabase } = await import('../../src/optimizer/optimize.ts');
  const { readPlanFile } = await import('../../src/optimizer/plan-file.ts');
  const planned =
    planFile === undefined
      ? null
      : {
          result: await readPlanFile(planFile, database.target.database),
          statements: [],
        };
  const result = await optimizeDatabase(database, {
    ...options,
    settings,
    isUnattended: !context.isInteractive,
    given: planned,
    dropRedundant: flags.dropRedundant,
    autoRevert: flags.autoRevert,
    dropUnused: flags.dropUnused,
    rebuild: flags.rebuild,
    confirmDrops: (drops) => confirmDrops(context, drops),
  });
  return { result, exitCode: exitCodeOf(result), ...nextOf(result, flags) };
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
  const { redundant, unused, superseded, rebuilds } = drops;
  const redundantLines = [
    ...redundant.map(({ table, index }) => `${table}.${index ?? ''}`),
    ...superseded.map(
      ({ table, index, by }) =>
        `${table}.${index}, if the new index on (${by.columns.join(', ')}) stays`,
    ),
  ];
  const unusedLines = unused.map(({ table, index }) => `${table}.${index ?? ''}`);
  const rebuiltLines = rebuilds.map(({ table, reason }) => `${table}: ${reason}`);
  const sections = [
    { title: 'Redundant indexes', lines: redundantLines },
    { title: 'Unused indexes', lines: unusedLines },
    { title: 'Tables to rebuild', lines: rebuiltLines },
  ].filter(({ lines }) => lines.length > 0);
  await context.show(() =>
    sections
      .flatMap(({ title, lines }) => [`${title}:`, ...lines.map((line) => `  ${safeText(line)}`)])
      .join('\n'),
  );
  const indexes = [
    { kind: 'redundant', count: redundantLines.length },
    { kind: 'unused', count: unusedLines.length },
  ]
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => plural(count, `${kind} index`, `${kind} indexes`));
  const changes = [
    ...(indexes.length > 0 ? [`drop ${indexes.join(' and ')}`] : []),
    ...(rebuilds.length > 0 ? [`rebuild ${plural(rebuilds.length, 'table')}`] : []),
  ].join(', and ');
  await context.confirm(`${changes.charAt(0).toUpperCase()}${changes.slice(1)}?`);
}

function exitCodeOf({ findings, maintained }: RunResult): number {
  const all = [...findings, ...maintained.tables];
  return findings.some(isAlarm) || all.some(({ status }) => status === 'blocked') ? 1 : 0;
}

/** An index of an earlier run slows a statement down, and is still there. */
function isAlarm({ rule, status }: RunResult['findings'][number]): boolean {
  return rule === 'regression' && status === 'review';
}

function nextOf({ findings }: RunResult, flags: RunFlags): { next?: string } {
  if (findings.some(isAlarm)) return { next: 'scalectl optimize-db --auto-revert' };
  const drops = dropFlags(findings).filter(
    (name) => !(name === '--drop-unused' ? flags.dropUnused : flags.dropRedundant),
  );
  if (drops.length > 0) {
    return { next: withEvidence(`scalectl optimize-db ${drops.join(' ')}`, flags) };
  }
  return findings.some((finding) => finding.status === 'applied')
    ? { next: 'scalectl optimize-db history' }
    : {};
}

/** The flags that drop what is proposed to be dropped. */
export function dropFlags(findings: readonly Finding[]): string[] {
  const drops = findings.filter(
    ({ status, step }) => status === 'proposed' && step?.kind === 'drop-index',
  );
  return [
    ...(drops.some(({ rule }) => rule === 'redundant-index') ? ['--drop-redundant'] : []),
    ...(drops.some(({ rule }) => rule === 'unused-index') ? ['--drop-unused'] : []),
  ];
}

/** One holds the run lock while the other builds an index: with a single one the run would wait for itself. */
export async function requireTwoConnections(context: Context): Promise<void> {
  const { values } = await context.config();
  if (values.database.pool.size >= 2) return;
  throw new ScalectlError('config-invalid', 'optimize-db needs two connections', {
    hint: 'Set database.pool.size to 2 or more.',
  });
}
