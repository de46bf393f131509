import { expect, it } from 'vitest';

import { servesFolder } from '../../../src/sandbox/servers/sweep.ts';

const folder = '/tmp/scalectl-sandbox-abc123';

it.each([
  ['MariaDB with its data there', `/usr/sbin/mariadbd --datadir=${folder}/data`, null, true],
  ['a server behind a loader', `/x/ld-linux.so.2 /x/mysqld --datadir=${folder}/data`, null, true],
  ['Redis that names its file', `/usr/bin/redis-server ${folder}/redis.conf`, '/', true],
  ['Redis 6.0, which works there', 'redis-server 127.0.0.1:6379', `${folder}/data`, true],
  ["somebody's look at its log", `tail -f ${folder}/server.log`, folder, false],
  ['another Redis', 'redis-server *:6379', '/var/lib/redis', false],
  ['a folder whose name begins alike', `/usr/sbin/mariadbd --datadir=${folder}4/data`, null, false],
])('%s', (_, commandLine, cwd, expected) => {
  expect(servesFolder({ pid: 1, commandLine, cwd }, folder)).toBe(expected);
});
