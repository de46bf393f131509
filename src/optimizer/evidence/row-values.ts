import { quoteName } from '../../database/identifiers.ts';
import type { Session } from '../../database/types.ts';
import { ownRows } from './not-workload.ts';
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

/** A form of statement with values of rows that are in its tables. */
export interface FilledStatement {
  readonly text: string;
  /** `frequent-row`: of a row that many others are like, such as an order of a user who orders much. */
  readonly values: 'newest-row' | 'frequent-row';
}

/** Keys of a table, spread over all of it, at which rows are looked at to find values that occur often. */
const sampledRows = 100;

/** Reads values for statements from the rows of their tables; remembers what it has read. */
export class RowValues {
  readonly #session: Session;
  readonly #read = new Map<string, Promise<Row | undefined>>();

  constructor(session: Session) {
    this.#session = session;
  }

  /**
   * Turns a digest into statements that can be executed. `column = ?` gets the value that the newest row of its table
   * has, so that the values belong together and are of the kind that pages ask for now. A second statement gets the
   * values that occur most often, where a look at a hundred rows finds some twice: those who have the most rows wait
   * the longest. Spaces that digests put between a function and its parenthesis, where a statement must not have them,
   * are taken out.
   * @throws Refusal when a `?` stands where no row tells a value: a range, a pattern, a calculation
   */
  async fill(query: Query): Promise<FilledStatement[]> {
    const places = placesOf(query);
    const open = query.tokens.find((token) => isOpen(token) && !places.has(token));
    if (open) throw new Refusal('its values are not known, and no row tells them');
    const newest = await this.#valuesOf(query, places, readNewestRow);
    const frequent = await this.#valuesOf(query, places, readFrequentRow);
    const text = fillPlaces(query, places, newest);
    const other = fillPlaces(query, places, new Map([...newest, ...frequent]));
    return [
      { text, values: 'newest-row' },
      ...(other === text ? [] : [{ text: other, values: 'frequent-row' as const }]),
    ];
  }

  /** Literals by column: one row of each table. */
  async #valuesOf(
    query: Query,
    places: ReadonlyMap<Token, Place>,
    read: ReadRow,
  ): Promise<Map<Column, string>> {
    const values = new Map<Column, string>();
    for (const { table } of query.tables) {
      const columns = new Set(
        [...places.values()].flatMap((place) =>
          place !== 'limit' && place.table === table ? place.column : [],
        ),
      );
      if (columns.size === 0) continue;
      const row = await this.#readOnce(table, [...columns], read);
      [...columns].forEach((column, i) => {
        const value = row?.[literal(i)];
        if (value !== undefined && value !== 'NULL') values.set(column, value);
      });
    }
    return values;
  }

  #readOnce(table: Table, columns: readonly Column[], read: ReadRow): Promise<Row | undefined> {
    const key = JSON.stringify([read.name, table.name, ...columns.map(({ name }) => name)]);
    const known = this.#read.get(key) ?? read(this.#session, table, columns);
    this.#read.set(key, known);
    return known;
  }
}

/** Literals, as `literal` names them. */
type Row = Record<string, string>;
type ReadRow = (
  session: Session,
  table: Table,
  columns: readonly Column[],
) => Promise<Row | undefined>;

/** @throws Refusal when a column has no value */
function fillPlaces(
  query: Query,
  places: ReadonlyMap<Token, Place>,
  row: ReadonlyMap<Column, string>,
): string {
  const values = new Map<Token, string>();
  for (const [token, place] of places) {
    const value = place === 'limit' ? String(usualLimit) : row.get(place.column);
    if (value === undefined) throw new Refusal('its values are not known: the newest row has none');
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

async function readNewestRow(
  session: Session,
  table: Table,
  columns: readonly Column[],
): Promise<Row | undefined> {
  const key = keyColumns(table).map((name) => `${quoteName(name)} DESC`);
  const [row] = await session.read<Row>(
    `/* scalectl:optimize-db */ SELECT ${literals(columns)} FROM ${quoteName(table.name)}${
      key.length === 0 ? '' : ` ORDER BY ${key.join(', ')}`
    } LIMIT 1`,
  );
  return row;
}

/** The values that most of the sampled rows have; undefined where no two are alike, or the key is no number. */
async function readFrequentRow(
  session: Session,
  table: Table,
  columns: readonly Column[],
): Promise<Row | undefined> {
  const [key, ...more] = keyColumns(table);
  if (key === undefined || more.length > 0) return undefined;
  const keys = await spreadKeys(session, table, key);
  if (keys.length === 0) return undefined;
  const name = quoteName(key);
  const lookups = keys.map(
    (value) =>
      `(SELECT ${name} AS scalectl_key, ${literals(columns)} FROM ${quoteName(table.name)} WHERE ${name} >= ${value} ORDER BY ${name} LIMIT 1)`,
  );
  // Several keys in a gap lead to one row, which counts once: UNION leaves out what is the same.
  const rows = await session.read<Row>(`/* scalectl:optimize-db */ ${lookups.join(' UNION ')}`);
  const alike = new Map<string, Row[]>();
  for (const { scalectl_key: _, ...row } of rows) {
    const values = JSON.stringify(row);
    alike.set(values, [...(alike.get(values) ?? []), row]);
  }
  const [most = []] = [...alike.values()].sort((a, b) => b.length - a.length);
  return most.length > 1 ? most[0] : undefined;
}

/** Whole numbers from the first to the last key, one in each hundredth; none for other keys. */
async function spreadKeys(session: Session, table: Table, key: string): Promise<bigint[]> {
  const column = table.columns.find(({ name }) => name === key);
  if (!column || !/int$/.test(column.dataType)) return [];
  const name = quoteName(key);
  const [ends] = await session.read<{ first: string | null; last: string | null }>(
    `/* scalectl:optimize-db */ SELECT CAST(MIN(${name}) AS CHAR) AS first, CAST(MAX(${name}) AS CHAR) AS last
     FROM ${quoteName(table.name)} ${ownRows}`,
  );
  if (!ends || ends.first === null || ends.last === null) return [];
  const first = BigInt(ends.first);
  const width = BigInt(ends.last) - first;
  return Array.from({ length: sampledRows }, (_, i) => {
    const place = Math.floor((i + ((i * goldenRatio) % 1)) * 1e6);
    return first + (width * BigInt(place)) / BigInt(sampledRows * 1e6);
  });
}

/** Moves each key within its hundredth, so that no pattern in the table, every tenth row alike, hides or shows alone. */
const goldenRatio = 0.618033988749895;

function keyColumns(table: Table): string[] {
  return (primaryKeyOf(table)?.parts ?? []).flatMap(({ column }) => column ?? []);
}

/** The server writes the literals itself: it knows how its texts are escaped. */
function literals(columns: readonly Column[]): string {
  return columns
    .map(({ name }, i) => `QUOTE(CAST(${quoteName(name)} AS CHAR)) AS ${literal(i)}`)
    .join(', ');
}

/** By this name the server's digests of these look-ups are known for scalectl's own, and left out. */
function literal(index: number): string {
  return `scalectl_value${index}`;
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
