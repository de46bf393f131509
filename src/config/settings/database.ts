import { boolean, choice, duration, integer, list, path, secret, text } from '../setting.ts';

export const database = {
  url: secret({
    allowed: 'mysql://user@host:3306/name or mariadb://…, or with ?socketPath=/path for a socket',
    pattern: /^(mysql|mariadb):\/\/[^/]+/,
    meaning:
      'Address of the database. Overrides host, port, socketPath, user and name; database.password is used when no password stands in it.',
  }),
  host: text({ default: '127.0.0.1', meaning: 'Host of the database server.' }),
  port: integer({ default: 3306, min: 1, max: 65535, meaning: 'TCP port of the database server.' }),
  socketPath: path({
    default: null,
    meaning: 'Unix socket or Windows pipe of the database server, used instead of host and port.',
  }),
  user: text({ default: null, meaning: 'Account that scalectl uses on the database.' }),
  password: secret({
    meaning: 'Password of that account. Better than the value itself: {"file":"…"} or {"env":"…"}.',
  }),
  name: text({ default: null, meaning: "Name of the platform's database." }),
  replicaUrls: list({
    default: [],
    allowed: 'a list of mysql:// addresses',
    meaning:
      'Read replicas: read-only work (evidence, proofs, statistics) goes to the first that answers.',
  }),
  connectTimeout: duration({
    default: 5000,
    minMs: 100,
    maxMs: 120_000,
    meaning: 'How long one attempt to connect may take.',
  }),
  connectRetries: integer({
    default: 1,
    min: 0,
    max: 20,
    unit: 'attempts',
    meaning:
      'Further attempts to connect after a failed one, with growing pauses. Statements are never retried.',
  }),
  readTimeout: duration({
    default: 30_000,
    minMs: 100,
    maxMs: 3_600_000,
    meaning:
      'Statement timeout of reads (max_statement_time on MariaDB, max_execution_time on MySQL).',
  }),
  lockWaitTimeout: duration({
    default: 5000,
    minMs: 1000,
    maxMs: 600_000,
    meaning:
      'How long a write may wait for a row lock (innodb_lock_wait_timeout), in whole seconds.',
  }),
  slowThreshold: duration({
    default: 1000,
    minMs: 1,
    maxMs: 3_600_000,
    meaning: 'From this time on a statement counts as slow (SLOW_QUERY_THRESHOLD of the platform).',
  }),
  pool: {
    size: integer({
      default: 3,
      min: 1,
      max: 100,
      unit: 'connections',
      meaning:
        'Most connections that one scalectl process opens, workers included. Never more than a quarter of what the server leaves to the account.',
    }),
    idleTimeout: duration({
      default: 60_000,
      minMs: 1000,
      maxMs: 3_600_000,
      meaning: 'An idle connection is closed after this time.',
    }),
  },
  tls: {
    mode: choice({
      default: 'off',
      choices: ['off', 'require', 'verify'],
      meaning:
        'TLS to the database: off; require (encrypted, certificate not checked); verify (certificate and host name checked).',
    }),
    ca: path({
      default: null,
      meaning: 'PEM file of the certificate authority that signs the server certificate.',
    }),
    cert: path({
      default: null,
      meaning: 'PEM file of the client certificate, where the account needs one.',
    }),
    key: path({ default: null, meaning: 'PEM file of the client key.' }),
  },
  ssh: {
    host: text({
      default: null,
      allowed: 'host, user@host or an alias of ~/.ssh/config',
      pattern: /^[^\s-][^\s]*$/,
      meaning: "SSH hop to the database, opened with the machine's own ssh program.",
    }),
    port: integer({
      default: null,
      min: 1,
      max: 65535,
      meaning: 'Port of the SSH server; unset, ssh decides.',
    }),
    identityFile: path({ default: null, meaning: 'Private key for the hop; unset, ssh decides.' }),
    knownHostsFile: path({
      default: null,
      meaning: 'File of known host keys for the hop; unset, ssh decides.',
    }),
    strictHostKeys: boolean({
      default: true,
      meaning:
        'Refuse a hop whose host key is not known. Off: a new key is accepted and remembered by ssh.',
    }),
  },
};
