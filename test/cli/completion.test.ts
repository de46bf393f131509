import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { runScalectl } from '../support/scalectl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { toolOrSkip } from '../support/tool.ts';

const execute = promisify(execFile);
let folder = '';

beforeAll(async () => {
  folder = await temporaryFolder();
});

async function scriptOf(shell: string): Promise<string> {
  const run = await runScalectl(['completion', shell]);
  expect(run.exitCode).toBe(0);
  const file = path.join(folder, `completion.${shell}`);
  await writeFile(file, run.stdout);
  return file;
}

describe('bash', () => {
  let script = '';
  beforeAll(async () => {
    script = await scriptOf('bash');
  });

  test.each([
    [['que'], 'queue'],
    [['queue', 'pro'], 'process'],
    [['--config', 'queue', 'cache', 'fl'], 'flush'],
    [['optimize-db', '--work'], '--workload'],
    [['optimize-db', 'history', '--dry'], '$'],
    [['schedule', 'show', '--target', 'sys'], 'systemd'],
    [['completion', 'po'], 'powershell'],
    [['optimize-db', 'apply', '/etc/host'], '/etc/host'],
  ])('%j is completed to %j', async (words, expected) => {
    const { stdout } = await execute('bash', [
      '--norc',
      '-c',
      'source "$1"; shift; COMP_WORDS=(scalectl "$@"); COMP_CWORD=$#; _scalectl; echo "${COMPREPLY[0]}"',
      'bash',
      script,
      ...words,
    ]);
    expect(stdout.trim()).toMatch(new RegExp(`^${expected}`));
  });
});

test('fish completes words with what they do', async ({ skip }) => {
  const fish = await toolOrSkip('fish');
  if (!fish) return skip('fish is missing');
  const script = await scriptOf('fish');
  const complete = async (line: string): Promise<string> => {
    const { stdout } = await execute(
      fish.command,
      [...fish.args, '--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', script, line],
      { env: { ...process.env, ...fish.env, HOME: folder } },
    );
    return stdout.trim();
  };
  expect(await complete('scalectl queue pro')).toMatch(/^process\trun the jobs that are due/);
  expect(await complete('scalectl schedule show --target sys')).toMatch(/^systemd\t/);
  expect(await complete('scalectl --profile queue cache fl')).toMatch(/^flush\t/);
});

test('another shell is exit 64 with the ones that there are', async () => {
  const run = await runScalectl(['completion', 'tcsh']);
  expect(run.exitCode).toBe(64);
  expect(run.stderr).toContain('bash, zsh, fish, powershell');
});
