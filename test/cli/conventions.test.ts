import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Envelope } from '../support/scalectl.ts';
import { errorCodes } from '../../src/errors.ts';
import type { ErrorCode } from '../../src/errors.ts';
import {
  harmlessWords,
  listCommands,
  listGroups,
  parseWords,
  wordsOfExample,
} from '../support/command-tree.ts';
import type { ListedCommand } from '../support/command-tree.ts';
import { runScalectl } from '../support/scalectl.ts';
import type { ScalectlOptions, ScalectlResult } from '../support/scalectl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const all = listCommands();
const named = all.filter(({ name }) => name !== '');

/** Nothing listens there. */
const away = {
  SCALECTL_DB_URL: 'mysql://nobody:planted-1234@127.0.0.1:1/none',
  SCALECTL_REDIS_URL: 'redis://:planted-5678@127.0.0.1:1/0',
  SCALECTL_DATABASE_CONNECT_RETRIES: '0',
};

/** `demo` brings its own servers and takes minutes, `dashboard` runs until it is stopped: each has tests of its own. */
const notInPassing = ['demo', 'dashboard'];

/** At least these cannot work without their server. */
const needServers = [
  'optimize-db',
  'optimize-db plan',
  'optimize-db history',
  'cache stats',
  'cache get',
  'cache set',
  'cache keys',
  'queue process',
  'queue stats',
  'queue list',
  'queue pause',
  'optimize-db partitions list',
  'doctor',
];

// What holds for each is asked for all at once: vitest runs five of them at a time.
describe.concurrent('every command', { timeout: 120_000 }, () => {
  it.each(named)(
    '$name has a help with its description, examples and exit codes',
    async ({ words, command }) => {
      const help = await helpOf(words);
      expect(help.stdout).not.toContain('\u001b');
      expect(oneLine(help.stdout)).toContain(oneLine(command.summary));
      expect(oneLine(help.stdout)).toContain(oneLine(command.description ?? ''));
      expect(command.examples.length).toBeGreaterThan(0);
      for (const example of command.examples) {
        expect(help.stdout).toContain(example.command);
        expect(help.stdout).toContain(example.does);
      }
      expect(help.stdout).toMatch(/^Exit codes:\n(?: +\d+ {2}\S.*\n)*? +64 {2}/m);
      for (const option of Object.values(command.options ?? {})) {
        expect(help.stdout).toContain(option.flags);
        expect(option.summary).not.toBe('');
      }
      expect(help.stdout.includes('--dry-run')).toBe(command.changes !== 'nothing');
    },
  );

  it.each([['health'], ['queue process'], ['cache flush']])(
    '%s prints its help without an escape byte into a pipe, at exit 0',
    async (name) => {
      const help = await runScalectl([...name.split(' '), '--help'], {
        env: { TERM: 'xterm-256color', FORCE_COLOR: undefined, NO_COLOR: undefined },
      });
      expect(help).toMatchObject({ exitCode: 0, stderr: '' });
      expect(help.stdout.trimEnd()).toBe((await helpOf(name.split(' '))).stdout.trimEnd());
      expect(help.stdout).not.toContain('\u001b');
    },
  );

  it.each(all)('"$name" has examples that parse to it', async ({ name, command }) => {
    for (const example of command.examples) {
      const parsed = await parseWords(wordsOfExample(example.command));
      expect(parsed, example.command).toMatchObject({ invocation: { name } });
    }
  });

  it.each(named)(
    '$name names the nearest option for a mistyped one',
    async ({ words, command }) => {
      const [option] = Object.values(command.options ?? {});
      const long = /--[a-z-]+/.exec(option?.flags ?? '--json')?.[0] ?? '';
      await expect(parseWords([...words, `${long}e`])).rejects.toMatchObject({
        code: 'usage',
        message: `unknown option '${long}e'`,
        hint: expect.stringContaining(long) as string,
      });
    },
  );

  it.each(all.filter(({ name }) => !notInPassing.includes(name)))(
    '"$name" prints one envelope when no server is there',
    async (entry) => {
      const run = await runJson(entry, { env: away });
      expectEnvelope(run, entry.name);
      expect(run.stdout + run.stderr).not.toMatch(/planted-/);
      if (needServers.includes(entry.name)) expect(run.exitCode).toBe(69);
      if (run.json?.error && errorCodes[run.json.error.code as ErrorCode].exitCode === 69) {
        expect(run.json.error.hint).toBeTruthy();
      }
      if (/^(database|cache)-unreachable$/.test(run.json?.error?.code ?? '')) {
        expect(run.json?.error?.message).toContain('127.0.0.1:1');
      }
    },
  );

  it.each(all.filter(({ name }) => !notInPassing.includes(name)))(
    '"$name" prints one envelope when the configuration is broken',
    async (entry) => {
      const run = await runJson(entry, { cwd: brokenFolder });
      expectEnvelope(run, entry.name);
      if (!readsConfiguration(entry.name) || run.exitCode === 64) return;
      expect(run.exitCode).toBe(entry.name === 'health' ? 3 : 78);
      expect(run.json?.error).toMatchObject({ code: 'config-unreadable' });
      expect(run.json?.error?.message).toMatch(/scalectl\.config\.json, line 2, column \d+: /);
    },
  );
});

let brokenFolder = '';
beforeAll(async () => {
  brokenFolder = await temporaryFolder();
  await writeFile(
    path.join(brokenFolder, 'scalectl.config.json'),
    '{"database":\n  {"port" 3306}}\n',
  );
});

