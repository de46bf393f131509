import { loadConfig } from '../../../src/config/load.ts';
import type { Config } from '../../../src/config/settings/index.ts';
import { connectDatabase } from '../../../src/database/connect.ts';
import { quoteName } from '../../../src/database/identifiers.ts';
import type { Database } from '../../../src/database/types.ts';
import { makePlan } from '../../../src/optimizer/plan.ts';
import type { PlanResult } from '../../../src/optimizer/plan.ts';
import { startMariadb } from '../../../src/sandbox/servers/mariadb.ts';
import type { MariadbServer } from '../../../src/sandbox/servers/mariadb.ts';

/** Gives `work` a private MariaDB, and stops it whatever happens. */
export async function withServer<T>(work: (server: MariadbServer) => Promise<T>): Promise<T> {
  const server = await startMariadb();
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}

export async function createDatabase(server: MariadbServer, name: string): Promise<Opened> {
  {
    await using first = await open(server.urlOf('mysql'));
    await first.database.define(`/* scalectl:bench */ CREATE DATABASE ${quoteName(name)}`);
  }
  return open(server.urlOf(name));
}

export interface Opened extends AsyncDisposable {
  readonly url: string;
  readonly database: Database;
  readonly settings: Config['optimizer'];
}

export async function open(url: string): Promise<Opened> {
  const { values } = await loadConfig({
    workingDirectory: '/',
    environment: { SCALECTL_DB_URL: url },
    discover: false,
  });
  const database = await connectDatabase(values.database);
  return {
    url,
    database,
    settings: values.optimizer,
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

/** No source of statements but what the server itself knows. */
export const noEvidence = { workload: null, slowLog: null, scan: null, platformFolder: null };

/** What every run of the engine is given, without the command line around it. */
export function quietly(): { onProgress: () => void; signal: AbortSignal } {
  return { onProgress: () => undefined, signal: new AbortController().signal };
}

export async function planSchema({ database, settings }: Opened): Promise<PlanResult> {
  const plan = await makePlan(database, database, { settings, ...noEvidence, ...quietly() });
  return plan.result;
}

/** `table.index` of the redundant indexes that a plan proposes to drop. */
export function redundantOf(plan: PlanResult): string[] {
  return plan.findings
    .filter(({ rule, status }) => rule === 'redundant-index' && status === 'proposed')
    .map(({ table, index }) => `${table}.${index ?? ''}`);
}
