import { existsSync } from 'node:fs';
import path from 'node:path';
import { isArray } from './php/literal.ts';
import type { Literal } from './php/literal.ts';

/** What the platform's settings say beside the one that is read. */
export interface PlatformValues {
  /** Relative paths are taken from here. */
  folder: string;
  /** The constants that could be read. */
  constants: ReadonlyMap<string, Literal>;
}

type Scalar = string | number | boolean;

/** Values by setting path, or why there is none. */
type Meaning = Readonly<Record<string, unknown>> | { unused: string };

/** A constant that scalectl knows: the setting it stands for, or why none does. */
export type PlatformConstant =
  | { setting: string; read: (value: Scalar, platform: PlatformValues) => Meaning }
  | { unused: string };

/** What a constant of this name means to scalectl; null for the many that are the application's own business. */
export function findPlatformConstant(name: string): PlatformConstant | null {
  if (Object.hasOwn(table, name)) return table[name] ?? null;
  if (/^CACHE_\w*TTL$/.test(name)) return { unused: reasons.ttl };
  return /^(API_)?RATE_LIMIT(_\w+)?$/.test(name) ? { unused: reasons.rateLimit } : null;
}

/** The settings that a literal value gives, or why none. */
export function readPlatformConstant(
  constant: PlatformConstant,
  value: Literal,
  platform: PlatformValues,
): Meaning {
  if ('unused' in constant) return constant;
  if (value === null) return { unused: 'null stands for nothing set' };
  if (isArray(value)) return { unused: 'an array stands where one value is expected' };
  return constant.read(value, platform);
}

const reasons = {
  pool: 'scalectl opens as few connections as it needs: see database.pool.size',
  ttl: "how long the platform's own cache entries live; scalectl leaves them as they are",
  rateLimit: "limits of the platform's own rate limiter; no command of scalectl takes them",
  queue: "the platform's own queue; scalectl queue import takes over its job files",
};

const table: Readonly<Record<string, PlatformConstant>> = {
  DB_HOST: { setting: 'database.host', read: readDatabaseHost },
  DB_PORT: asIs('database.port'),
  DB_SOCKET: asIs('database.socketPath'),
  DB_USER: asIs('database.user'),
  DB_USERNAME: asIs('database.user'),
  DB_PASS: { setting: 'database.password', read: readPassword('database.password') },
  DB_PASSWORD: { setting: 'database.password', read: readPassword('database.password') },
  DB_NAME: asIs('database.name'),
  DB_DATABASE: asIs('database.name'),
  DB_CONNECTION_TIMEOUT: seconds('database.connectTimeout'),
  DB_READ_TIMEOUT: seconds('database.readTimeout'),
  SLOW_QUERY_THRESHOLD: seconds('database.slowThreshold'),
  DB_POOL_SIZE: { unused: reasons.pool },
  DB_MAX_CONNECTIONS: { unused: reasons.pool },
  DB_PERSISTENT: { unused: reasons.pool },
  DB_CHARSET: { unused: 'scalectl always speaks utf8mb4' },
  CACHE_TYPE: { setting: 'cache.driver', read: readCacheDriver },
  CACHE_DRIVER: { setting: 'cache.driver', read: readCacheDriver },
  CACHE_HOST: ofRedis(asIs('cache.host')),
  CACHE_PORT: ofRedis(asIs('cache.port')),
  CACHE_PASSWORD: ofRedis({ setting: 'cache.password', read: readPassword('cache.password') }),
  CACHE_PREFIX: ofRedis(asIs('cache.prefix')),
  REDIS_HOST: ofRedis(asIs('cache.host')),
  REDIS_PORT: ofRedis(asIs('cache.port')),
  REDIS_PASSWORD: ofRedis({ setting: 'cache.password', read: readPassword('cache.password') }),
  REDIS_DB: ofRedis(asIs('cache.database')),
  CACHE_DIR: { setting: 'cache.dir', read: readFolder('cache.dir') },
  CACHE_TTL: seconds('cache.ttl'),
  CACHE_ENABLED: { unused: 'scalectl looks at the cache whenever one is configured' },
  QUEUE_ENABLED: { unused: reasons.queue },
  QUEUE_DRIVER: { unused: reasons.queue },
  LOG_DIR: { unused: 'scalectl keeps its own logs in schedule.stateDir' },
  LOG_MAX_SIZE: asIs('schedule.log.maxSize'),
  LOG_RETENTION_DAYS: {
    setting: 'schedule.log.retention',
    read: (value) => ({ 'schedule.log.retention': `${value}d` }),
  },
  HEALTH_CHECK_INTERVAL: { setting: 'schedule.health.cron', read: readInterval },
  BATCH_SIZE: { unused: 'scalectl sizes its own batches' },
  SESSION_TIMEOUT: { unused: "the platform's own sessions; scalectl has none" },
};

function asIs(setting: string): PlatformConstant & { setting: string } {
  return {
    setting,
    read: (value) => (value === '' ? { unused: 'an empty text' } : { [setting]: value }),
  };
}

