import { formatMs } from '../../output/text.ts';
import { alterOnline, findAdded } from '../change.ts';
import { readFreeBytes, whyNoRoom } from '../disk-space.ts';
import type { JudgedStatement } from '../evidence/statements.ts';
import type { Finding } from '../findings.ts';
import { describeParts, isLeftPrefix } from '../index-shape.ts';
import { indexName } from '../index-name.ts';
import { estimateIndexBytes } from '../index-size.ts';
import { refreshPlans } from '../refresh-plans.ts';
import type { Run } from '../run.ts';
import { findColumn } from '../schema.ts';
import type { Table } from '../schema.ts';
import { settleIndex, takeBack } from '../settle.ts';
import type { AddIndex } from '../settle.ts';
import { judgeOnCopy } from '../shadow/judge-on-copy.ts';
import { rollbackSql, stepSql } from '../steps.ts';
import { rememberBefore } from '../watch/remember.ts';
import { endFailed, isConnectionLost } from './journaled.ts';

/** Tables from this size on take longer than some seconds to build an index on. */
const longBuildBytes = 256 * 2 ** 20;

/**
 * Builds an index, proves it and keeps it, or takes it back.
 * @param statements of the whole workload, which may suffer from the index
 */
export async function addIndex(
  run: Run,
  runId: number,
  proposed: Finding & { step: AddIndex },
  table: Table,
  statements: readonly JudgedStatement[],
): Promise<Finding> {
  const problem = whyNotAdd(table, proposed.step);
  if (problem) return { ...proposed, ...problem };
  const finding = await judgeOnCopy(run, runId, withFreeName(proposed, table), table);
  if (finding.status === 'rejected' || run.signal.aborted) return finding;
  const { step } = finding;
  const estimatedBytes = estimateIndexBytes(table, step.parts);
  const noRoom = whyNoRoom(estimatedBytes, await readFreeBytes(run.session));
  if (noRoom !== null) return { ...finding, status: 'blocked', reason: noRoom };
  const name = `${table.name} ${describeParts(step.parts)}`;
  const touching = await refreshPlans(run, statements, table.name);
  run.onProgress(`building an index on ${name}${inAbout(finding)}`);
  const stepId = await run.journal.beginStep(runId, finding, table);
  if (finding.rule === 'missing-index') await rememberBefore(run, stepId, table.name);
  const unsettled = { stepId, finding, indexesBefore: table.indexes };
  let tookMs = 0;
  try {
    await alterOnline(run.database, finding.sql[0] ?? '', 'usual', {
      signal: run.signal,
      table: table.name,
      onDone: (ms) => (tookMs = Math.round(ms)),
      isLong: table.dataBytes > longBuildBytes,
    });
  } catch (error) {
    if (isConnectionLost(error)) throw error;
    // Stopped a moment too late, the server may have finished it.
    await takeBack(run, unsettled);
    return endFailed(run, stepId, finding, error);
  }
  run.onProgress(`proving the index on ${name}`);
  const { dataBytes: tableBytes } = table;
  const build = {
    estimatedMs: null,
    ...finding.build,
    estimatedBytes,
    tableBytes,
    tookMs,
  };
  return settleIndex(run, { ...unsettled, finding: { ...finding, build } }, touching);
}

function inAbout({ build }: Finding): string {
  const ms = build?.estimatedMs ?? null;
  return ms === null ? '' : `, in about ${formatMs(ms)} as earlier ones tell`;
}

function whyNotAdd(table: Table, step: AddIndex): Pick<Finding, 'status' | 'reason'> | null {
  const missing = step.parts.find((part) => !findColumn(table, part.column ?? ''));
  if (missing) {
    return { status: 'blocked', reason: `the column ${missing.column ?? ''} is gone` };
  }
  if (findAdded(table, step)) return { status: 'applied', reason: 'it is there already' };
  const server = table.indexes.find(
    (index) => !index.isHidden && isLeftPrefix({ parts: step.parts, type: 'BTREE' }, index),
  );
  return server
    ? { status: 'rejected', reason: `${server.name} ${describeParts(server.parts)} serves it` }
    : null;
}

/** Another index may have taken the name since. */
function withFreeName(
  finding: Finding & { step: AddIndex },
  table: Table,
): Finding & { step: AddIndex } {
  if (!table.indexes.some((index) => index.name === finding.step.index)) return finding;
  const step = { ...finding.step, index: indexName(table, finding.columns) };
  return { ...finding, step, index: step.index, sql: stepSql(step), rollback: rollbackSql(step) };
}
