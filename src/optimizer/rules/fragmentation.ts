import { formatBytes, formatRate } from '../../output/text.ts';
import { copyBytesOf } from '../disk-space.ts';
import { noEvidence } from '../findings.ts';
import type { Finding, Step } from '../findings.ts';
import type { Table } from '../schema.ts';
import { asOffline, stepSql, whyNotRebuild } from '../steps.ts';
import type { Rule } from './rule.ts';

/** InnoDB fills free room again by itself: less than this is not worth a copy of the table. */
const leastFreeBytes = 100 * 1024 * 1024;
/** InnoDB keeps some room free in every file; a fifth is more than that. */
const leastFreeShare = 0.2;

/**
 * Tables whose own file holds much room without rows, as after a large DELETE. The room of a table in InnoDB's shared
 * file is that of all tables there, and a rebuild gives none of it back: such a table is not named, nor is one of
 * which the server does not say where it lies. Only told: new rows fill the room again, and a rebuild is worth it
 * only where they do not come. `--rebuild` does it.
 */
export const fragmentation: Rule = {
  name: 'fragmentation',
  find: ({ schema, server }) =>
    [...schema.tables.values()]
      .filter((table) => isLoose(table) && server?.isShared?.(table.name) === false)
      .map(toFinding),
};

/** Much room without rows. Partitions each have a file of their own, with some room in each: their sum says nothing. */
export function isLoose(table: Table): boolean {
  if (table.engine.toLowerCase() !== 'innodb' || table.isPartitioned) return false;
  return table.freeBytes >= leastFreeBytes && shareOf(table) >= leastFreeShare;
}

function shareOf({ freeBytes, dataBytes, indexBytes }: Table): number {
  return freeBytes / (freeBytes + dataBytes + indexBytes);
}

function toFinding(table: Table): Finding {
  const step: Step = { kind: 'rebuild', table: table.name };
  const obstacle = whyNotRebuild(table);
  const copy = formatBytes(copyBytesOf(table));
  const how =
    obstacle === null
      ? `--rebuild ${table.name} does it while the table is used, and needs room for a copy (up to ${copy}) and for what is written meanwhile`
      : `${obstacle}, so choose the time yourself`;
  return {
    id: `fragmentation ${table.name}`,
    rule: 'fragmentation',
    table: table.name,
    index: null,
    columns: [],
    status: 'review',
    reason: `${formatBytes(table.freeBytes)} of its file hold no rows, ${formatRate(shareOf(table))}; new rows fill them again, a rebuild gives them back to the disk; ${how}`,
    evidence: noEvidence,
    sql: obstacle === null ? stepSql(step) : asOffline(stepSql(step)),
    rollback: [],
    step: null,
  };
}
