import process from 'node:process';
import { createShopTables, readSandboxStatements } from '../../../src/sandbox/shop/schema.ts';
import { fillShop } from '../../../src/sandbox/shop/fill.ts';
import { shopScales } from '../../../src/sandbox/shop/scales.ts';
import type { ShopScale } from '../../../src/sandbox/shop/scales.ts';
import type { RunResult } from '../../../src/optimizer/apply.ts';
import { formatGain } from '../../../src/optimizer/gain.ts';
import { optimizeDatabase } from '../../../src/optimizer/optimize.ts';
import { startMariadb } from '../../../src/sandbox/servers/mariadb.ts';
import { median, verdict } from '../harness.mjs';
import { heldOutStatements, insertOrders } from './held-out.ts';
import { createDatabase, noEvidence, quietly } from './server.ts';
import type { Opened } from './server.ts';

/** BENCH_SCALE=medium is a quick look; the goals are meant for a million orders. */
const scale = (process.env['BENCH_SCALE'] ?? 'large') as ShopScale;

/** What a person found by hand to matter, on a shop of a million orders. */
const wanted = [
  'payments (status, created_at)',
  'retailer_applications (applied_date)',
  'orders (user_id, status)',
  'orders (user_id, total_amount)',
];

/**
 * The statements of the shop's pages on a filled shop: which indexes stay, what they gain, that a second run has
 * nothing to do, and that statements and inserts which the advisor did not see are no slower.
 */
export async function shopWorkload(tell: (line: string) => void): Promise<void> {
  // The pages that are read fit into the memory of a server of such a shop.
  const server = await startMariadb({ extraArguments: ['--innodb-buffer-pool-size=2G'] });
  try {
    await using shop = await createDatabase(server, 'shop');
    await createShopTables(shop.database);
    const startedAt = performance.now();
    await fillShop(shop.database, { scale, seed: 42, now: new Date() });
    tell(
      `${scale}, ${shopScales[scale].orders} orders, filled in ${seconds(performance.now() - startedAt)} s`,
    );
    await measure(shop, tell);
  } finally {
    await server.stop();
  }
}

async function measure(shop: Opened, tell: (line: string) => void): Promise<void> {
  const statements = await readSandboxStatements('workload.sql');
  const others = heldOutStatements(shopScales[scale], 7);
  // The first time fills the buffer pool.
  await timeAll(shop, others, 1);
  const before = await timeAll(shop, others, 9);
  const insertsBefore = await insertOrders(shop.database, 4000);
  const startedAt = performance.now();
  const first = await optimize(shop, statements);
  tell(`first run: ${seconds(performance.now() - startedAt)} s`);
  tellFindings(first, tell);
  const after = await timeAll(shop, others, 9);
  const insertsAfter = await insertOrders(shop.database, 4000);
  tellHeldOut(others, before, after, tell);
  tell(
    `4,000 orders with a payment inserted: ${insertsBefore.toFixed(0)} ms, after ${insertsAfter.toFixed(0)} ms, ${verdict('within 10 %', insertsAfter <= insertsBefore * 1.1)}`,
  );
  const second = await optimize(shop, statements);
  const changed = second.findings.filter(
    ({ status, step }) =>
      status === 'applied' || (status === 'proposed' && step?.kind !== 'drop-index'),
  );
  tell(
    `second run: ${changed.length} changed or proposed, drops aside, ${verdict('0', changed.length === 0)}`,
  );
}

function optimize({ database, settings }: Opened, statements: string[]): Promise<RunResult> {
  return optimizeDatabase(database, {
    settings,
    ...noEvidence,
    workload: statements.map((statement) => `${statement};\n`).join(''),
    given: null,
    dropRedundant: false,
    dropUnused: false,
    confirmDrops: () => Promise.resolve(),
    ...quietly(),
  });
}

function tellFindings({ findings }: RunResult, tell: (line: string) => void): void {
  const nameOf = ({ table, columns }: (typeof findings)[number]): string =>
    `${table} (${columns.join(', ')})`;
  const tried = findings.filter(({ rule }) => rule === 'missing-index');
  for (const finding of tried) {
    const { status, evidence, reason } = finding;
    const gain = evidence.gain === null ? '' : ` ${formatGain(evidence.gain)}`;
    tell(
      `  ${status.padEnd(9)} ${nameOf(finding)}${gain}${status === 'applied' ? '' : `: ${reason}`}`,
    );
  }
  const kept = tried.filter(({ status }) => status === 'applied').map(nameOf);
  const missed = wanted.filter(
    (name) => !kept.some((other) => other.startsWith(name.slice(0, -1))),
  );
  const extra = kept.filter((name) => !wanted.some((other) => name.startsWith(other.slice(0, -1))));
  tell(
    `the four that matter: ${missed.length === 0 ? 'all kept' : `not ${missed.join('; ')}`}, ${verdict('all', missed.length === 0)}; beside them ${extra.length === 0 ? 'none' : extra.join('; ')}`,
  );
  for (const finding of findings.filter(({ rule }) => rule === 'query-rewrite')) {
    const [timed] = finding.evidence.statements;
    if (timed?.withMs === null || timed?.withoutMs === null || !timed) continue;
    tell(
      `rewrite of ${nameOf(finding)}: ${timed.withoutMs.toFixed(1)} ms, rewritten ${timed.withMs.toFixed(2)} ms, ${verdict('1 ms', timed.withMs < 1)}`,
    );
  }
}

/** Medians in milliseconds, in the order of the statements. */
async function timeAll(
  { database }: Opened,
  statements: readonly string[],
  rounds: number,
): Promise<number[]> {
  const times = statements.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [i, statement] of statements.entries()) {
      const startedAt = performance.now();
      await database.read(`/* scalectl:bench */ ${statement}`);
      times[i]?.push(performance.now() - startedAt);
    }
  }
  return times.map(median);
}

function tellHeldOut(
  statements: readonly string[],
  before: readonly number[],
  after: readonly number[],
  tell: (line: string) => void,
): void {
  const ratios = statements.map((_, i) => (after[i] ?? NaN) / (before[i] ?? NaN));
  // Below a millisecond the way to the server and back is most of it.
  const slower = statements.filter(
    (_, i) => (ratios[i] ?? 0) > 1.1 && (after[i] ?? 0) - (before[i] ?? 0) > 0.2,
  );
  tell(
    `${statements.length} statements that it did not see: after/before ${median(ratios).toFixed(2)} as median, ${Math.max(...ratios).toFixed(2)} at worst; slower by more than 10 %: ${slower.length}, ${verdict('0', slower.length === 0)}`,
  );
  for (const statement of slower) {
    const i = statements.indexOf(statement);
    tell(
      `  ${(before[i] ?? 0).toFixed(2)} → ${(after[i] ?? 0).toFixed(2)} ms  ${statement.slice(0, 90)}`,
    );
  }
}

function seconds(durationMs: number): string {
  return (durationMs / 1000).toFixed(1);
}
