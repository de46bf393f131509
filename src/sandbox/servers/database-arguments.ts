import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

import type { Program } from '../programs.mjs';

/** Where the program finds its own files, and that root may run it. Shared with the making of data folders. */
export function programArguments(program: Program): string[] {
  const baseDir = program.baseDir ?? '/usr';
  const share = ['share/mysql', 'share/mariadb', 'share']
    .map((folder) => path.join(baseDir, folder))
    .find((folder) => existsSync(path.join(folder, 'english', 'errmsg.sys')));
  const plugins = ['lib/mysql/plugin', 'lib/plugin', 'lib64/mysql/plugin', 'lib64/mariadb/plugin']
    .map((folder) => path.join(baseDir, folder))
    .find((folder) => existsSync(folder));
  return [
    `--basedir=${baseDir}`,
    ...(share ? [`--lc-messages-dir=${share}`] : []),
    ...(share ? [`--character-sets-dir=${path.join(share, 'charsets')}`] : []),
    ...(plugins ? [`--plugin-dir=${plugins}`] : []),
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
  ];
}

/**
 * A small redo log makes a data folder quick to copy; `loose` because MySQL 9 and MariaDB name it differently.
 * Without `durable` a commit reaches the operating system and not the disk: only a power cut loses it.
 */
export function storageArguments(durable: boolean): string[] {
  return [
    '--loose-innodb-log-file-size=32M',
    '--loose-innodb-redo-log-capacity=64M',
    '--innodb-buffer-pool-size=128M',
    ...(durable ? [] : ['--innodb-flush-log-at-trx-commit=2']),
    ...(durable || process.platform === 'win32' ? [] : ['--innodb-flush-method=nosync']),
  ];
}
