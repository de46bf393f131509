import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createShopTables } from '../../../src/sandbox/shop/schema.ts';
import type { MariadbServer } from '../../../src/sandbox/servers/mariadb.ts';
import { median, spread, verdict } from '../harness.mjs';
import { findDuplicateKeyChecker } from './duplicate-key-checker.ts';
import type { DuplicateKeyChecker } from './duplicate-key-checker.ts';
import { createDatabase, open, planSchema, redundantOf, withServer } from './server.ts';
import type { Opened } from './server.ts';

/** Found through the package's own imports: the bench itself runs from a bundle in a folder of its own. */
const binary = fileURLToPath(
  new URL('../dist/bin/scalectl.js', import.meta.resolve('#templates/sandbox')),
);

type Tell = (line: string) => void;

interface Size {
  readonly tables: number;
  /** In-process and as a whole process, as a part of pt-duplicate-key-checker's time; null without a goal. */
  readonly goals: { readonly inProcess: number; readonly process: number | null };
  readonly rounds: number;
}

/** The first is the shop's own schema; the others are generated. */
const sizes: readonly Size[] = [
  { tables: 11, goals: { inProcess: 0.5, process: 2 }, rounds: 11 },
  { tables: 150, goals: { inProcess: 1, process: null }, rounds: 7 },
  { tables: 1000, goals: { inProcess: 0.5, process: null }, rounds: 5 },
];

/** The check of a schema beside pt-duplicate-key-checker, in turn on the same server. */
export async function checkSpeed(tell: Tell): Promise<void> {
  const checker = await findDuplicateKeyChecker();
  if (!checker) tell('pt-duplicate-key-checker is missing: node bin/bootstrap.mjs --test');
  await withServer(async (server) => {
    for (const size of sizes) await compare(server, checker, size, tell);
  });
}

/** Ours alone: the time of one table must not grow with their number. */
export async function growth(tell: Tell): Promise<void> {
  await withServer(async (server) => {
    const perTable: number[] = [];
    for (const tables of [1000, 10_000]) {
      const name = `tables_${tables}`;
      await using opened = await createDatabase(server, name);
      const expected = await generateTables(opened, tables);
      const times: number[] = [];
      for (let round = 0; round <= 3; round += 1) {
        const ours = await timeInProcess(opened.url);
        if (round > 0) times.push(ours.durationMs);
        if (round === 0) tell(`${tables} tables: ${ours.found} found, ${expected} there`);
      }
      tell(`${tables} tables: ${spread(times)} ms`);
      perTable.push(median(times) / tables);
    }
    const ratio = (perTable[1] ?? NaN) / (perTable[0] ?? NaN);
    tell(`time of a table at 10,000 by that at 1,000: ${ratio.toFixed(2)}x`);
    tell(verdict('1.5x', ratio <= 1.5));
  });
}

async function compare(
  server: MariadbServer,
  checker: DuplicateKeyChecker | null,
  { tables, goals, rounds }: Size,
  tell: Tell,
): Promise<void> {
  const name = `tables_${tables}`;
  await using opened = await createDatabase(server, name);
  const expected = tables === 11 ? await createShop(opened) : await generateTables(opened, tables);
  const times = { ours: [] as number[], process: [] as number[], checker: [] as number[] };
  const ratios = { ours: [] as number[], process: [] as number[] };
  for (let round = 0; round <= rounds; round += 1) {
    const ours = await timeInProcess(opened.url);
    const whole = timeProcess(opened.url);
    const theirs = checker?.(server, name);
    // The first round opens the tables and does not count.
    if (round === 0) {
      const others = `${whole.found} as a process, ${theirs?.found ?? 'none'} by pt-duplicate-key-checker`;
      tell(`${tables} tables: ${expected} are redundant; found ${ours.found}, ${others}`);
      continue;
    }
    times.ours.push(ours.durationMs);
    times.process.push(whole.durationMs);
    if (!theirs) continue;
    times.checker.push(theirs.durationMs);
    ratios.ours.push(ours.durationMs / theirs.durationMs);
    ratios.process.push(whole.durationMs / theirs.durationMs);
  }
  tell(`  in-process ${spread(times.ours)} ms, as a process ${spread(times.process)} ms`);
  if (!checker) return;
  tell(`  pt-duplicate-key-checker ${spread(times.checker)} ms`);
  const told = (what: string, values: number[], goal: number | null): void =>
    tell(
      `  ${what} ${spread(values)}x` +
        (goal === null ? '' : `, ${verdict(`${goal}x`, median(values) <= goal)}`),
    );
  told('in-process', ratios.ours, goals.inProcess);
  told('as a process', ratios.process, goals.process);
}

/** Connecting included, as a command does once. */
async function timeInProcess(url: string): Promise<{ found: number; durationMs: number }> {
  const startedAt = performance.now();
  await using opened = await open(url);
  const found = redundantOf(await planSchema(opened)).length;
  return { found, durationMs: performance.now() - startedAt };
}

function timeProcess(url: string): { found: number; durationMs: number } {
  const args = [binary, 'optimize-db', 'plan', '--json', '--db', url];
  const startedAt = performance.now();
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
    maxBuffer: 1 << 28,
  });
  const durationMs = performance.now() - startedAt;
  const found = stdout.match(/"rule":\s*"redundant-index"/g)?.length;
  if (found === undefined) throw new Error(`no findings from the built binary: ${stderr}`);
  return { found, durationMs };
}

async function createShop({ database }: Opened): Promise<number> {
  await createShopTables(database);
  return 10;
}

/** A third of the tables repeat a UNIQUE, a fifth the beginning of a longer index. @returns how many that makes */
async function generateTables({ database }: Opened, count: number): Promise<number> {
  let redundant = 0;
  for (let i = 0; i < count; i += 1) {
    const repeats = [i % 3 === 0 ? 'KEY repeated (a)' : '', i % 5 === 0 ? 'KEY shorter (b)' : ''];
    const extra = repeats.filter((key) => key !== '');
    redundant += extra.length;
    const keys = ['UNIQUE (a)', 'KEY longer (b, c)', ...extra].join(', ');
    await database.define(
      `/* scalectl:bench */ CREATE TABLE t${i} (id INT PRIMARY KEY, a INT NOT NULL, b INT NOT NULL, c INT, d INT, ${keys})`,
    );
  }
  return redundant;
}
