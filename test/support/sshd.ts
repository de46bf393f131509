import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findTool } from '../../src/sandbox/tools.mjs';
import type { Program } from '../../src/sandbox/program-cache.mjs';
import { atEndOfFile } from './cleanups.ts';

export interface TestSshd {
  port: number;
  user: string;
  /** Private key that the server lets in. */
  identityFile: string;
}

/**
 * As root the server runs as nobody: root's sshd wants an account of its own for privilege separation. The
 * programs are copied for it, as root's cache folder is closed to others.
 */
const nobody = { uid: 65534, gid: 65534, name: 'nobody' };

/** A private SSH server on loopback that allows port forwarding for one key; stopped at the end of the file. */
export async function startSshd(): Promise<TestSshd> {
  const sshd = await findTool('sshd');
  const keygen = await findTool('ssh-keygen');
  if (!sshd || !keygen)
    throw new Error('sshd is missing: node bin/bootstrap.mjs --test unpacks it');
  const isRoot = process.getuid?.() === 0;
  // Not os.tmpdir(): in a test run that is a folder of root's alone.
  const folder = mkdtempSync(path.join(isRoot ? '/tmp' : os.tmpdir(), 'sshd-'));
  atEndOfFile(() => rm(folder, { recursive: true, force: true }));
  const file = (name: string): string => path.join(folder, name);
  for (const name of ['host', 'user']) {
    execFileSync(
      keygen.command,
      [...keygen.args, '-q', '-t', 'ed25519', '-N', '', '-f', file(name)],
      { env: { ...process.env, ...keygen.env } },
    );
  }
  writeFileSync(file('authorized_keys'), readFileSync(file('user.pub')));
  const port = await freePort();
  writeFileSync(file('config'), configuration(folder, port));
  chmodSync(folder, 0o711);
  if (isRoot) for (const name of readdirSync(folder)) own(file(name), name);
  let log = '';
  const program = isRoot ? copyOf(sshd, file('programs')) : sshd;
  const server = spawn(program.command, [...program.args, '-D', '-e', '-f', file('config')], {
    env: { ...process.env, ...program.env },
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(isRoot ? { uid: nobody.uid, gid: nobody.gid } : {}),
  });
  server.once('error', (error) => (log += error.message));
  server.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const ended = new Promise((resolve) => server.once('close', resolve));
  atEndOfFile(async () => {
    // SIGTERM would wait for a session that a failing test left open.
    server.kill('SIGKILL');
    await ended;
  });
  for (let waited = 0; !log.includes('listening'); waited += 50) {
    if (waited > 5000 || server.exitCode !== null) throw new Error(`sshd did not start: ${log}`);
    await sleep(50);
  }
  return { port, user: isRoot ? nobody.name : os.userInfo().username, identityFile: file('user') };
}

/** The client's key stays with the user who runs the tests; the rest belongs to the server's user. */
function own(file: string, name: string): void {
  if (name !== 'user') chownSync(file, nobody.uid, nobody.gid);
}

function copyOf(program: Program, folder: string): Program {
  const from = /^(.*\/root)\//.exec(program.command)?.[1];
  if (from === undefined) return program;
  cpSync(from, folder, { recursive: true, verbatimSymlinks: true });
  const moved = (text: string): string => text.replaceAll(from, folder);
  return {
    ...program,
    command: moved(program.command),
    args: program.args.map(moved),
    env: Object.fromEntries(
      Object.entries(program.env).map(([name, value]) => [name, moved(value)]),
    ),
  };
}

function configuration(folder: string, port: number): string {
  return [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${folder}/host`,
    `AuthorizedKeysFile ${folder}/authorized_keys`,
    'PidFile none',
    'PasswordAuthentication no',
    // Without PAM, sshd would take an account without a password for a locked one.
    'UsePAM yes',
    'StrictModes no',
    'AllowTcpForwarding local',
    '',
  ].join('\n');
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
