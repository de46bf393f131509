import { quoteName } from '../../../src/database/identifiers.ts';
import type { Session } from '../../../src/database/types.ts';
import { inspectSchema } from '../../../src/optimizer/inspect.ts';
import { optimizeDatabase } from '../../../src/optimizer/optimize.ts';
import type { RunResult } from '../../../src/optimizer/apply.ts';
import type { Schema } from '../../../src/optimizer/schema.ts';
import { readQuery } from '../../../src/optimizer/sql/query.ts';
import type { Query } from '../../../src/optimizer/sql/query.ts';
import type { MariadbServer } from '../../../src/sandbox/servers/mariadb.ts';
import { median, verdict } from '../harness.mjs';
import { execute } from './quality-cost.ts';
import { drawSchema, handMade } from './quality-schemas.ts';
import type { SmallSchema } from './quality-schemas.ts';
import { findBest } from './quality-search.ts';
import type { Choice } from './quality-search.ts';
import { createDatabase, noEvidence, quietly, withServer } from './server.ts';
import type { Opened } from './server.ts';

const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
const goal = { gain: 0.95, bytes: 1.1 };
const longestIndex = 3;
/** Longer texts are in no candidate. */
const longestText = 60;

type Tell = (line: string) => void;

/** As parts of what the best set gains and takes. */
interface Result {
  readonly gain: number;
  readonly bytes: number;
  /** Of the run's proposals, were they all kept: what is missing here was never tried. */
  readonly proposed: number;
}

/** The indexes that a run keeps beside the best set there is, on small databases whose best set can be searched for. */
export async function indexQuality(tell: Tell): Promise<void> {
  const results: Result[] = [];
  await withServer(async (server) => {
    for (const small of [...seeds.map(drawSchema), ...handMade]) {
      results.push(await compare(server, small, tell));
    }
  });
  const gains = results.map(({ gain }) => gain);
  const bytes = results.map((result) => result.bytes);
  const met = results.filter((result) => result.gain >= goal.gain && result.bytes <= goal.bytes);
  tell(
    `part of the best gain: median ${percent(median(gains))}, worst ${percent(Math.min(...gains))}, ${verdict(
      '95 % of each',
      gains.every((gain) => gain >= goal.gain),
    )}`,
  );
  tell(
    `bytes by those of the best set: median ${median(bytes).toFixed(2)}x, worst ${Math.max(...bytes).toFixed(2)}x, ${verdict(
      '1.10x of each',
      bytes.every((ratio) => ratio <= goal.bytes),
    )}`,
  );
  const proposed = results.map((result) => result.proposed);
  tell(
    `part of the best gain with all that was proposed: median ${percent(median(proposed))}, worst ${percent(Math.min(...proposed))}`,
  );
  tell(`both goals: ${met.length} of ${results.length}`);
}

async function compare(server: MariadbServer, small: SmallSchema, tell: Tell): Promise<Result> {
  const name = small.name.replace(' ', '_');
  const startedAt = performance.now();
  const search = await searchBest(server, `${name}_search`, small);
  const searchedMs = performance.now() - startedAt;
  await using opened = await createDatabase(server, name);
  await fill(opened, small);
  const base = await measure(opened, small);
  const run = await optimize(opened, small);
  const ours = await measure(opened, small);
  const proposed = await measureAll(opened, small, run);
  const bestBytes = search.measured.bytes - base.bytes;
  const ourBytes = ours.bytes - base.bytes;
  const bestGain = base.cost - search.measured.cost;
  const gainOf = ({ cost }: Measured): number =>
    bestGain === 0 ? 1 : (base.cost - cost) / bestGain;
  const gain = gainOf(ours);
  const bytes = bestBytes === 0 ? (ourBytes === 0 ? 1 : Infinity) : ourBytes / bestBytes;
  tell(
    `${small.name}: cost ${base.cost}, best ${search.measured.cost}, ours ${ours.cost}: ${percent(gain)} of the gain (${percent(gainOf(proposed))} with all proposals); ${kib(ourBytes)} for ${kib(bestBytes)} KiB, ${bytes.toFixed(2)}x (${search.choices} candidates, ${search.executed} plans, ${(searchedMs / 1000).toFixed(1)} s)`,
  );
  if (search.measured.cost !== search.expected) {
    tell(`  the search expected ${search.expected} of its set`);
  }
  if (gain < goal.gain || bytes > goal.bytes) {
    tell(`  best: ${search.indexes.join(', ')}`);
    tell(`  ours: ${kept(run).join(', ')}`);
    for (const finding of run.findings) {
      if (finding.rule !== 'missing-index' || finding.status === 'applied') continue;
      tell(
        `  ${finding.status} ${finding.table} (${finding.columns.join(', ')}): ${finding.reason}`,
      );
    }
    small.statements.forEach((statement, i) => {
      const [before, best, now] = [base, search.measured, ours].map(({ costs }) => costs[i]);
      if (now !== best) tell(`  ${before}, best ${best}, ours ${now}: ${statement}`);
    });
  }
  return { gain, bytes, proposed: gainOf(proposed) };
}

