import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../src/config/load.ts';
import { connectDatabase } from '../../src/database/connect.ts';
import { quoteName } from '../../src/database/identifiers.ts';
import type { Database } from '../../src/database/types.ts';
import type { RunResult } from '../../src/optimizer/apply.ts';
import type { Finding } from '../../src/optimizer/findings.ts';
import { optimizeDatabase } from '../../src/optimizer/optimize.ts';
import type { EvidenceInput } from '../../src/optimizer/evidence/collector.ts';
import { makePlan } from '../../src/optimizer/plan.ts';
import type { Plan, PlanResult } from '../../src/optimizer/plan.ts';
import { makeReport } from '../../src/optimizer/report/make-report.ts';
import type { ReportResult } from '../../src/optimizer/report/result.ts';
import { rollbackRun } from '../../src/optimizer/rollback.ts';
import type { RollbackResult } from '../../src/optimizer/rollback.ts';
import { createShopTables } from '../../src/sandbox/shop/schema.ts';
import { atEndOfFile } from './cleanups.ts';
import { freshDatabase } from './database.ts';
import type { TestDatabase } from './database.ts';

export interface RunInput extends Partial<EvidenceInput> {
  dropRedundant?: boolean;
  dropUnused?: boolean;
  rebuild?: string[];
  given?: Pick<Plan, 'result' | 'statements'>;
  confirmDrops?: (tables: string[]) => Promise<void>;
  isUnattended?: boolean;
  autoRevert?: boolean;
  onProgress?: (text: string) => void;
  signal?: AbortSignal;
}

/** The optimizer on one database, without the command line around it. */
export interface OpenOptimizer {
  readonly test: TestDatabase;
  readonly database: Database;
  plan(workload?: string, evidence?: Partial<EvidenceInput>): Promise<PlanResult>;
  report(input?: { isRemembered?: boolean }): Promise<ReportResult>;
  run(input?: RunInput): Promise<RunResult>;
  rollback(runId: number): Promise<RollbackResult>;
  /** SHOW CREATE TABLE of every table but scalectl's own, by name. */
  schema(): Promise<Record<string, string>>;
}

/**
 * @param settings environment names with values, such as `SCALECTL_OPTIMIZER_MIN_GAIN`
 * @param url of another account than the test's own
 */
export async function openOptimizer(
  options: {
    test?: TestDatabase;
    serverUrl?: string;
    url?: string;
    settings?: Record<string, string>;
  } = {},
): Promise<OpenOptimizer> {
  const test = options.test ?? (await freshDatabase(options.serverUrl));
  const { values } = await loadConfig({
    workingDirectory: '/',
    environment: { SCALECTL_DB_URL: options.url ?? test.url, ...options.settings },
    discover: false,
  });
  const database = await connectDatabase(values.database);
  atEndOfFile(async () => database[Symbol.asyncDispose]());
  const common = (input: RunInput) => ({
    settings: values.optimizer,
    workload: input.workload ?? null,
    slowLog: input.slowLog ?? null,
    scan: input.scan ?? null,
    platformFolder: input.platformFolder ?? null,
    onProgress: input.onProgress ?? (() => undefined),
    signal: input.signal ?? new AbortController().signal,
  });
  return {
    test,
    database,
    plan: async (workload, evidence) =>
      (
        await makePlan(
          database,
          database,
          common({ ...evidence, ...(workload === undefined ? {} : { workload }) }),
        )
      ).result,
    report: (input = {}) => makeReport(database, { ...common({}), isRemembered: true, ...input }),
    run: (input = {}) =>
      optimizeDatabase(database, {
        ...common(input),
        given: input.given ?? null,
        dropRedundant: input.dropRedundant ?? false,
        autoRevert: input.autoRevert ?? false,
        isUnattended: input.isUnattended ?? false,
        dropUnused: input.dropUnused ?? false,
        rebuild: input.rebuild ?? [],
        confirmDrops: async ({ redundant, unused, superseded, rebuilds }) =>
          input.confirmDrops?.([
            ...[...redundant, ...unused].map(({ table, index }) => `${table}.${index ?? ''}`),
            ...superseded.map(({ table, index }) => `${table}.${index} superseded`),
            ...rebuilds.map(({ table }) => `${table} rebuilt`),
          ]),
      }),
    rollback: (runId) => rollbackRun(database, runId, common({})),
    schema: () => schemaOf(test),
  };
}

/** The shop's eleven tables without rows: what its schema alone tells. */
export async function emptyShop(): Promise<OpenOptimizer> {
  const shop = await openOptimizer();
  await createShopTables(shop.database);
  return shop;
}

/** The statements of the shop's pages, as a workload file. */
export function shopWorkload(): Promise<string> {
  const file = fileURLToPath(new URL('../../templates/sandbox/workload.sql', import.meta.url));
  return readFile(file, 'utf8');
}

export async function schemaOf(test: TestDatabase): Promise<Record<string, string>> {
  const tables = await test.query<{ name: string }>(
    `SELECT TABLE_NAME AS name FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' AND TABLE_NAME NOT LIKE 'scalectl\\_%'
     ORDER BY TABLE_NAME`,
  );
  const schema: Record<string, string> = {};
  for (const { name } of tables) {
    const [row] = await test.query(`SHOW CREATE TABLE ${quoteName(name)}`);
    const lines = String(row?.['Create Table']).split('\n');
    // An index that was dropped and made again stands at the end of the list.
    schema[name] = lines
      .map((line) => line.replace(/,$/, '').replace(/ AUTO_INCREMENT=\d+/, ''))
      .sort()
      .join('\n');
  }
  return schema;
}

/** `rule table (columns) status`, as tests name a finding. */
export function brief(findings: readonly Finding[]): string[] {
  return findings.map(
    ({ rule, table, index, columns, status }) =>
      `${rule} ${rule === 'redundant-index' ? `${table}.${index ?? ''}` : `${table} (${columns.join(', ')})`} ${status}`,
  );
}

/** A table of events, 20,000 rows from 400 sources, on which an index makes a clear difference. */
export async function createEvents(test: TestDatabase, name = 'events'): Promise<void> {
  const table = quoteName(name);
  await test.query(
    `CREATE TABLE ${table} (id INT AUTO_INCREMENT PRIMARY KEY, source INT NOT NULL, kind VARCHAR(20) NOT NULL,
       note VARCHAR(100) NOT NULL, happened_at DATETIME NOT NULL)`,
  );
  await test.query(
    `INSERT INTO ${table} (source, kind, note, happened_at)
     WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
     SELECT a.i * 7 % 400, IF(a.i % 10 = 0, 'rare', 'usual'), REPEAT('x', 60), '2026-01-01' + INTERVAL a.i * 20 + b.i MINUTE
     FROM n a CROSS JOIN n b WHERE b.i < 20`,
  );
  await test.query(`ANALYZE TABLE ${table}`);
}

/** Tables `parent` and `child` as a dump that was restored with the checks off leaves them; not on MySQL. */
export async function createKeyWithoutIndex(test: TestDatabase): Promise<void> {
  await test.query('CREATE TABLE parent (id INT PRIMARY KEY)');
  await test.query(
    'CREATE TABLE child (id INT PRIMARY KEY, parent_id INT, CONSTRAINT fk FOREIGN KEY (parent_id) REFERENCES parent (id))',
  );
  await test.query('SET foreign_key_checks = 0');
  await test.query('ALTER TABLE child DROP INDEX fk');
  await test.query('SET foreign_key_checks = 1');
}
