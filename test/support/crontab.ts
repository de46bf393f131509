import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { quoteForShell } from '../../src/schedule/quoting.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { toolOrSkip } from './tool.ts';

export interface ScratchCrontab {
  /** To be used as the program `crontab`. */
  command: string[];
  /** What is installed, as it stands in the spool folder below cron's own three lines; null without a crontab. */
  read(): string | null;
  /** Installs this crontab, past scalectl. */
  write(content: string): void;
}

const user = 'scratch';

/**
 * Debian's real crontab for an account that only exists for it: spool folder and account database are private copies,
 * put in place for this one program by a mount namespace. Nobody's crontab is read or written, the machine keeps no
 * trace, and root is not needed. Null where that cannot be had; in CI that is an error.
 */
export async function scratchCrontab(): Promise<ScratchCrontab | null> {
  const crontab = await toolOrSkip('crontab');
  if (!crontab) return null;
  const folder = await temporaryFolder();
  const isRoot = process.getuid?.() === 0;
  const spool = path.join(folder, 'spool');
  mkdirSync(path.join(spool, 'cron', 'crontabs'), { recursive: true });
  // Without root, only one's own number exists inside the namespace, under the name of root's.
  const id = isRoot ? '61234' : '0';
  const account = (file: string, line: string): string => {
    const copy = path.join(folder, path.basename(file));
    writeFileSync(copy, `${readFileSync(file, 'utf8').trimEnd()}\n${line}\n`);
    return copy;
  };
  const mounts = [
    [spool, '/var/spool'],
    [account('/etc/passwd', `${user}:x:${id}:${id}::/:/bin/sh`), '/etc/passwd'],
    [account('/etc/group', `crontab:x:${id}:`), '/etc/group'],
  ].map((pair) => `mount --bind ${pair.map(quoteForShell).join(' ')}`);
  const program = [crontab.command, ...crontab.args].map(quoteForShell).join(' ');
  const inside = [...mounts, `exec ${program} -u ${user} "$@"`].join(' && ');
  const script = path.join(folder, 'crontab');
  const unshare = `unshare ${isRoot ? '' : '--map-root-user '}--mount`;
  writeFileSync(script, `#!/bin/sh\nexec ${unshare} sh -c ${quoteForShell(inside)} crontab "$@"\n`);
  chmodSync(script, 0o755);
  const file = path.join(spool, 'cron', 'crontabs', user);
  const scratch: ScratchCrontab = {
    command: [script],
    read: () =>
      existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(3).join('\n') : null,
    write: (content) => void execFileSync(script, ['-'], { input: content, stdio: 'pipe' }),
  };
  return works(scratch) ? scratch : null;
}

/** A machine may forbid namespaces; that is an error only in CI. */
function works(scratch: ScratchCrontab): boolean {
  try {
    scratch.write('');
    execFileSync(scratch.command[0] ?? '', ['-r'], { stdio: 'pipe' });
    return true;
  } catch (error) {
    if (process.env['CI']) throw error;
    return false;
  }
}