interface Searched {
  readonly measured: Measured;
  readonly expected: number;
  readonly indexes: readonly string[];
  readonly choices: number;
  readonly executed: number;
}

/** Searches among all candidates at once, then builds the best set in a database of its own. */
async function searchBest(
  server: MariadbServer,
  name: string,
  small: SmallSchema,
): Promise<Searched> {
  await using all = await createDatabase(server, name);
  await fill(all, small);
  const choices = await buildCandidates(all, small);
  await using session = await all.database.pin();
  const best = await findBest(session, await readAll(all, session, small), choices);
  await using alone = await createDatabase(server, `${name}_best`);
  await fill(alone, small);
  const taken = choices.filter((choice) => best.names.includes(choice.name));
  for (const choice of taken) await alone.database.define(addIndex(choice));
  await analyze(alone, small);
  return {
    measured: await measure(alone, small),
    expected: best.cost,
    indexes: taken.map(({ table, columns }) => `${table} (${columns.join(', ')})`),
    choices: choices.length,
    executed: best.executed,
  };
}

async function fill({ database }: Opened, small: SmallSchema): Promise<void> {
  for (const statement of small.definitions) {
    const text = `/* scalectl:bench */ ${statement}`;
    await (statement.startsWith('CREATE') ? database.define(text) : database.write(text));
  }
  await analyze({ database }, small);
}

async function analyze({ database }: Pick<Opened, 'database'>, small: SmallSchema): Promise<void> {
  const tables = small.definitions.flatMap((text) => /^CREATE TABLE (\w+)/.exec(text)?.[1] ?? []);
  await database.define(`/* scalectl:bench */ ANALYZE TABLE ${tables.join(', ')}`);
}

async function schemaOf({ database }: Opened, session: Session): Promise<Schema> {
  return inspectSchema(session, { database: database.target.database, flavor: database.flavor });
}

async function readAll(opened: Opened, session: Session, small: SmallSchema): Promise<Query[]> {
  const schema = await schemaOf(opened, session);
  return small.statements.map((statement) => readQuery(statement, schema));
}

/**
 * All ordered lists of one to three columns that a statement compares, groups or sorts by; and of those that it reads,
 * where these are so few that an index could hold them all.
 */
async function buildCandidates(opened: Opened, small: SmallSchema): Promise<Choice[]> {
  const lists = new Map<string, Omit<Choice, 'bytes'>>();
  for (const query of await readAll(opened, opened.database, small)) {
    query.tables.forEach(({ table, columns: read }, number) => {
      const short = (column: { name: string; maxBytes: number | null }): boolean =>
        column.name !== 'id' && (column.maxBytes ?? 0) <= longestText * 4;
      const searched = searchedColumns(query, number);
      const all = read.filter(({ name }) => name !== 'id');
      const isCoverable = all.length <= longestIndex && all.every(short);
      const used = read.filter(short).map(({ name }) => name);
      const columns = isCoverable ? used : used.filter((column) => searched.has(column));
      for (const list of orderedLists(columns, longestIndex)) {
        const isThere = table.indexes.some(({ parts }) =>
          list.every((column, i) => parts[i]?.column === column),
        );
        const id = `${table.name} ${list.join()}`;
        if (isThere || lists.has(id)) continue;
        lists.set(id, { name: `choice_${lists.size}`, table: table.name, columns: list });
      }
    });
  }
  for (const choice of lists.values()) await opened.database.define(addIndex(choice));
  await analyze(opened, small);
  const sizes = await indexSizes(opened);
  return [...lists.values()].map((choice) => ({ ...choice, bytes: sizes.get(choice.name) ?? 0 }));
}

