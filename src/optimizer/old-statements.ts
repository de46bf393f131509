import type { OldIndexStatement } from './evidence/scan/old-index.ts';
import type { Finding } from './findings.ts';
import type { Index, Schema, Table } from './schema.ts';
import { findColumn, findTable } from './schema.ts';

export type OldVerdict =
  'needed' | 'already-there' | 'no-such-table' | 'no-such-column' | 'not-needed';

/** An index statement in the platform's source, judged by the schema and the findings. */
export interface OldStatement {
  /** From the scanned folder on. */
  readonly file: string;
  readonly line: number | null;
  readonly sql: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly verdict: OldVerdict;
  /** The index that is there, the finding that asks for it, or the name that is missing; null for none. */
  readonly by: string | null;
  /** The verdict in one sentence. */
  readonly reason: string;
}

/** Says of each index statement in the platform's source what has become of it. */
export function judgeOldStatements(
  statements: readonly OldIndexStatement[],
  schema: Schema,
  findings: readonly Finding[],
): OldStatement[] {
  return statements.map(({ file, line, sql, table, columns, kind }) => ({
    file,
    line,
    sql,
    table,
    columns,
    ...judge({ table, columns, kind }, schema, findings),
  }));
}

/** After a run: an index that was tried and taken back is not needed after all. */
export function reviseOldStatements(
  statements: readonly OldStatement[],
  findings: readonly Finding[],
): OldStatement[] {
  return statements.map((statement) => {
    const finding = findings.find(({ id }) => id === statement.by);
    if (statement.verdict !== 'needed' || !finding) return statement;
    return { ...statement, ...byFinding(finding) };
  });
}

type Judged = Pick<OldStatement, 'verdict' | 'by' | 'reason'>;

function judge(
  wanted: Pick<OldIndexStatement, 'table' | 'columns' | 'kind'>,
  schema: Schema,
  findings: readonly Finding[],
): Judged {
  const table = findTable(schema, wanted.table);
  if (!table) {
    const by = wanted.table;
    return { verdict: 'no-such-table', by, reason: `there is no table ${by}` };
  }
  const missing = wanted.columns.find((name) => !findColumn(table, name));
  if (missing !== undefined) {
    const reason = `${table.name} has no column ${missing}`;
    return { verdict: 'no-such-column', by: missing, reason };
  }
  const there = table.indexes.find((index) => isServedBy(wanted, index));
  if (there) {
    const isSame = there.parts.length === wanted.columns.length;
    const reason = isSame ? `it is there as ${there.name}` : `${there.name} begins with it`;
    return { verdict: 'already-there', by: there.name, reason };
  }
  const finding = findings.find((each) => asksFor(each, table, wanted.columns));
  if (finding && wanted.kind === 'plain') return byFinding(finding);
  return {
    verdict: 'not-needed',
    by: null,
    reason:
      wanted.kind === 'unique'
        ? 'a UNIQUE is a rule for the data, which no statement can ask for'
        : wanted.kind === 'other'
          ? 'no evidence asks for it: full-text and spatial searches are not judged'
          : 'no evidence asks for it',
  };
}

function byFinding({ id, status, columns }: Finding): Judged {
  const shape = `(${columns.join(', ')})`;
  if (status === 'rejected') {
    return {
      verdict: 'not-needed',
      by: id,
      reason: `${shape} was tried and taken back: it gains too little`,
    };
  }
  return {
    verdict: 'needed',
    by: id,
    reason: status === 'applied' ? `made as ${shape}` : `statements ask for ${shape}`,
  };
}

/** A plain index is served by any that begins with its columns, a UNIQUE by the same UNIQUE alone. */
function isServedBy(
  { columns, kind }: Pick<OldIndexStatement, 'columns' | 'kind'>,
  index: Index,
): boolean {
  if (kind === 'other' ? index.type === 'BTREE' : index.type !== 'BTREE') return false;
  if (kind === 'unique' && (!index.isUnique || index.parts.length !== columns.length)) return false;
  return columns.every((name, i) => isSameName(index.parts[i]?.column, name));
}

function asksFor(finding: Finding, table: Table, columns: readonly string[]): boolean {
  const { rule } = finding;
  if (rule !== 'missing-index' && rule !== 'foreign-key-without-index') return false;
  return (
    finding.table === table.name && columns.every((name, i) => isSameName(finding.columns[i], name))
  );
}

function isSameName(a: string | null | undefined, b: string): boolean {
  return a?.toLowerCase() === b.toLowerCase();
}
