import type { PlanOptions, PlanResult } from '../../src/optimizer/plan.ts';
import type { RunResult } from '../../src/optimizer/apply.ts';
import type { Finding } from '../../src/optimizer/findings.ts';
import type { Drops } from '../../src/optimizer/optimize.ts';
import { ScalectlError } from '../../src/errors.ts';
import { plural, safeText } from '../../src/output/text.ts';
import type { Context } from '../context.ts';
import type { Outcome } from '../define.ts';
import { readWorkload, withWorkload } from './workload.ts';

/** What every step of optimize-db gives to the engine. */
export async function engineOptions(context: Context, workloadFile?: string): Promise<PlanOptions> {
  const { values } = await context.config();
  return {
    settings: values.optimizer,
    workload: await readWorkload(workloadFile),
    onProgress: (text) => context.progress.start(text),
    signal: context.signal,
  };
}

/** Plans without changing anything. */
export async function planOnly(
  context: Context,
  workloadFile: string | undefined,
): Promise<PlanResult> {
  const options = await engineOptions(context, workloadFile);
  const database = await context.database();
  const { makePlan } = await import('../../src/optimizer/plan.ts');
  return (await makePlan(database, database, options)).result;
}

/** Plans, or takes the plan of a file, and applies what is safe. */
export async function applyNow(
  context: Context,
  given: {
    workload: string | undefined;
    dropRedundant: boolean;
    dropUnused: boolean;
    planFile: string | undefined;
  },
): Promise<Outcome<RunResult>> {
  const options = await engineOptions(context, given.workload);
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
    given: planned,
    dropRedundant: given.dropRedundant,
    dropUnused: given.dropUnused,
    confirmDrops: (drops) => confirmDrops(context, drops),
  });
  return { result, exitCode: exitCodeOf(result), ...nextOf(result, given) };
}

async function confirmDrops(context: Context, drops: Drops): Promise<void> {
  const { redundant, unused, superseded } = drops;
  const redundantLines = [
    ...redundant.map(({ table, index }) => `${table}.${index ?? ''}`),
    ...superseded.map(
      ({ table, index, by }) =>
        `${table}.${index}, if the new index on (${by.columns.join(', ')}) stays`,
    ),
  ];
  const unusedLines = unused.map(({ table, index }) => `${table}.${index ?? ''}`);
  const sections: [string, string[]][] = [
    ['redundant', redundantLines],
    ['unused', unusedLines],
  ];
  const named = sections.filter(([, lines]) => lines.length > 0);
  await context.show(() =>
    named
      .flatMap(([kind, lines]) => [
        `${kind === 'redundant' ? 'Redundant' : 'Unused'} indexes:`,
        ...lines.map((line) => `  ${safeText(line)}`),
      ])
      .join('\n'),
  );
  const counts = named.map(([kind, lines]) =>
    plural(lines.length, `${kind} index`, `${kind} indexes`),
  );
  await context.confirm(`Drop ${counts.join(' and ')}?`);
}

function exitCodeOf({ findings, maintained }: RunResult): number {
  const all = [...findings, ...maintained.tables];
  return all.some(({ status }) => status === 'blocked') ? 1 : 0;
}

function nextOf(
  { findings }: RunResult,
  given: { workload: string | undefined; dropRedundant: boolean; dropUnused: boolean },
): { next?: string } {
  const flags = dropFlags(findings).filter(
    (name) => !(name === '--drop-unused' ? given.dropUnused : given.dropRedundant),
  );
  if (flags.length > 0) {
    return { next: withWorkload(`scalectl optimize-db ${flags.join(' ')}`, given.workload) };
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