describe('a command line that is wrong', () => {
  it('names the nearest command, also inside a group', async () => {
    const top = await runScalectl(['helth', '--json']);
    expectEnvelope(top, '');
    expect(top).toMatchObject({ exitCode: 64, stderr: '', json: { error: { code: 'usage' } } });
    expect(top.json?.error?.hint).toContain('scalectl health');
    const inside = await runScalectl(['cache', 'stat']);
    expect(inside).toMatchObject({ exitCode: 64, stdout: '' });
    expect(inside.stderr).toContain('scalectl cache stats');
  });

  it.each(listGroups())('%s alone lists its subcommands', async (...words) => {
    const run = await runScalectl([...words, '--json']);
    expectEnvelope(run, '');
    expect(run.exitCode).toBe(64);
    expect(run.json?.error?.message).toContain('needs a subcommand');
    const below = named.find(({ name }) => name.startsWith(`${words.join(' ')} `));
    expect(run.json?.error?.hint).toContain(below?.words.at(-1));
  });

  it.each([
    [['loadtest', 'http://127.0.0.1:1/', '--users', '0']],
    [['loadtest', 'http://127.0.0.1:1/', '--users', 'abc']],
    [['loadtest', '127.0.0.1/index.php']],
    [['loadtest']],
    [['health', '--only', 'weather']],
    [['health', '--interval', '5']],
    [['health', '--usrs']],
    [['cache', 'get']],
    [['cache', 'get', 'one', 'two']],
    [['config', 'explain', 'database.prot']],
  ])('%j is exit 64 with one envelope and a message', async (words) => {
    const run = await runScalectl([...words, '--json']);
    expect(run).toMatchObject({ exitCode: 64, stderr: '', json: { error: { code: 'usage' } } });
    expect(run.json?.error?.message).not.toBe('');
    const asText = await runScalectl(words);
    expect(asText).toMatchObject({ exitCode: 64, stdout: '' });
    expect(asText.stderr).toContain(run.json?.error?.message);
  });
});

describe('output', () => {
  it('has no escape byte in a pipe, with colour terminals and NO_COLOR set or not', async () => {
    for (const env of [{ TERM: 'xterm-256color' }, { TERM: 'xterm-256color', NO_COLOR: '1' }]) {
      for (const words of [
        ['config', 'show'],
        ['health', '--window', '0ms'],
        ['schedule', 'show'],
      ]) {
        const run = await runScalectl(words, { env: { ...away, ...env } });
        expect(run.stdout).not.toBe('');
        expect(run.stdout + run.stderr).not.toContain('\u001b');
      }
    }
  });

  it('keeps the result on stdout and everything else on stderr', async () => {
    const run = await runScalectl(['optimize-db', 'plan'], { env: away });
    expect(run).toMatchObject({ exitCode: 69, stdout: '' });
    expect(run.stderr).toContain('scalectl: cannot reach the database at 127.0.0.1:1');
  });

  it('has a stack only with --debug', async () => {
    const words = ['optimize-db', 'plan'];
    expect((await runScalectl(words, { env: away })).stderr).not.toMatch(/^ {4}at /m);
    expect((await runScalectl([...words, '--debug'], { env: away })).stderr).toMatch(/^ {4}at /m);
  });

  it('takes global options before and behind the command', async () => {
    const before = await runScalectl(['--json', 'config', 'check']);
    const behind = await runScalectl(['config', 'check', '--json']);
    expect(before.json).toMatchObject({ ok: true, command: 'config check' });
    expect(behind.json?.result).toEqual(before.json?.result);
  });
});

/** What the binary prints for it, without a process for each of many. */
async function helpOf(words: readonly string[]): Promise<{ stdout: string }> {
  const parsed = await parseWords([...words, '--help']);
  if (!('text' in parsed)) throw new Error(`${words.join(' ')} --help is no help`);
  return { stdout: parsed.text };
}

function runJson(entry: ListedCommand, options: ScalectlOptions): Promise<ScalectlResult> {
  return runScalectl([...harmlessWords(entry), '--json'], options);
}

/** Exactly one object with exactly the promised fields, an exit code of the list, and no defect of scalectl's own. */
function expectEnvelope(
  run: ScalectlResult,
  name: string,
): asserts run is ScalectlResult & { json: Envelope } {
  expect(run.stdout.trimEnd().split('\n'), run.stdout + run.stderr).toHaveLength(1);
  expect(run.json && Object.keys(run.json)).toEqual([
    'ok',
    'command',
    'result',
    'warnings',
    'error',
    'durationMs',
  ]);
  const { json } = run;
  expect(json).toMatchObject({ command: name, durationMs: expect.any(Number) as number });
  expect(json?.warnings.every((warning) => typeof warning === 'string')).toBe(true);
  if (json?.error) {
    expect(json.ok).toBe(false);
    expect(Object.keys(json.error)).toEqual(['code', 'message', 'hint']);
    expect(Object.keys(errorCodes)).toContain(json.error.code);
    expect(json.error.code, json.error.message).not.toBe('internal');
    const { exitCode } = errorCodes[json.error.code as ErrorCode];
    expect(run.exitCode).toBe(name === 'health' && exitCode === 78 ? 3 : exitCode);
  } else {
    expect(json?.ok).toBe(true);
    expect([0, 1, ...(name === 'health' ? [2, 3] : [])]).toContain(run.exitCode);
  }
}

/** These work without settings, so a broken file cannot stop them. */
function readsConfiguration(name: string): boolean {
  return !/^(config explain|completion.*|scaffold|runbook|checklist.*|init|loadtest)$/.test(name);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
