import type { Database, Session } from '../database/types.ts';
import { ScalectlError } from '../errors.ts';
import { formatBytes } from '../output/text.ts';
import { copyBytesOf, readFreeSpace, whyNoRoomForCopy } from './disk-space.ts';
import type { FreeSpace } from './disk-space.ts';
import { noEvidence } from './findings.ts';
import type { Finding } from './findings.ts';
import { inspectSchema } from './inspect.ts';
import type { PlanResult } from './plan.ts';
import { findTable } from './schema.ts';
import type { Table } from './schema.ts';
import { stepSql, whyNotRebuild } from './steps.ts';

/**
 * A plan with the tables that a person wants rebuilt: proposed, or blocked where the server would lock them, or
 * where its disk has no room for the copy. Reads only.
 * @throws ScalectlError `usage` for a table that is not there
 */
export async function withRebuilds(
  session: Session,
  { target, flavor }: Pick<Database, 'target' | 'flavor'>,
  plan: PlanResult,
  tables: readonly string[],
): Promise<PlanResult> {
  if (tables.length === 0) return plan;
  const schema = await inspectSchema(session, { database: target.database, flavor });
  const wanted = tables.map((name) => {
    const table = findTable(schema, name);
    if (table) return table;
    throw new ScalectlError('usage', `${name} of --rebuild is no table of ${target.database}`, {
      hint: 'Give the name as SHOW TABLES lists it.',
    });
  });
  const free = await readFreeSpace(session);
  const asked = [...new Set(wanted)].map((table) => toFinding(table, free));
  const others = plan.findings.filter(({ id }) => !asked.some((finding) => finding.id === id));
  const added = asked.filter(({ status }) => status === 'proposed').length;
  const told = plan.findings.length - others.length;
  return {
    ...plan,
    findings: [...others, ...asked],
    summary: {
      ...plan.summary,
      proposed: plan.summary.proposed + added,
      review: plan.summary.review - told,
    },
  };
}

function toFinding(table: Table, free: FreeSpace): Finding {
  const step = { kind: 'rebuild' as const, table: table.name };
  const obstacle = whyNotRebuild(table) ?? whyNoRoomForCopy(table, free.bytes);
  const room =
    free.bytes === null
      ? `how much room the server has is not known: ${free.why}`
      : `the server has ${formatBytes(free.bytes)} free`;
  return {
    id: `fragmentation ${table.name}`,
    rule: 'fragmentation',
    table: table.name,
    index: null,
    columns: [],
    status: obstacle === null ? 'proposed' : 'blocked',
    reason:
      obstacle ??
      `asked for with --rebuild; the copy takes up to ${formatBytes(copyBytesOf(table))} of disk, and ${room}`,
    evidence: noEvidence,
    sql: obstacle === null ? stepSql(step) : [],
    rollback: [],
    step: obstacle === null ? step : null,
  };
}
