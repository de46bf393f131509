import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, cp, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';

import { ScalectlError } from '../../errors.ts';
import { cacheFolder } from '../program-cache.mjs';
import type { Program } from '../programs.mjs';
import { programArguments, storageArguments } from './database-arguments.ts';
import { stopWhenAborted } from './lifecycle.ts';
import type { Sandbox } from './sandbox.ts';

/** Counted up when the way a data folder is made changes: templates of the old way are not used. */
const templateLayout = 1;

/** A half-written template older than this was left by a crash. */
const abandonedTemplateMs = 10 * 60_000;

export interface DataFolderPlan {
  program: Program;
  product: 'mariadb' | 'mysql';
  /** For messages: `MySQL 9.7.4`. */
  label: string;
  /** Where the log of the initialisation goes. */
  sandbox: Sandbox;
  /** The folder to make. */
  dataDir: string;
  signal: AbortSignal | null;
}

/**
 * Makes an initialised data folder without accounts (MariaDB) or with `root` alone (MySQL). The first one
 * of a program version is also kept in the cache folder, and copied from then on: MySQL takes several
 * seconds to initialise. Without a writable cache folder each one is initialised.
 */
export async function createDataFolder(plan: DataFolderPlan): Promise<void> {
  const template = path.join(
    cacheFolder(),
    'data-templates',
    `${plan.product}-${plan.program.version}-${process.arch}-${templateLayout}`,
  );
  stopWhenAborted(plan.signal);
  if (await isFolder(template)) {
    await copyFolder(template, plan.dataDir);
    return;
  }
  await mkdir(plan.dataDir, { mode: 0o700 });
  await initialise(plan);
  await keepAsTemplate(plan.dataDir, template);
}

async function initialise(plan: DataFolderPlan): Promise<void> {
  const common = [
    '--no-defaults',
    ...programArguments(plan.program),
    `--datadir=${plan.dataDir}`,
    `--tmpdir=${path.join(plan.sandbox.folder, 'tmp')}`,
    ...storageArguments(false),
    '--skip-log-bin',
  ];
  if (plan.product === 'mysql') {
    await runToEnd(plan, [...common, '--initialize-insecure'], '');
    return;
  }
  const statements = await systemTableStatements(plan.program);
  // What mariadb-install-db does, without its shell script: that one is not on Windows, and costs a second.
  await runToEnd(plan, [...common, '--bootstrap', '--enforce-storage-engine='], statements);
}

/** The statements that make MariaDB's own tables, from the files that come with the server. */
async function systemTableStatements(program: Program): Promise<string> {
  const share = programArguments(program)
    .find((argument) => argument.startsWith('--lc-messages-dir='))
    ?.slice('--lc-messages-dir='.length);
  const folder = share ?? '';
  const names = share ? await readdir(share) : [];
  const parts = ['create database mysql;\nuse mysql;\nset @auth_root_socket=NULL;\n'];
  for (const { file, required } of systemTableFiles) {
    const name = names.find((entry) => file.test(entry));
    if (name) parts.push(await readFile(path.join(folder, name), 'utf8'));
    else if (required) {
      throw new ScalectlError(
        'server-program-missing',
        `The MariaDB at ${program.command} came without its system tables (share/mysql).`,
        { hint: 'Install the whole server package, not the program file alone.' },
      );
    }
  }
  // No account: the sandbox adds its own. Before 10.4 accounts were rows of mysql.user.
  const accounts = /^10\.[0-3]\./.test(program.version) ? 'user' : 'global_priv';
  parts.push(`delete from mysql.${accounts} where User in ('', 'root');\n`);
  return parts.join('\n');
}

/** In the order in which mariadb-install-db reads them. Its help tables are left out: nobody asks for help here. */
const systemTableFiles = [
  { file: /^(mysql|mariadb)_system_tables\.sql$/, required: true },
  { file: /^(mysql|mariadb)_performance_tables\.sql$/, required: false },
  { file: /^(mysql|mariadb)_system_tables_data\.sql$/, required: true },
  { file: /^maria_add_gis_sp_bootstrap\.sql$/, required: false },
  { file: /^(mysql|mariadb)_sys_schema\.sql$/, required: false },
];

async function runToEnd(plan: DataFolderPlan, args: string[], input: string): Promise<void> {
  const logFile = path.join(plan.sandbox.folder, 'initialise.log');
  const log = await open(logFile, 'a', 0o600);
  try {
    const how = await new Promise<string>((resolve, reject) => {
      const child = spawn(plan.program.command, [...plan.program.args, ...args], {
        cwd: plan.sandbox.folder,
        env: { ...process.env, ...plan.program.env, HOME: plan.sandbox.folder },
        stdio: ['pipe', log.fd, log.fd],
        windowsHide: true,
        killSignal: 'SIGKILL',
        ...(plan.signal ? { signal: plan.signal } : {}),
      });
      plan.sandbox.serverPid = child.pid ?? null;
      child.once('error', (error) => {
        if (error.name === 'AbortError') return;
        reject(error);
      });
      child.once('close', (code, signal) => {
        plan.sandbox.serverPid = null;
        resolve(signal ?? `exit code ${code ?? 'unknown'}`);
      });
      // A server that ends before it has read everything says so by its exit code.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input);
    });
    stopWhenAborted(plan.signal);
    if (how === 'exit code 0') return;
    const tail = (await readFile(logFile, 'latin1')).trim().split('\n').slice(-12).join('\n');
    throw new ScalectlError(
      'operation-failed',
      `The private ${plan.label} could not make its data folder: ${how}. The end of its log:\n${tail}`,
      { hint: 'Free disk space in the temporary folder is the usual cause.' },
    );
  } finally {
    await log.close();
  }
}

/** Whoever renames first wins; a cache folder that cannot be written costs time at the next start, no more. */
async function keepAsTemplate(dataDir: string, template: string): Promise<void> {
  const parent = path.dirname(template);
  try {
    await mkdir(parent, { recursive: true, mode: 0o700 });
    await access(parent, constants.W_OK);
  } catch {
    return;
  }
  await removeAbandonedTemplates(parent);
  const partial = path.join(parent, `partial-${randomBytes(6).toString('hex')}`);
  try {
    await copyFolder(dataDir, partial);
    // Each server needs an identity of its own; it makes one when the file is not there.
    await rm(path.join(partial, 'auto.cnf'), { force: true });
    await rename(partial, template);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (!['ENOTEMPTY', 'EEXIST', 'EPERM', 'ENOSPC', 'EDQUOT'].includes(code ?? '')) throw error;
  }
}

async function removeAbandonedTemplates(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith('partial-')) continue;
    const folder = path.join(parent, name);
    const facts = await stat(folder).catch(() => null);
    if (facts && Date.now() - facts.mtimeMs > abandonedTemplateMs) {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, errorOnExist: true, mode: constants.COPYFILE_FICLONE });
}

async function isFolder(folder: string): Promise<boolean> {
  const facts = await stat(folder).catch(() => null);
  return facts?.isDirectory() ?? false;
}
