import { spawn } from 'node:child_process';
import process from 'node:process';

/**
 * @typedef {object} Finished
 * @property {number} exitCode 127 when the program is not there
 * @property {string} stdout
 * @property {string} stderr
 */

/**
 * Runs a program to its end with its output kept. English messages, since some are read.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string> }} [options]
 * @returns {Promise<Finished>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.once('error', (error) => resolve({ exitCode: 127, stdout, stderr: error.message }));
    child.once('close', (code) => resolve({ exitCode: code ?? 1, stdout, stderr }));
  });
}
