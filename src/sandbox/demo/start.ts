import path from 'node:path';

import { connectDatabase } from '../../database/connect.ts';
import { quoteName } from '../../database/identifiers.ts';
import type { Database } from '../../database/types.ts';
import { ScalectlError } from '../../errors.ts';
import { connectRedis } from '../../redis/connect.ts';
import { createSandbox } from '../servers/sandbox.ts';
import { startMariadb } from '../servers/mariadb.ts';
import { startRedis } from '../servers/redis.ts';
import { fillCache } from '../shop/cache-contents.ts';
import { fillShop } from '../shop/fill.ts';
import { writeJobFiles } from '../shop/job-files.ts';
import type { ShopScale } from '../shop/scales.ts';
import { createShopTables } from '../shop/schema.ts';
import { shopTables } from '../shop/tables.ts';
import { addSpamApplications, withdrawProducts } from './backlog.ts';
import { loadDemoConfig, writeDemoConfig } from './config-file.ts';
import type { DemoAddresses } from './config-file.ts';
import { dropDemoTables, keepDatabase, takeDatabase } from './named-database.ts';
import type { NamedDatabase } from './named-database.ts';
import type { DemoPlan } from './plan.ts';
import type { DemoPrograms } from './programs.ts';
import { startSiteProcess } from './site-process.ts';
import { visitCache } from './visits.ts';

export interface DemoOptions {
  scale: ShopScale;
  plan: DemoPlan;
  seed: number;
  now: Date;
  programs: DemoPrograms;
  /** Used instead of a private one. */
  namedDatabase: NamedDatabase | null;
  /** Scripts of the site's process and of one job. */
  scripts: { site: string; job: string };
  signal: AbortSignal;
  onProgress: (text: string) => void;
}

/** A filled shop with its servers, its site and a configuration that names them. */
export interface Demo {
  readonly folder: string;
  readonly configFile: string;
  readonly jobFolder: string;
  readonly siteUrl: string;
  readonly database: Database;
  /** For a line about what was started: products, addresses, sizes. */
  readonly facts: DemoFacts;
  /** Ends what was started and removes what was made. A second call does nothing. */
  stop(): Promise<void>;
  /** Lets all of it outlive this process, until `stopKeptSandboxes`; only connections are closed. */
  keep(): Promise<void>;
}

export interface DemoFacts {
  database: string;
  redis: string;
  orders: number;
  products: number;
  cacheKeys: number;
  jobFiles: number;
}

interface Step {
  stop: () => PromiseLike<void>;
  keep: () => PromiseLike<void>;
}

/**
 * Starts the servers, fills the shop, its cache and its job folder, and opens its site. On any failure, and when it is
 * stopped in the middle, nothing of it is left.
 */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const steps: Step[] = [];
  try {
    const demo = await start(options, steps);
    const end = async (how: keyof Step): Promise<void> => {
      const failure = await endAll(steps, how);
      if (failure !== null) throw failure;
    };
    return { ...demo, stop: () => end('stop'), keep: () => end('keep') };
  } catch (error) {
    const failure = await endAll(steps, 'stop');
    if (failure === null || !(error instanceof ScalectlError)) throw error;
    const message = `${error.message}; and not all that was made could be removed: ${failure.message}`;
    throw new ScalectlError(error.code, message, {
      ...(error.hint === null ? {} : { hint: error.hint }),
      cause: error,
    });
  }
}

/**
 * The last one first: the site goes before the database that it asks. A database that is gone keeps no server alive.
 * @returns the first failure
 */
async function endAll(steps: Step[], how: keyof Step): Promise<Error | null> {
  let first: Error | null = null;
  for (let step = steps.pop(); step; step = steps.pop()) {
    try {
      await step[how]();
    } catch (error) {
      first ??= error instanceof Error ? error : new Error(String(error));
    }
  }
  return first;
}

