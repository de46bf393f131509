import type { LoadedConfig } from '../config/load.ts';
import { connectDatabase } from '../database/connect.ts';
import type { Database } from '../database/types.ts';
import { ScalectlError } from '../errors.ts';
import { checkHealth } from '../health/index.ts';
import type { CheckResult } from '../health/check.ts';
import { inspectSchema } from '../optimizer/inspect.ts';
import { redundantIndex } from '../optimizer/rules/redundant-index.ts';
import { isMigrated } from '../database/migrate.ts';
import type { QueueStats } from '../queue/store.ts';
import { createMysqlStore } from '../queue/stores/mysql/store.ts';
import { hasRedis } from '../redis/configured.ts';
import { connectRedis } from '../redis/connect.ts';
import { Deadline } from './deadline.ts';
import type { Found } from './deadline.ts';
import { worstFacts } from './facts.ts';
import type { Fact } from './facts.ts';
import { lookAtCache } from './cache.ts';
import type { CacheFound } from './cache.ts';
import { lookAtSchedule } from './schedule.ts';
import type { ScheduleFound } from './schedule.ts';

export interface SchemaFound {
  tables: number;
  sizeBytes: number;
  /** `orders.idx_user_id`; those that optimize-db would drop. */
  redundantIndexes: string[];
}

export interface Overview {
  platform: { folder: string; settings: number; unreadable: number } | null;
  file: string | null;
  profile: string | null;
  database: Found<{ label: string; server: string }>;
  schema: Found<SchemaFound>;
  cache: Found<CacheFound>;
  queue: Found<Pick<QueueStats, 'pending' | 'scheduled' | 'processing' | 'failed'>>;
  schedule: Found<ScheduleFound>;
  /** The worst first, three at most. */
  facts: Fact[];
  lookedMs: number;
}

export interface LookOptions {
  loaded: LoadedConfig;
  program: { node: string; script: string };
  environment: NodeJS.ProcessEnv;
  /** All looks together. */
  budgetMs: number;
}

/**
 * Looks at everything at once and changes nothing. Each look ends at the same deadline; one that fails or hangs
 * becomes a finding and holds up nothing.
 */
export async function lookAround(options: LookOptions): Promise<Overview> {
  const { loaded } = options;
  const startedAt = performance.now();
  using deadline = new Deadline(options.budgetMs);
  const settings = hasty(loaded, options.budgetMs);
  const opened: AsyncDisposable[] = [];
  const [server, cache, schedule] = await Promise.all([
    lookAtServer(settings, deadline, opened),
    deadline.look(() => lookAtCache(settings, deadline.passed)),
    deadline.look(() => lookAtSchedule(settings, options, deadline.passed)),
  ]);
  if (!deadline.passed.aborted)
    await Promise.all(opened.map((each) => each[Symbol.asyncDispose]()));
  const { discovery, file, profile } = loaded;
  const seen = {
    platform: discovery && {
      folder: discovery.folder,
      settings: discovery.settings.length,
      unreadable: discovery.unreadable.length,
    },
    file,
    profile,
    database: server.database,
    schema: server.schema,
    cache,
    queue: server.queue,
    schedule,
  };
  const facts = worstFacts(seen, server.checks, loaded);
  return { ...seen, facts, lookedMs: Math.round(performance.now() - startedAt) };
}

interface ServerFound extends Pick<Overview, 'database' | 'schema' | 'queue'> {
  checks: CheckResult[];
}

async function lookAtServer(
  loaded: LoadedConfig,
  deadline: Deadline,
  opened: AsyncDisposable[],
): Promise<ServerFound> {
  let connection: Database | null = null;
  const database = await deadline.look<{ label: string; server: string }>(async () => {
    try {
      connection = await connectDatabase(loaded.values.database, { cutOff: deadline.passed });
    } catch (error) {
      if (!(error instanceof ScalectlError) || error.code !== 'config-missing') throw error;
      return { state: 'none', reason: 'none is configured' };
    }
    opened.push(connection);
    const { target, flavor } = connection;
    return { state: 'found', label: target.label, server: flavor.label };
  });
  const nothing = { state: 'none', reason: 'the database is not there to be asked' } as const;
  const open = database.state === 'found' ? (connection as Database | null) : null;
  const [schema, queue, health] = await Promise.all([
    open ? deadline.look(() => lookAtSchema(open)) : nothing,
    open ? deadline.look(() => lookAtQueue(open)) : nothing,
    deadline.look(() => lookAtHealth(loaded, open, deadline.passed)),
  ]);
  return { database, schema, queue, checks: health.state === 'found' ? health.checks : [] };
}

async function lookAtSchema(database: Database): Promise<Found<SchemaFound>> {
  const { target, flavor } = database;
  const schema = await inspectSchema(database, { database: target.database, flavor });
  const tables = [...schema.tables.values()];
  const findings = redundantIndex.find({ schema, statements: [] });
  return {
    state: 'found',
    tables: tables.length,
    sizeBytes: tables.reduce((sum, { dataBytes, indexBytes }) => sum + dataBytes + indexBytes, 0),
    redundantIndexes: findings
      .filter(({ status }) => status === 'proposed')
      .map(({ table, index }) => `${table}.${index ?? ''}`),
  };
}

async function lookAtQueue(database: Database): Promise<Overview['queue']> {
  // The figures read what was there from the first on: a queue of an earlier version has them too.
  if (!(await isMigrated(database, 'queue', 1))) {
    return { state: 'none', reason: 'no queue yet' };
  }
  const { pending, scheduled, processing, failed } = await createMysqlStore(database).stats();
  return { state: 'found', pending, scheduled, processing, failed };
}

/** The checks of health on the figures since the servers started: nobody waits for a window here. */
async function lookAtHealth(
  { values }: LoadedConfig,
  database: Database | null,
  cutOff: AbortSignal,
): Promise<Found<{ checks: CheckResult[] }>> {
  const redis = hasRedis(values.cache) ? () => connectRedis(values.cache, { cutOff }) : null;
  const opened: { close(): Promise<void> }[] = [];
  const { checks } = await checkHealth({
    config: values,
    openDatabase: database && (() => Promise.resolve(database)),
    openRedis:
      redis &&
      (async () => {
        const client = await redis();
        opened.push(client);
        return client;
      }),
    only: ['database', 'cache', 'queue', 'host', 'schedule'],
    windowMs: 0,
    // Not the deadline's: an aborted read opens a connection to send KILL QUERY, which a server that hangs holds up.
    signal: new AbortController().signal,
  });
  await Promise.all(opened.map((client) => client.close()));
  return { state: 'found', checks };
}

/** The same settings with no more patience than there is time. */
function hasty(loaded: LoadedConfig, budgetMs: number): LoadedConfig {
  const { database, cache } = loaded.values;
  const within = (timeoutMs: number): number => Math.min(timeoutMs, budgetMs);
  return {
    ...loaded,
    values: {
      ...loaded.values,
      database: {
        ...database,
        connectTimeout: within(database.connectTimeout),
        connectRetries: 0,
        readTimeout: within(database.readTimeout),
      },
      cache: {
        ...cache,
        connectTimeout: within(cache.connectTimeout),
        commandTimeout: within(cache.commandTimeout),
      },
    },
  };
}
