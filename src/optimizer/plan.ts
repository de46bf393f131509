import type { Config } from '../config/settings/index.ts';
import { isMigrated } from '../database/migrate.ts';
import type { Database, Session } from '../database/types.ts';
import { ScalectlError } from '../errors.ts';
import { readFreeSpace, tellUnknownSpace } from './disk-space.ts';
import { formatGain } from './gain.ts';
import type { EvidenceInput } from './evidence/collector.ts';
import { estimateBuilds } from './estimate-build.ts';
import { readServerFacts } from './evidence/server-facts.ts';
import { gatherEvidence } from './evidence/gather.ts';
import type { EvidenceSource } from './evidence/gather.ts';
import type { JudgedStatement, RefusedStatement } from './evidence/statements.ts';
import type { Finding } from './findings.ts';
import { describeParts, isSameShape } from './index-shape.ts';
import { inspectSchema } from './inspect.ts';
import { Journal, journalMigration } from './journal.ts';
import type { JournalStep } from './journal.ts';
import { judgeOldStatements } from './old-statements.ts';
import type { OldStatement } from './old-statements.ts';
import { withConversions } from './partitions/convert/verdicts.ts';
import { judgePartitions } from './partitions/judge.ts';
import type { PartitionVerdict } from './partitions/judge.ts';
import { planMaintenance, readServerTime } from './partitions/maintain.ts';
import type { MaintainResult } from './partitions/maintain.ts';
import { rules } from './rules/index.ts';
import type { Schema } from './schema.ts';
import { judgeApplied } from './watch/judge-applied.ts';
import type { Judged, WatchedIndex } from './watch/judge-applied.ts';

/** Builds that tell how fast the server builds: the latest, as disks and tables change. */
const speedFromBuilds = 20;

/** What `optimize-db plan --json` prints. */
export interface PlanResult {
  readonly server: { readonly flavor: 'mariadb' | 'mysql'; readonly version: string };
  readonly database: string;
  readonly evidence: readonly EvidenceSource[];
  /** What the sources leave unknown, in sentences. */
  readonly unknown: readonly string[];
  /** Statements that were not judged, and why. */
  readonly refused: readonly RefusedStatement[];
  readonly findings: readonly Finding[];
  /** Indexes that earlier runs added, weighed against what statements take since. */
  readonly watched: readonly WatchedIndex[];
  readonly partitions: readonly PartitionVerdict[];
  /** Tables that have monthly partitions, with the months to add, or that were added. */
  readonly maintained: MaintainResult;
  /** Index statements in the platform's source, each with what has become of it. */
  readonly oldStatements: readonly OldStatement[];
  readonly summary: PlanSummary;
}

/** null for what is not looked for. */
export interface PlanSummary {
  readonly tables: number;
  /** Of all tables, as the server tells it; scalectl's own are left out. */
  readonly indexBytes: number;
  readonly proposed: number;
  readonly review: number;
  readonly redundant: number;
  readonly unused: number | null;
  readonly rewrites: number;
  /** Tables that could have monthly partitions as they stand. */
  readonly partitions: number;
}

export interface PlanOptions extends EvidenceInput {
  readonly settings: Config['optimizer'];
  readonly onProgress: (text: string) => void;
  readonly signal: AbortSignal;
}

/** A plan with what it was made from, for the run that applies it. */
export interface Plan {
  readonly result: PlanResult;
  readonly schema: Schema;
  readonly statements: readonly JudgedStatement[];
  readonly judged: readonly Judged[];
}

/**
 * Looks at the schema and the workload and says what to do about them. Reads only.
 * @param session the connection to use; a run gives its own, so that it needs no further one
 */