async function start(options: DemoOptions, steps: Step[]): Promise<Omit<Demo, 'stop' | 'keep'>> {
  const { signal, onProgress, programs, scripts, plan, seed, now } = options;
  onProgress('starting the servers');
  const sandbox = await createSandbox();
  steps.push({ stop: () => sandbox.remove(), keep: () => sandbox.keep() });
  const { folder } = sandbox;
  const addresses = await startServers(options, steps);

  const configFile = await writeDemoConfig(folder, { ...addresses, siteUrl: null });
  const settings = await loadDemoConfig(configFile);
  const database = await connectDatabase(settings.database, { signal });
  const close = (): PromiseLike<void> => database[Symbol.asyncDispose]();
  steps.push({ stop: close, keep: close });
  if (options.namedDatabase) {
    await takeDatabase(database);
    steps.push({ stop: () => dropDemoTables(database), keep: () => keepDatabase(database) });
  }

  onProgress('filling the shop');
  await createShopTables(database, { signal });
  const counts = await fillShop(database, {
    scale: options.scale,
    seed,
    now,
    signal,
    onProgress: ({ orders, totalOrders }) =>
      onProgress(`filling the shop: ${orders} of ${totalOrders} orders`),
  });
  await withdrawProducts(database);
  await addSpamApplications(database, { count: plan.spam, now });
  onProgress('filling the cache and the job folder');
  // The server counts a filled table anew by itself, sooner or later; plans must not depend on when.
  const names = Object.keys(shopTables).map(quoteName).join(', ');
  await database.define(`/* scalectl:sandbox */ ANALYZE TABLE ${names}`, { signal });
  const cacheKeys = await fillAndVisitCache(settings.cache, options);
  const jobFolder = path.join(folder, 'jobs');
  const files = await writeJobFiles({ folder: jobFolder, pending: plan.jobs, seed, now });

  onProgress('opening the web site');
  const site = await startSiteProcess({ sandbox, script: scripts.site, configFile, signal });
  steps.push({ stop: () => site.stop(), keep: () => site.keep() });
  await writeDemoConfig(folder, { ...addresses, siteUrl: site.url });
  return {
    folder,
    configFile,
    jobFolder,
    siteUrl: site.url,
    database,
    facts: {
      database: options.namedDatabase
        ? database.target.label
        : `private ${serverText(programs.database)}`,
      redis: `private ${serverText(programs.redis)}`,
      orders: counts.orders,
      products: counts.products,
      cacheKeys,
      jobFiles: Object.values<number>({ ...files }).reduce((sum, count) => sum + count, 0),
    },
  };
}

/** @returns how many keys the cache holds */
async function fillAndVisitCache(
  settings: Parameters<typeof connectRedis>[0],
  { seed, now, plan, signal }: DemoOptions,
): Promise<number> {
  const redis = await connectRedis(settings);
  try {
    const sink = {
      set: async (key: string, value: Buffer, ttlSeconds: number | null) => {
        if (ttlSeconds === null) await redis.client.set(key, value);
        else await redis.client.set(key, value, 'EX', ttlSeconds);
      },
    };
    const { keys } = await fillCache(sink, { seed, now });
    await visitCache(redis, { seed, reads: plan.cacheReads, signal });
    return keys;
  } finally {
    await redis.close();
  }
}

async function startServers(options: DemoOptions, steps: Step[]): Promise<DemoAddresses> {
  const { signal, programs, namedDatabase } = options;
  const started = await Promise.allSettled([
    startRedis({ server: programs.redis.name, signal }),
    programs.database &&
      startMariadb({ server: programs.database.name, database: databaseName, signal }),
  ]);
  const [redis, mariadb] = started;
  for (const outcome of started) {
    if (outcome.status === 'rejected' || !outcome.value) continue;
    const server = outcome.value;
    steps.push({ stop: () => server.stop(), keep: () => server.keep() });
  }
  if (redis.status === 'rejected') throw redis.reason;
  if (mariadb.status === 'rejected') throw mariadb.reason;
  const server = mariadb.value;
  const url = namedDatabase?.url ?? server?.urlOf(databaseName);
  if (url === undefined) throw new TypeError('a demo needs a database program or a named database');
  return {
    databaseUrl: url,
    databasePassword: namedDatabase?.password ?? null,
    redisUrl: redis.value.urlOf(0),
    siteUrl: null,
    jobScript: options.scripts.job,
  };
}

/** As the platform names it. */
const databaseName = 'b2b_billing_system';

function serverText(program: DemoPrograms['database']): string {
  if (program === null) return 'database';
  const names: Record<string, string> = {
    mariadb: 'MariaDB',
    mysql: 'MySQL',
    redis: 'Redis',
    valkey: 'Valkey',
  };
  return `${names[program.name] ?? program.name} ${program.version}`;
}
