import type { Database } from '../database/types.ts';
import { applyPlan } from './apply.ts';
import type { RunResult } from './apply.ts';
import type { Finding } from './findings.ts';
import { isLeftPrefix } from './index-shape.ts';
import { inspectSchema } from './inspect.ts';
import { recoverConversions } from './partitions/convert/undo.ts';
import { maintainPartitions, readServerTime } from './partitions/maintain.ts';
import type { MaintainResult } from './partitions/maintain.ts';
import { reviseOldStatements } from './old-statements.ts';
import { makePlan } from './plan.ts';
import type { Plan, PlanOptions } from './plan.ts';
import { withRebuilds } from './rebuild.ts';
import { recover } from './recover.ts';
import { openRun } from './run.ts';
import type { Run } from './run.ts';
import { retimeUnknown } from './watch/retime.ts';

export interface OptimizeOptions extends PlanOptions {
  /** A plan that was made before and read from a file, instead of a new one. */
  readonly given: Pick<Plan, 'result' | 'statements'> | null;
  /** Also take back indexes of earlier runs that slow statements down. */
  readonly autoRevert?: boolean;
  readonly dropRedundant: boolean;
  readonly dropUnused: boolean;
  /** Nobody waits for it: see RunOptions. */
  readonly isUnattended?: boolean;
  /** Names of tables to rebuild. */
  readonly rebuild?: readonly string[];
  /** Asked before indexes are dropped and tables rebuilt; throws to stop the run before it changes anything. */
  readonly confirmDrops: (drops: Drops) => Promise<void>;
}

/** What a run does only when it is asked for, with `dropRedundant`, `dropUnused` and `rebuild`; else empty. */
export interface Drops {
  readonly redundant: readonly Finding[];
  readonly unused: readonly Finding[];
  readonly rebuilds: readonly Finding[];
  /** Indexes that a new one makes redundant if it stays. */
  readonly superseded: readonly { table: string; index: string; by: Finding }[];
}

/**
 * The whole of `scalectl optimize-db`: finishes what a killed run began, plans, and applies what is safe. Uses two
 * connections at once: one holds the run lock and reads, the other does one ALTER after the other.
 * @throws ScalectlError `refused` on a read-only server, `lock-held` while another run works, `privilege-missing`
 */
export async function optimizeDatabase(
  database: Database,
  options: OptimizeOptions,
): Promise<RunResult> {
  await using run = await openRun(database, options);
  await recoverConversions(run);
  const recovered = await recover(run);
  const made = options.given
    ? { ...options.given, result: { ...options.given.result, watched: [] }, judged: [] }
    : await watchAgain(run, await makePlan(database, run.session, options));
  const wanted = await withRebuilds(run.session, database, made.result, options.rebuild ?? []);
  const plan = { ...made, result: wanted };
  const drops = await foresee(run, plan.result.findings, options);
  const isAny = Object.values(drops).some((each: readonly unknown[]) => each.length > 0);
  if (isAny) await options.confirmDrops(drops);
  const { dropRedundant, dropUnused } = options;
  const result = await applyPlan(run, plan, recovered, {
    dropRedundant,
    dropUnused,
    reverts: options.autoRevert === true ? plan.judged.filter((entry) => entry.isWorthless) : [],
  });
  // A plan file is applied as it was shown, and shows no months.
  return {
    ...result,
    maintained: options.given ? noMaintenance : await maintain(run),
    oldStatements: reviseOldStatements(result.oldStatements, result.findings),
  };
}

/** A plan only reads; a run may also time statements, where the server tells nothing about them. */
async function watchAgain(run: Run, plan: Plan): Promise<Plan> {
  const judged = await retimeUnknown(run, plan.judged);
  const findings = [
    ...judged.flatMap(({ finding }) => finding ?? []),
    ...plan.result.findings.filter(({ rule }) => rule !== 'regression'),
  ];
  const watched = judged.map((entry) => entry.watched);
  return { ...plan, judged, result: { ...plan.result, findings, watched } };
}

const noMaintenance: MaintainResult = { tables: [], others: [] };

/** Coming months belong to what a run may do by itself: rows without a partition of their own cannot be got rid of. */
async function maintain(run: Run): Promise<MaintainResult> {
  if (run.signal.aborted) return noMaintenance;
  return maintainPartitions(run, {
    ...run.settings.partitions,
    now: await readServerTime(run.session),
  });
}

async function foresee(
  { session, database }: Run,
  findings: readonly Finding[],
  { dropRedundant, dropUnused }: Pick<OptimizeOptions, 'dropRedundant' | 'dropUnused'>,
): Promise<Drops> {
  const proposed = findings.filter((finding) => finding.status === 'proposed');
  const isDrop = (rule: Finding['rule']) => (finding: Finding) =>
    finding.rule === rule && finding.step?.kind === 'drop-index';
  const unused = dropUnused ? proposed.filter(isDrop('unused-index')) : [];
  const rebuilds = proposed.filter(({ step }) => step?.kind === 'rebuild');
  if (!dropRedundant) return { redundant: [], unused, superseded: [], rebuilds };
  const redundant = proposed.filter(isDrop('redundant-index'));
  const context = { database: database.target.database, flavor: database.flavor };
  const { tables } = await inspectSchema(session, context);
  const superseded = proposed.flatMap((by) => {
    const { step } = by;
    if (step?.kind !== 'add-index') return [];
    const indexes = tables.get(step.table)?.indexes ?? [];
    return indexes
      .filter(
        (index) =>
          !index.isUnique &&
          isLeftPrefix(index, { parts: step.parts, type: 'BTREE' }) &&
          !redundant.some((other) => other.table === step.table && other.index === index.name),
      )
      .map((index) => ({ table: step.table, index: index.name, by }));
  });
  return { redundant, unused, superseded, rebuilds };
}
