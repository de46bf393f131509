import { quoteName } from '../../database/identifiers.ts';
import type { Session } from '../../database/types.ts';
import { primaryKeyOf } from '../schema.ts';
import type { Column, Table } from '../schema.ts';
import type { Query } from '../sql/query.ts';
import { Refusal } from '../sql/refusal.ts';
import { isSign, isWord } from '../sql/tokenize.ts';
import type { Token } from '../sql/tokenize.ts';

/** What a page of a list usually shows, for `LIMIT ?`. */
const usualLimit = 20;

/** Types whose values cannot be written into a statement as text. */
const unwritable = /binary|blob|^bit$|geometry|point|linestring|polygon|vector|json/;

/**
 * Turns a digest into a statement that can be executed: `column = ?` gets the value that the newest row of its
 * table has, so that the values belong together and are of the kind that pages ask for now. Spaces that digests put
 * between a function and its parenthesis, where a statement must not have them, are taken out.
 * @throws Refusal when a `?` stands where no row tells a value: a range, a pattern, a calculation
 */
export async function fillFromNewestRow(session: Session, query: Query): Promise<string> {
  const places = placesOf(query);
  const open = query.tokens.find((token) => isOpen(token) && !places.has(token));
  if (open) throw new Refusal('its values are not known, and no row tells them');
  const rows = await readNewestRows(session, query, [...places.values()]);
  const values = new Map<Token, string>();
  for (const [token, place] of places) {
    const value = place === 'limit' ? String(usualLimit) : rows.get(place.column);
    if (value === undefined || value === 'NULL') {
      throw new Refusal('its values are not known: the newest row has none');
    }
    values.set(token, value);
  }
  return render(query, values);
}

/** Whether a statement has places without values. */
export function hasOpenPlaces(query: Query): boolean {
  return query.tokens.some(isOpen);
}

type Place = 'limit' | { table: Table; column: Column };

function isOpen(token: Token): boolean {
  return token.kind === 'placeholder' || token.kind === 'ellipsis';
}

function placesOf(query: Query): Map<Token, Place> {
  const places = new Map<Token, Place>();
  for (const condition of query.conditions) {
    if (condition.kind !== 'equal' && condition.kind !== 'in') continue;
    const { table, column } = condition.column;
    const owner = query.tables[table]?.table;
    // A calculation such as ? + 1 is not the column's value.
    const isPlain = condition.values.every((token) => isOpen(token) || isSign(token, ','));
    if (!owner || !isPlain || unwritable.test(column.dataType)) continue;
    for (const token of condition.values) {
      if (isOpen(token)) places.set(token, { table: owner, column });
    }
  }
  const [first, ...rest] = (query.limit ?? []).filter(isOpen);
  if (first && rest.length === 0) places.set(first, 'limit');
  return places;
}

/** Literals by column: one row of each table. */
async function readNewestRows(
  session: Session,
  query: Query,
  places: readonly Place[],
): Promise<Map<Column, string>> {
  const values = new Map<Column, string>();
  for (const { table } of query.tables) {
    const columns = new Set(
      places.flatMap((place) => (place !== 'limit' && place.table === table ? place.column : [])),
    );
    if (columns.size === 0) continue;
    const row = await readNewestRow(session, table, [...columns]);
    [...columns].forEach((column, i) => {
      const value = row?.[`v${i}`];
      if (value !== undefined) values.set(column, value);
    });
  }
  return values;
}

async function readNewestRow(
  session: Session,
  table: Table,
  columns: readonly Column[],
): Promise<Record<string, string> | undefined> {
  // The server writes the literals itself: it knows how its texts are escaped.
  const list = columns.map(
    (column, i) => `QUOTE(CAST(${quoteName(column.name)} AS CHAR)) AS v${i}`,
  );
  const key = (primaryKeyOf(table)?.parts ?? [])
    .flatMap((part) => (part.column === null ? [] : `${quoteName(part.column)} DESC`))
    .join(', ');
  const [row] = await session.read<Record<string, string>>(
    `/* scalectl:optimize-db */ SELECT ${list.join(', ')} FROM ${quoteName(table.name)}${
      key === '' ? '' : ` ORDER BY ${key}`
    } LIMIT 1`,
  );
  return row;
}

/**
 * Puts tokens together again: digests have spaces in places where a statement must not, and write a table whose name
 * is also a keyword, such as `events`, in upper case.
 */
function render({ tokens, tables }: Query, values: ReadonlyMap<Token, string>): string {
  const names = new Map(tables.map(({ table: { name } }) => [name.toUpperCase(), name]));
  return tokens
    .map((token, i) => {
      const isTable = token.kind === 'word' && !isSign(tokens[i + 1], '(');
      const name = token.kind === 'name' ? token.text : isTable ? names.get(token.text) : undefined;
      const text = values.get(token) ?? (name === undefined ? token.text : quoteName(name));
      const before = tokens[i - 1];
      const isCall = isSign(token, '(') && before?.kind === 'word' && !isWord(before, ...spaced);
      return i === 0 || isCall || isSign(token, '.', ',') || isSign(before, '.')
        ? text
        : ` ${text}`;
    })
    .join('');
}

/** Words before a parenthesis that are no functions. */
const spaced =
  'IN AND OR NOT ON WHERE SELECT HAVING BY JOIN USING WHEN THEN ELSE BETWEEN LIKE IS FROM'.split(
    ' ',
  );
