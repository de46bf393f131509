import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { Cluster, Redis } from 'ioredis';
import type { ClusterOptions, RedisOptions } from 'ioredis';
import type { Config } from '../config/settings/index.ts';
import { ScalectlError } from '../errors.ts';

export type { ChainableCommander, Cluster, Redis } from 'ioredis';

type Settings = Config['cache'];

/** A connected Redis. `client` is one node (also behind Sentinel) or a whole Cluster; both take the same commands. */
export interface RedisClient {
  readonly client: Redis | Cluster;
  readonly isCluster: boolean;
  /** `host:port/database`, without user and password: for messages. */
  readonly label: string;
  readonly database: number;
  /** Every node that holds keys: the client itself, or each master of a Cluster. SCAN and INFO go to each. */
  masters(): readonly Redis[];
  close(): Promise<void>;
}

/**
 * Connects and asks for an answer, so that a wrong address fails here and at once.
 * @param options.cutOff aborted: the connection is cut, for work that must end in time on a server that hangs
 * @throws ScalectlError `config-missing`, `cache-unreachable`, `access-denied`
 */
export async function connectRedis(
  settings: Settings,
  options: { cutOff?: AbortSignal } = {},
): Promise<RedisClient> {
  const { client, label, database } = open(settings);
  const cut = (): void => {
    // On a closed client it would only start the timer of the goodbye.
    if (client.status !== 'end') client.disconnect();
  };
  options.cutOff?.addEventListener('abort', cut, { once: true });
  // Without a listener an error event ends the process; each command's promise carries its error anyway.
  let lastError: Error | null = null;
  client.on('error', (error: Error) => {
    lastError = error;
  });
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    client.disconnect();
    throw connectFailure(lastError ?? (error as Error), label);
  }
  return {
    client,
    label,
    database,
    isCluster: client instanceof Cluster,
    masters: () => (client instanceof Cluster ? client.nodes('master') : [client]),
    close: () => closeClient(client),
  };
}

function open(settings: Settings): { client: Redis | Cluster; label: string; database: number } {
  const options = commonOptions(settings);
  if (settings.clusterHosts.length > 0) {
    const clusterOptions: ClusterOptions = {
      lazyConnect: true,
      redisOptions: { ...options, db: 0 },
      clusterRetryStrategy: retryPause,
    };
    const client = new Cluster(settings.clusterHosts.map(hostAndPort), clusterOptions);
    return { client, label: `cluster at ${settings.clusterHosts[0]}`, database: 0 };
  }
  if (settings.sentinel.hosts.length > 0) {
    const { hosts, master } = settings.sentinel;
    const client = new Redis({ ...options, sentinels: hosts.map(hostAndPort), name: master });
    return {
      client,
      label: `${master} behind ${hosts[0]}/${settings.database}`,
      database: settings.database,
    };
  }
  const address = addressOf(settings);
  const client = new Redis({ ...options, ...address });
  return { client, label: `${address.host}:${address.port}/${address.db}`, database: address.db };
}

function commonOptions(settings: Settings): RedisOptions {
  const tls = tlsOptions(settings);
  return {
    lazyConnect: true,
    // A server that hangs does not answer the goodbye; the default would keep the process for 2 s.
    disconnectTimeout: 100,
    connectTimeout: settings.connectTimeout,
    commandTimeout: settings.commandTimeout,
    maxRetriesPerRequest: 1,
    retryStrategy: retryPause,
    db: settings.database,
    connectionName: 'scalectl',
    ...(settings.username === null ? {} : { username: settings.username }),
    ...(settings.password === null ? {} : { password: settings.password }),
    ...(tls ? { tls } : {}),
  };
}

/** Milliseconds before another attempt, with jitter; null ends the attempts. */
function retryPause(attempt: number): number | null {
  return attempt > 2 ? null : Math.round((0.5 + Math.random()) * 100 * 2 ** attempt);
}

function tlsOptions(settings: Settings): ConnectionOptions | null {
  const isSecureUrl = settings.url?.startsWith('rediss:') === true;
  if (settings.tls.mode === 'off' && !isSecureUrl) return null;
  return {
    rejectUnauthorized: settings.tls.mode !== 'require',
    ...(settings.tls.ca === null ? {} : { ca: readFileSync(settings.tls.ca) }),
  };
}

function addressOf(settings: Settings): {
  host: string;
  port: number;
  db: number;
  username?: string;
  password?: string;
} {
  if (settings.url !== null) {
    if (!URL.canParse(settings.url)) {
      throw new ScalectlError('config-invalid', 'the Redis URL cannot be read', {
        hint: 'It looks like redis://user@host:6379/0; write special characters of a password as %40 and so on.',
      });
    }
    const url = new URL(settings.url);
    return {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? 6379 : Number(url.port),
      db: Number(url.pathname.slice(1) || 0),
      ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
      ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
    };
  }
  if (settings.host === null) {
    throw new ScalectlError('config-missing', 'no Redis is configured', {
      hint: 'Set cache.url in the configuration file, SCALECTL_REDIS_URL, or use --redis redis://host:6379/0',
    });
  }
  return { host: settings.host, port: settings.port, db: settings.database };
}

function hostAndPort(text: string): { host: string; port: number } {
  const match = /^(.*?):(\d+)$/.exec(text);
  return match ? { host: match[1] ?? text, port: Number(match[2]) } : { host: text, port: 6379 };
}

function connectFailure(error: Error, label: string): ScalectlError {
  if (/WRONGPASS|NOAUTH|invalid (username|password)/i.test(error.message)) {
    return new ScalectlError('access-denied', `Redis at ${label} refuses the login`, {
      hint: 'Check cache.username and cache.password: scalectl config explain cache.password',
      cause: error,
    });
  }
  const reason =
    (error as NodeJS.ErrnoException).code === 'ECONNREFUSED'
      ? 'nothing listens there'
      : error.message;
  return new ScalectlError('cache-unreachable', `cannot reach Redis at ${label}: ${reason}`, {
    hint: 'Is the server running, and does cache.url name it?',
    cause: error,
  });
}

async function closeClient(client: Redis | Cluster): Promise<void> {
  try {
    await client.quit();
  } catch {
    // QUIT needs a living connection; a dead one is only let go.
    client.disconnect();
  }
}
