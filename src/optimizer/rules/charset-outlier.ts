import { quoteName } from '../../database/identifiers.ts';
import { formatBytes, formatNumber } from '../../output/text.ts';
import { noEvidence } from '../findings.ts';
import type { Finding } from '../findings.ts';
import type { Column, Schema, Table } from '../schema.ts';
import type { Rule } from './rule.ts';

/** With fewer tables there is no usual collation to differ from. */
const leastTables = 3;

/**
 * Text columns in another character set or collation than most of the database: joins with them cannot use an index,
 * and utf8mb3 refuses characters of four bytes. A `_bin` collation and ASCII are chosen on purpose, for tokens and
 * codes, and are not named. Only told: a conversion copies the table.
 */
export const charsetOutlier: Rule = {
  name: 'charset-outlier',
  find: ({ schema }) => {
    const usual = usualCollation(schema);
    if (usual === null) return [];
    return [...schema.tables.values()].flatMap((table) => {
      const columns = table.columns.filter((column) => isOutlier(column, usual));
      return columns.length > 0 ? [toFinding(table, columns, usual)] : [];
    });
  },
};

/** The collation of more than half of the tables that hold text. */
function usualCollation(schema: Schema): string | null {
  const texts = [...schema.tables.values()].filter(({ columns }) => columns.some(isText));
  if (texts.length < leastTables) return null;
  const counts = new Map<string, number>();
  for (const { collation } of texts) {
    if (collation !== null) counts.set(collation, (counts.get(collation) ?? 0) + 1);
  }
  const usual = [...counts].find(([, count]) => count > texts.length / 2);
  return usual?.[0] ?? null;
}

function isText({ charset }: Column): boolean {
  return charset !== null;
}

function isOutlier(column: Column, usual: string): boolean {
  if (column.collation === null || column.collation === usual) return false;
  return !isOnPurpose(column, usual);
}

/** `utf8mb4_bin` beside `utf8mb4_unicode_ci`, ASCII, and JSON, which MariaDB keeps as utf8mb4_bin text. */
function isOnPurpose({ charset, collation }: Column, usual: string): boolean {
  if (charset === 'ascii') return true;
  return charsetOf(usual) === charset && collation?.endsWith('_bin') === true;
}

function charsetOf(collation: string): string {
  return collation.split('_')[0] ?? collation;
}

function toFinding(table: Table, columns: readonly Column[], usual: string): Finding {
  const kinds = [...new Set(columns.map(({ collation }) => collation ?? ''))].join(', ');
  const narrow = columns.some(({ charset }) => charset === 'utf8mb3')
    ? '; utf8mb3 refuses characters of four bytes, such as emoji'
    : '';
  const keys = [...table.foreignKeys, ...table.referencedBy].filter((key) => {
    const own = key.table === table.name ? key.columns : key.referencedColumns;
    return columns.some(({ name }) => own.includes(name));
  });
  const isMixed = table.columns.some((each) => isText(each) && !columns.includes(each));
  const inKeys =
    keys.length > 0
      ? `; the foreign key ${keys.map(({ name }) => name).join(', ')} must be dropped before and made again, with both sides converted`
      : '';
  // CONVERT changes every text column: also those that are as they are on purpose.
  const how = isMixed ? '; change these columns one by one with MODIFY, each in full' : '';
  return {
    id: `charset-outlier ${table.name}`,
    rule: 'charset-outlier',
    table: table.name,
    index: null,
    columns: columns.map(({ name }) => name),
    status: 'review',
    reason: `${kinds} here, ${usual} in most tables: a join over both may find no index to use${narrow}; the conversion copies the table (${formatBytes(table.dataBytes + table.indexBytes)}, about ${formatNumber(table.rows)} rows), and writers wait meanwhile${inKeys}${how}`,
    evidence: noEvidence,
    sql:
      isMixed || keys.length > 0
        ? []
        : [
            `ALTER TABLE ${quoteName(table.name)} CONVERT TO CHARACTER SET ${charsetOf(usual)} COLLATE ${usual}`,
          ],
    rollback: [],
    step: null,
  };
}
