import { ownTablePrefix, quoteName } from '../../../database/identifiers.ts';
import type { Session } from '../../../database/types.ts';
import { alterOnline } from '../../change.ts';
import { partsSql } from '../../index-shape.ts';
import type { Run } from '../../run.ts';
import type { Column, Index, Schema, Table } from '../../schema.ts';
import { formOf } from '../convert/plan.ts';
import { notNullSql } from '../convert/clauses.ts';
import type { MonthRange } from '../convert/month-range.ts';
import { dateColumnOf } from '../judge.ts';
import { monthsSql, partitionBySql } from '../month-sql.ts';

/** An archive is built under this name, and gets its own when it is whole. */
const draftName = 'scalectl_archive_new';

interface Definition {
  column: string;
  type: string;
  collation: string | null;
}

/**
 * Why rows of a table cannot be put into this archive: it is there, and its columns differ. Null when they can, or
 * when it is yet to be made.
 */
export async function whyNotInto(
  session: Session,
  schema: Schema,
  source: Table,
  into: string,
): Promise<{ message: string; hint: string } | null> {
  if ([...into].length > 64) {
    return { message: `the name ${into} is too long for a table`, hint: 'Name one with --into.' };
  }
  if (into.startsWith(ownTablePrefix)) {
    return { message: `${into} would be one of scalectl's own tables`, hint: 'Name another one.' };
  }
  const archive = schema.tables.get(into);
  if (!archive) return null;
  if (
    archive.foreignKeys.length + archive.referencedBy.length > 0 ||
    archive.name === source.name
  ) {
    return {
      message: `${into} is not an archive: it has foreign keys, or is the table itself`,
      hint: 'Name another one with --into.',
    };
  }
  const there = new Map((await readDefinitions(session, into)).map((each) => [each.column, each]));
  const wanted = await readDefinitions(session, source.name);
  for (const column of wanted) {
    const found = there.get(column.column);
    if (!found) {
      return {
        message: `${source.name} has a column ${column.column} that its archive ${into} has not`,
        hint: `Add it: ALTER TABLE ${quoteName(into)} ADD COLUMN ${quoteName(column.column)} ${column.type} NULL`,
      };
    }
    if (found.type !== column.type || found.collation !== column.collation) {
      return {
        message: `${column.column} is ${column.type} in ${source.name} and ${found.type} in its archive ${into}`,
        hint: `Make both the same, or name another archive with --into.`,
      };
    }
  }
  return null;
}

async function readDefinitions(session: Session, table: string): Promise<Definition[]> {
  return session.read<Definition & Record<string, unknown>>(
    `/* scalectl:optimize-db */ SELECT COLUMN_NAME AS \`column\`, COLUMN_TYPE AS type,
       COLLATION_NAME AS collation
     FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`,
    [table],
  );
}

/**
 * Makes the archive of a table: its columns and indexes without foreign keys and without unique keys but the primary
 * one, with monthly partitions where rows have a date. It appears under its name when it is whole.
 * @param date the column that months are told by; null for rows without a date, which get no partitions
 */
export async function createArchive(
  run: Run,
  source: Table,
  into: string,
  options: { date: Column | null; range: MonthRange },
): Promise<void> {
  const { date, range } = options;
  const draft = quoteName(draftName);
  const change = (sql: string): Promise<unknown> =>
    alterOnline(run.database, sql, 'usual', { signal: run.signal });
  await change(`DROP TABLE IF EXISTS ${draft}`);
  await change(`CREATE TABLE ${draft} LIKE ${quoteName(source.name)}`);
  if (source.isPartitioned) await change(`ALTER TABLE ${draft} REMOVE PARTITIONING`);
  const [row] = await run.session.read<Record<string, string>>(
    `/* scalectl:optimize-db */ SHOW CREATE TABLE ${quoteName(source.name)}`,
  );
  const clauses = source.indexes.flatMap((index) => archiveIndex(index, date));
  if (date?.isNullable)
    clauses.unshift(`MODIFY COLUMN ${notNullSql(date, row?.['Create Table'] ?? '')}`);
  const months = date
    ? ` PARTITION BY ${partitionBySql(formOf(date), date.name)} (${monthsSql(formOf(date), range)})`
    : '';
  if (clauses.length > 0 || months !== '') {
    await change(`ALTER TABLE ${draft} ${clauses.join(', ')}${months}`);
  }
  await change(`RENAME TABLE ${draft} TO ${quoteName(into)}`);
}

/** The date that a child's rows can be told apart by; null where some have none. */
export function dateOfChild(table: Table): Column | null {
  const column = dateColumnOf(table);
  return column && !column.isNullable && column.generated === null ? column : null;
}

/** Archived rows keep what is found by; that no two are the same was the table's own affair. */
function archiveIndex(index: Index, date: Column | null): string[] {
  const name = quoteName(index.name);
  if (index.isPrimary) {
    if (!date || index.parts.some(({ column }) => column === date.name)) return [];
    const part = { column: date.name, expression: null, prefixLength: null, isDescending: false };
    return ['DROP PRIMARY KEY', `ADD PRIMARY KEY ${partsSql([...index.parts, part])}`];
  }
  if (index.type !== 'BTREE') return [`DROP INDEX ${name}`];
  return index.isUnique ? [`DROP INDEX ${name}`, `ADD INDEX ${name} ${partsSql(index.parts)}`] : [];
}
