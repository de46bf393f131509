import { choice, duration, integer, list, path, secret, text } from '../setting.ts';

export const cache = {
  driver: choice({
    default: 'redis',
    choices: ['redis', 'file'],
    meaning: "Where the platform's cache lives (CACHE_TYPE of the platform).",
  }),
  url: secret({
    allowed: 'redis://user@host:6379/0, or rediss://… for TLS',
    pattern: /^rediss?:\/\/[^/]+/,
    meaning: 'Address of Redis or Valkey. Overrides host, port, username, password and database.',
  }),
  host: text({
    default: null,
    meaning: 'Host of the Redis server; unset (and no url), no Redis is used.',
  }),
  port: integer({ default: 6379, min: 1, max: 65535, meaning: 'TCP port of the Redis server.' }),
  username: text({
    default: null,
    meaning: 'ACL user on Redis 6 and later; unset, the default user.',
  }),
  password: secret({ meaning: 'Password of the Redis user.' }),
  database: integer({
    default: 0,
    min: 0,
    max: 1023,
    meaning: 'Number of the Redis database (the platform uses 0).',
  }),
  prefix: text({
    default: null,
    meaning:
      'Prefix before every key of the platform; commands add it and take it away. The platform itself has none.',
  }),
  dir: path({ default: null, meaning: 'Folder of the file driver (CACHE_DIR of the platform).' }),
  ttl: duration({
    default: 3_600_000,
    minMs: 1000,
    maxMs: 31_536_000_000,
    meaning: 'How long a new key of cache set lives without --ttl (CACHE_TTL of the platform).',
  }),
  protect: list({
    default: [
      'PHPREDIS_SESSION:*',
      'sess:*',
      'sess_*',
      'session:*',
      'session_*',
      'sessions:*',
      'job_*',
      'queue:*',
      'queues:*',
      'bull:*',
      'rate_limit_*',
    ],
    allowed: 'a list of patterns as Redis reads them: * ? [a-z]',
    meaning:
      'Keys that cache flush leaves alone unless its pattern names them: sessions, jobs and rate limits that stand in the cache.',
  }),
  maxLatency: duration({
    default: 2,
    minMs: 1,
    maxMs: 1000,
    meaning:
      'How much longer than a PING one step of cache flush and cache inspect may take; beyond it they slow down.',
  }),
  statsWindow: duration({
    default: 1000,
    minMs: 100,
    maxMs: 3_600_000,
    meaning: 'How long cache stats watches the counters.',
  }),
  connectTimeout: duration({
    default: 5000,
    minMs: 100,
    maxMs: 120_000,
    meaning: 'How long connecting to Redis may take.',
  }),
  commandTimeout: duration({
    default: 10_000,
    minMs: 100,
    maxMs: 600_000,
    meaning: 'How long one Redis command may take.',
  }),
  tls: {
    mode: choice({
      default: 'off',
      choices: ['off', 'require', 'verify'],
      meaning:
        'TLS to Redis: off; require (encrypted, certificate not checked); verify. A rediss:// address means verify.',
    }),
    ca: path({
      default: null,
      meaning: 'PEM file of the certificate authority of the Redis server.',
    }),
  },
  sentinel: {
    hosts: list({
      default: [],
      allowed: 'a list of host:port',
      meaning: 'Sentinels that know the master.',
    }),
    master: text({ default: 'mymaster', meaning: 'Name of the master at the Sentinels.' }),
  },
  clusterHosts: list({
    default: [],
    allowed: 'a list of host:port',
    meaning: 'Nodes of a Redis Cluster to start from; set, the cluster is used.',
  }),
};