/** An empty password is one; a number is text to the server. */
function readPassword(setting: string): (value: Scalar) => Meaning {
  return (value) => ({ [setting]: String(value) });
}

/** Settings of scalectl need a unit: the platform's bare numbers are seconds. */
function seconds(setting: string): PlatformConstant {
  return {
    setting,
    read: (value) => {
      const isNumber = String(value).trim() !== '' && Number.isFinite(Number(value));
      return { [setting]: isNumber ? `${Math.round(Number(value) * 1000)}ms` : String(value) };
    },
  };
}

/**
 * `host`, `host:3307`, `[::1]:3307`, `:/path/of.sock`, `localhost:/path/of.sock`, and mysqli's `p:` for persistent.
 * To PHP `localhost` without a port means the server's socket; it is taken where there is one, because an account
 * that is granted @localhost may not come in by TCP.
 */
function readDatabaseHost(value: Scalar, platform: PlatformValues): Meaning {
  const { name, suffix } = splitHost(String(value).trim().replace(/^p:/, ''));
  if (suffix.startsWith('/')) return { 'database.socketPath': suffix };
  const host = name === '' ? 'localhost' : name;
  if (suffix !== '') return { 'database.host': host, 'database.port': suffix };
  const socket = host === 'localhost' ? findLocalSocket(platform) : null;
  return { 'database.host': host, ...(socket === null ? {} : { 'database.socketPath': socket }) };
}

/** What stands behind the colon is the suffix; a bare IPv6 address has many and no suffix. */
function splitHost(text: string): { name: string; suffix: string } {
  const match = /^\[(.+)\](?::(.+))?$/.exec(text) ?? /^([^:]*):([^:]+)$/.exec(text);
  return { name: match?.[1] ?? text, suffix: match?.[2] ?? '' };
}

/** Where MariaDB and MySQL put their socket: Debian, Red Hat, their own builds, XAMPP on Linux and macOS. */
const usualSockets = [
  '/run/mysqld/mysqld.sock',
  '/var/lib/mysql/mysql.sock',
  '/tmp/mysql.sock',
  '/opt/lampp/var/mysql/mysql.sock',
  '/Applications/XAMPP/xamppfiles/var/mysql/mysql.sock',
];

function findLocalSocket({ constants }: PlatformValues): string | null {
  const port = constants.get('DB_PORT') ?? 3306;
  if (process.platform === 'win32' || constants.has('DB_SOCKET') || Number(port) !== 3306) {
    return null;
  }
  return usualSockets.find((socket) => existsSync(socket)) ?? null;
}

function readCacheDriver(value: Scalar): Meaning {
  const driver = String(value).trim().toLowerCase();
  if (driver === 'redis' || driver === 'file') return { 'cache.driver': driver };
  return { unused: 'scalectl knows the cache drivers redis and file' };
}

/** Where the platform uses no Redis, its host and port must not make scalectl look for one. */
function ofRedis(constant: PlatformConstant & { setting: string }): PlatformConstant {
  if (!('read' in constant)) return constant;
  return {
    setting: constant.setting,
    read: (value, platform) => {
      const { constants } = platform;
      const isEnabled = constants.get('CACHE_ENABLED') ?? true;
      if (isOff(isEnabled)) return { unused: 'CACHE_ENABLED is off' };
      const type = constants.get('CACHE_TYPE') ?? constants.get('CACHE_DRIVER') ?? 'redis';
      if (typeof type === 'string' && type.trim().toLowerCase() !== 'redis') {
        return { unused: `the platform's cache is ${type}, not redis` };
      }
      return constant.read(value, platform);
    },
  };
}

function isOff(value: Literal): boolean {
  return ['false', '0', 'off', 'no', ''].includes(isArray(value) ? '' : String(value));
}

function readFolder(setting: string): (value: Scalar, platform: PlatformValues) => Meaning {
  return (value, { folder }) => {
    const text = String(value);
    if (text === '') return { unused: 'an empty text' };
    const isOfWindows = /^[a-z]:[\\/]/i.test(text);
    if (isOfWindows && process.platform !== 'win32') {
      return { unused: 'a path of Windows, not of this system' };
    }
    return { [setting]: path.resolve(folder, text) };
  };
}

/** 300 seconds are every five minutes to cron; an interval that does not divide an hour or a day has no such form. */
function readInterval(value: Scalar): Meaning {
  const minutes = Number(value) / 60;
  const cron = cronEvery(minutes);
  if (cron !== null) return { 'schedule.health.cron': cron };
  return { unused: 'cron has no form for this interval: see schedule.health.cron' };
}

function cronEvery(minutes: number): string | null {
  if (!Number.isInteger(minutes) || minutes < 1) return null;
  if (minutes < 60 && 60 % minutes === 0)
    return minutes === 1 ? '* * * * *' : `*/${minutes} * * * *`;
  const hours = minutes / 60;
  if (!Number.isInteger(hours) || 24 % hours !== 0) return null;
  return hours === 24 ? '0 0 * * *' : hours === 1 ? '0 * * * *' : `0 */${hours} * * *`;
}