function searchedColumns(query: Query, number: number): Set<string> {
  const uses = [
    ...query.conditions.flatMap((condition) => {
      if (condition.kind === 'join') return [condition.left, condition.right];
      return condition.kind === 'other' ? [] : [condition.column];
    }),
    ...query.groupBy,
    ...query.orderBy.map(({ column }) => column),
  ];
  return new Set(uses.flatMap((use) => (use?.table === number ? use.column.name : [])));
}

function orderedLists(columns: readonly string[], longest: number): string[][] {
  if (longest === 0) return [];
  return columns.flatMap((first) => [
    [first],
    ...orderedLists(
      columns.filter((column) => column !== first),
      longest - 1,
    ).map((rest) => [first, ...rest]),
  ]);
}

function addIndex({ name, table, columns }: Omit<Choice, 'bytes'>): string {
  return `/* scalectl:bench */ ALTER TABLE ${quoteName(table)} ADD INDEX ${quoteName(name)} (${columns.map(quoteName).join(', ')})`;
}

/** Pages of each secondary index, in bytes, by its name. */
async function indexSizes({ database }: Opened): Promise<Map<string, number>> {
  const rows = await database.read<{ id: string; bytes: number | string }>(
    `/* scalectl:bench */ SELECT index_name AS id, stat_value * @@innodb_page_size AS bytes
     FROM mysql.innodb_index_stats
     WHERE database_name = ? AND stat_name = 'size' AND index_name <> 'PRIMARY' AND table_name NOT LIKE 'scalectl%'`,
    [database.target.database],
  );
  return new Map(rows.map(({ id, bytes }) => [id, Number(bytes)]));
}

interface Measured {
  readonly costs: readonly number[];
  readonly cost: number;
  /** Of all secondary indexes. */
  readonly bytes: number;
}

async function measure(opened: Opened, small: SmallSchema): Promise<Measured> {
  await using session = await opened.database.pin();
  const costs: number[] = [];
  for (const query of await readAll(opened, session, small)) {
    costs.push((await execute(session, query, new Map())).cost);
  }
  const sizes = [...(await indexSizes(opened)).values()];
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  return { costs, cost: sum(costs), bytes: sum(sizes) };
}

async function optimize(opened: Opened, small: SmallSchema): Promise<RunResult> {
  const { database, settings } = opened;
  const result = await optimizeDatabase(database, {
    settings,
    ...noEvidence,
    workload: small.statements.map((statement) => `${statement};\n`).join(''),
    given: null,
    dropRedundant: false,
    dropUnused: false,
    confirmDrops: () => Promise.resolve(),
    ...quietly(),
  });
  await analyze(opened, small);
  return result;
}

/** With the proposals that the run took back built again. */
async function measureAll(opened: Opened, small: SmallSchema, run: RunResult): Promise<Measured> {
  for (const { rule, status, sql } of run.findings) {
    if (rule !== 'missing-index' || status === 'applied') continue;
    for (const statement of sql) await opened.database.define(statement);
  }
  await analyze(opened, small);
  return measure(opened, small);
}

function kept({ findings }: RunResult): string[] {
  return findings
    .filter(({ rule, status }) => rule === 'missing-index' && status === 'applied')
    .map(({ table, columns }) => `${table} (${columns.join(', ')})`);
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1)} %`;
}

function kib(bytes: number): string {
  return String(Math.round(bytes / 1024));
}
