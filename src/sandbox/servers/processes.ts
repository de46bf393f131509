import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import process from 'node:process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface ProcessFacts {
  pid: number;
  /** The arguments, or the title that the program gave itself in their place. */
  commandLine: string;
  /** Working folder, where the platform tells (Linux). */
  cwd: string | null;
}

/** Every process that this user may look at. On Windows this takes about a second. */
export async function listProcesses(): Promise<ProcessFacts[]> {
  if (process.platform === 'linux') return listFromProc();
  if (process.platform === 'win32') return listFromPowerShell();
  const { stdout } = await run('ps', ['-axww', '-o', 'pid=,command='], { maxBuffer: 32 << 20 });
  return stdout
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map((match) => ({ pid: Number(match[1]), commandLine: match[2] ?? '', cwd: null }));
}

/**
 * When a process started, as a text that no later process of the same number shares; null when there is
 * no such process or the platform does not tell.
 */
export async function startTokenOf(pid: number): Promise<string | null> {
  try {
    if (process.platform === 'linux') {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      // The second field is the program's name in parentheses and may itself hold blanks and parentheses.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // A zombie has ended: only its parent has not asked yet.
      return fields[0] === 'Z' ? null : `ticks ${fields[19] ?? ''}`;
    }
    if (process.platform === 'win32') return null;
    const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)]);
    return stdout.trim() || null;
  } catch {
    // No such process.
    return null;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Sends `signal` and waits; after 15 s the process is killed. No such process is fine: it has ended. */
export async function endProcess(pid: number, signal: NodeJS.Signals): Promise<void> {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  if (await waitForEnd(pid, 15_000)) return;
  if (signal === 'SIGKILL') throw new Error(`process ${pid} cannot be ended`);
  await endProcess(pid, 'SIGKILL');
}

/** Resolves to false when the process is still there after `timeoutMs`. */
async function waitForEnd(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isAlive(pid)) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return true;
}

async function listFromProc(): Promise<ProcessFacts[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const facts = await Promise.all(
    pids.map(async (pid) => {
      try {
        const commandLine = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
        const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => null);
        return { pid: Number(pid), commandLine: commandLine.trim(), cwd };
      } catch {
        // It ended between the two looks.
        return null;
      }
    }),
  );
  return facts.filter((entry) => entry !== null);
}

async function listFromPowerShell(): Promise<ProcessFacts[]> {
  const { stdout } = await run(
    'powershell.exe',
    [
      '-NoProfile',
      '-NonInteractive',
      '-Command',
      'Get-CimInstance Win32_Process | ForEach-Object { "$($_.ProcessId) $($_.CommandLine)" }',
    ],
    { maxBuffer: 32 << 20, windowsHide: true },
  );
  return stdout
    .split(/\r?\n/)
    .map((line) => /^(\d+) (.*)$/.exec(line))
    .filter((match) => match !== null)
    .map((match) => ({ pid: Number(match[1]), commandLine: match[2] ?? '', cwd: null }));
}
