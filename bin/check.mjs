// Lint, formatting and types side by side: each uses one core, and one after the other they take twice as long.
import { spawn } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Each with the script that its package runs. */
const checks = [
  ['eslint', 'eslint/bin/eslint.js', '.'],
  ['prettier', 'prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  ['tsc', 'typescript/bin/tsc', '--noEmit'],
];

const results = await Promise.all(checks.map(run));
for (const { name, output, exitCode } of results) {
  if (output !== '') process.stdout.write(`${output}\n`);
  console.log(`${name}: ${exitCode === 0 ? 'ok' : 'failed'}`);
}
if (results.some(({ exitCode }) => exitCode !== 0)) process.exitCode = 1;

/**
 * @param {string[]} check
 * @returns {Promise<{ name: string, output: string, exitCode: number | null }>}
 */
function run([name = '', script = '', ...args]) {
  const file = path.join(root, 'node_modules', script);
  const child = spawn(process.execPath, [file, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ name, output: output.trimEnd(), exitCode }));
  });
}
