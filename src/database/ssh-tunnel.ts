import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import net from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/settings/index.ts';
import { ScalectlError } from '../errors.ts';
import type { DatabaseTarget } from './types.ts';

/** A port of this machine that leads to the database through an SSH hop. */
export interface Tunnel {
  readonly port: number;
  close(): Promise<void>;
}

interface TunnelOptions {
  signal?: AbortSignal;
}

/**
 * Opens the hop with the machine's own `ssh`, so that its configuration, agent and known hosts count. ssh never
 * asks anything (BatchMode): from cron nobody would answer.
 * @throws ScalectlError `tunnel-failed` with what ssh said
 */
export async function openTunnel(
  settings: Config['database'],
  target: DatabaseTarget,
  options: TunnelOptions = {},
): Promise<Tunnel> {
  const port = await findFreePort();
  const ssh = spawn('ssh', sshArguments(settings, target, port), {
    stdio: ['ignore', 'ignore', 'pipe'],
    windowsHide: true,
  });
  // A parent that ends without closing must not leave the hop behind.
  const endWithParent = (): void => void ssh.kill('SIGTERM');
  process.once('exit', endWithParent);
  const close = async (): Promise<void> => {
    process.off('exit', endWithParent);
    await end(ssh);
  };
  let said = '';
  ssh.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const failed = new Promise<never>((_, reject) => {
    ssh.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        failure(settings, error.code === 'ENOENT' ? 'there is no ssh program here' : error.message),
      );
    });
    ssh.once('exit', () => {
      void restOf(ssh.stderr).then(() => reject(failure(settings, lastLine(said))));
    });
  });
  // Also when nobody waits for it any more, after the tunnel is open.
  failed.catch(() => undefined);
  try {
    await Promise.race([failed, waitForPort(port, settings, options.signal)]);
    return { port, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function sshArguments(
  settings: Config['database'],
  target: DatabaseTarget,
  port: number,
): string[] {
  const { host, port: sshPort, identityFile, knownHostsFile, strictHostKeys } = settings.ssh;
  const goal = target.socketPath ?? `${target.host}:${target.port}`;
  return [
    '-N',
    '-o',
    'BatchMode=yes',
    '-o',
    'ExitOnForwardFailure=yes',
    '-o',
    'ServerAliveInterval=15',
    '-o',
    `ConnectTimeout=${Math.max(1, Math.ceil(settings.connectTimeout / 1000))}`,
    '-o',
    `StrictHostKeyChecking=${strictHostKeys ? 'yes' : 'accept-new'}`,
    '-L',
    `127.0.0.1:${port}:${goal}`,
    ...(knownHostsFile === null ? [] : ['-o', `UserKnownHostsFile=${sshQuoted(knownHostsFile)}`]),
    ...(sshPort === null ? [] : ['-p', String(sshPort)]),
    ...(identityFile === null ? [] : ['-i', identityFile, '-o', 'IdentitiesOnly=yes']),
    '--',
    host ?? '',
  ];
}

/** ssh splits the value of this option at spaces unless it is quoted. */
function sshQuoted(file: string): string {
  return `"${file}"`;
}

/** ssh opens the port once the hop stands; until then a connection is refused. */
async function waitForPort(
  port: number,
  settings: Config['database'],
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadline = Date.now() + settings.connectTimeout + 1000;
  while (!(await accepts(port))) {
    if (Date.now() > deadline) throw failure(settings, 'no answer in time');
    await sleep(50, undefined, signal ? { signal } : {});
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/**
 * Node may report the exit of a process before its last words were read. Not waited for without end: a helper that
 * ssh left running (ProxyCommand, ControlPersist) keeps the pipe open.
 */
async function restOf(pipe: Readable): Promise<void> {
  if (pipe.closed) return;
  const closed = new Promise((resolve) => pipe.once('close', resolve));
  await Promise.race([closed, sleep(500)]);
}

async function end(ssh: ChildProcess): Promise<void> {
  if (ssh.exitCode !== null || ssh.signalCode !== null || ssh.pid === undefined) return;
  const ended = new Promise((resolve) => ssh.once('exit', resolve));
  ssh.kill('SIGTERM');
  await ended;
}

function failure(settings: Config['database'], reason: string): ScalectlError {
  return new ScalectlError(
    'tunnel-failed',
    `the SSH hop over ${settings.ssh.host} failed: ${reason}`,
    {
      hint: `Try it by hand: ssh ${settings.ssh.host}`,
    },
  );
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) || 'ssh ended without a word';
}