export async function makePlan(
  database: Database,
  session: Session,
  options: PlanOptions,
): Promise<Plan> {
  const { settings, signal, onProgress } = options;
  const { flavor, target } = database;
  onProgress('reading tables, indexes and foreign keys');
  const schema = await inspectSchema(session, { database: target.database, flavor, signal });
  const journal = await openJournal(session);
  onProgress('collecting the statements of the workload');
  const evidence = await gatherEvidence({
    session,
    flavor,
    schema,
    workload: options.workload,
    slowLog: options.slowLog,
    scan: options.scan,
    platformFolder: options.platformFolder,
    ownIndexes: journal ? await journal.indexNames() : [],
    maxStatements: settings.maxStatements,
    timeoutMs: settings.statementTimeout,
    onProgress,
    signal,
  });
  const refused = journal ? await journal.refusedWithin(settings.rejectedFor) : [];
  const judged = journal ? await judgeApplied(session, journal, schema) : [];
  const server = await readServerFacts(session, {
    schema,
    signal,
    flavor,
    journal,
    unusedAfterMs: settings.unusedAfter,
  });
  const found = rules
    .flatMap((rule) => rule.find({ schema, statements: evidence.statements, server }))
    .map((finding) => recallRefusal(finding, refused, schema));
  const builds = journal ? await journal.builds(speedFromBuilds) : [];
  const findings = [
    ...judged.flatMap(({ finding }) => finding ?? []),
    ...estimateBuilds(found, schema, builds),
  ];
  const builtBytes = findings.flatMap(({ build }) => build?.estimatedBytes ?? []);
  const noSpace = tellUnknownSpace(builtBytes, await readFreeSpace(session));
  const now = await readServerTime(session);
  const months = { ...settings.partitions, now };
  const partitions = await withConversions(session, schema, judgePartitions(schema), {
    ...months,
    signal,
  });
  const maintained = await planMaintenance(session, target.database, months);
  const summary = summarize(schema, findings, partitions, server.usage !== null);
  const due = maintained.tables.filter(({ status }) => status === 'proposed').length;
  return {
    schema,
    statements: evidence.statements,
    judged,
    result: {
      server: { flavor: flavor.product, version: flavor.version },
      database: target.database,
      evidence: evidence.sources,
      unknown: [...evidence.unknown, ...server.unknown, ...(noSpace === null ? [] : [noSpace])],
      refused: evidence.refused,
      findings,
      watched: judged.map(({ watched }) => watched),
      partitions,
      maintained,
      oldStatements: judgeOldStatements(evidence.oldIndexes, schema, findings),
      summary: { ...summary, proposed: summary.proposed + due },
    },
  };
}

export function summarize(
  schema: Schema,
  findings: readonly Finding[],
  partitions: readonly PartitionVerdict[],
  isUsageKnown: boolean,
): PlanSummary {
  const count = (status: Finding['status']): number =>
    findings.filter((finding) => finding.status === status).length;
  const tables = [...schema.tables.values()];
  return {
    tables: tables.length,
    indexBytes: tables.reduce((sum, table) => sum + table.indexBytes, 0),
    proposed: count('proposed'),
    review: count('review'),
    redundant: findings.filter(
      (finding) => finding.rule === 'redundant-index' && finding.status !== 'review',
    ).length,
    unused: isUsageKnown
      ? findings.filter(({ rule, status }) => rule === 'unused-index' && status !== 'review').length
      : null,
    rewrites: findings.filter(({ rule }) => rule === 'query-rewrite').length,
    partitions: partitions.filter((verdict) => verdict.eligible).length,
  };
}

/** The journal of earlier runs, where there was one and this account may read it. */
export async function openJournal(session: Session): Promise<Journal | null> {
  try {
    return (await isMigrated(session, 'optimizer', journalMigration)) ? new Journal(session) : null;
  } catch (error) {
    if (error instanceof ScalectlError && error.code === 'privilege-missing') return null;
    throw error;
  }
}

/** An index that was tried and taken back is not proposed again until its table has doubled or time has passed. */
function recallRefusal(finding: Finding, refused: readonly JournalStep[], schema: Schema): Finding {
  const { step } = finding;
  if (finding.rule !== 'missing-index' || step?.kind !== 'add-index') return finding;
  const before = refused.find(({ finding: { step: tried } }) => {
    if (tried.kind !== 'add-index' || tried.table !== step.table) return false;
    return isSameShape({ parts: tried.parts, type: 'BTREE' }, { parts: step.parts, type: 'BTREE' });
  });
  const rows = schema.tables.get(step.table)?.rows ?? 0;
  if (!before || rows >= 2 * Math.max(1, before.tableRows)) return finding;
  const { evidence } = before.finding;
  const gain = evidence.gain === null ? '' : `, gain ${formatGain(evidence.gain)}`;
  return {
    ...finding,
    status: 'rejected',
    evidence,
    reason: `${describeParts(step.parts)} was tried in run ${before.runId}${gain}: ${before.message ?? 'taken back'}`,
  };
}
