import { quoteName } from '../../../database/identifiers.ts';
import type { Session } from '../../../database/types.ts';
import { ScalectlError } from '../../../errors.ts';
import { fingerprint, isSame } from '../fingerprint.ts';
import type { Member } from './family.ts';
import type { Archiving } from './plan.ts';
import { inParts, inSql, lockRows } from './row-keys.ts';
import type { FoundRows, RowKey } from './row-keys.ts';

/** Rows that one batch moved, by table. */
export type Moved = ReadonlyMap<string, number>;

/**
 * Moves some rows of the table and all that hang on them, in the transaction of the session: locked, copied, compared
 * on both sides, and only then deleted, the children first. A row that was changed meanwhile and is no longer old
 * stays.
 * @throws ScalectlError `operation-failed` where the copy differs: the transaction is to be rolled back
 */
export async function moveBatch(
  session: Session,
  archiving: Archiving,
  candidates: readonly RowKey[],
): Promise<Moved> {
  const { members, date, plan } = archiving;
  const found = new Map<string, FoundRows>();
  for (const member of members) {
    const wanted = members.flatMap(({ links }) =>
      links
        .filter(({ parent }) => parent === member.table.name)
        .flatMap((link) => link.parentColumns),
    );
    const by =
      member.links.length === 0
        ? [{ columns: member.key, values: candidates }]
        : member.links.map((link) => ({
            columns: link.columns,
            values: found.get(link.parent)?.valuesOf(link.parentColumns) ?? [],
          }));
    const isRoot = member.links.length === 0;
    const more = { sql: ` AND ${quoteName(date.name)} < ?`, values: [plan.cutoff] };
    const rows = isRoot
      ? await lockRows(session, member, by, wanted, more)
      : await lockRows(session, member, by, wanted);
    found.set(member.table.name, rows);
  }
  for (const member of members) {
    const into = archiving.into.get(member.table.name) ?? '';
    await copyRows(session, member, into, found.get(member.table.name)?.keys ?? []);
  }
  for (const member of [...members].reverse()) {
    await deleteRows(session, member, found.get(member.table.name)?.keys ?? []);
  }
  return new Map([...found].map(([table, { keys }]) => [table, keys.length]));
}

async function copyRows(
  session: Session,
  member: Member,
  into: string,
  keys: readonly RowKey[],
): Promise<void> {
  const names = member.table.columns
    .filter(({ generated }) => generated === null)
    .map(({ name }) => name);
  const columns = names.map(quoteName).join(', ');
  for (const part of inParts(keys)) {
    const { sql, values } = inSql(member.key, part);
    await session.write(
      `/* scalectl:optimize-db */ INSERT INTO ${quoteName(into)} (${columns})
       SELECT ${columns} FROM ${quoteName(member.table.name)} WHERE ${sql}`,
      values,
    );
    const before = await fingerprint(session, member.table.name, names, { where: sql, values });
    const after = await fingerprint(session, into, names, { where: sql, values });
    if (isSame(before, after) && before.rows === part.length) continue;
    throw new ScalectlError(
      'operation-failed',
      `${after.rows} rows in ${into} are not the ${before.rows} of ${member.table.name} that were copied`,
      { hint: `Nothing of them was deleted. Does ${into} hold rows of the same keys already?` },
    );
  }
}

async function deleteRows(
  session: Session,
  member: Member,
  keys: readonly RowKey[],
): Promise<void> {
  for (const part of inParts(keys)) {
    const { sql, values } = inSql(member.key, part);
    const { affectedRows } = await session.write(
      `/* scalectl:optimize-db */ DELETE FROM ${quoteName(member.table.name)} WHERE ${sql}`,
      values,
    );
    if (affectedRows === part.length) continue;
    throw new ScalectlError(
      'operation-failed',
      `${affectedRows} rows of ${member.table.name} would be deleted instead of ${part.length}`,
      { hint: 'Nothing was changed.' },
    );
  }
}
