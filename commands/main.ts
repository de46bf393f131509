import { readFileSync } from 'node:fs';
import { redact } from '../src/config/redact.ts';
import { ScalectlError } from '../src/errors.ts';
import { listenForStop } from '../src/runtime/signals.ts';
import type { AnyCommand, Outcome } from './define.ts';
import { asScalectlError, envelopeText } from './envelope.ts';
import { execute } from './execute.ts';
import { commands, overview } from './index.ts';
import { parseCommandLine } from './program.ts';
import type { Invocation } from './program.ts';
import { createRun } from './run-context.ts';
import type { GlobalOptions } from './context.ts';

/** Runs a command line (without node and script). Returns the exit code; prints everything there is to print. */
export async function main(argv: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  let invocation: Invocation;
  try {
    const parsed = await parseCommandLine(argv, {
      commands,
      bare: overview,
      version: readVersion(),
    });
    if ('text' in parsed) {
      process.stdout.write(parsed.text.endsWith('\n') ? parsed.text : `${parsed.text}\n`);
      return 0;
    }
    invocation = parsed.invocation;
  } catch (error) {
    const failure = asScalectlError(error);
    const isJson = argv.slice(0, indexOrEnd(argv, '--')).includes('--json');
    if (isJson) {
      writeEnvelope('', {
        result: null,
        warnings: [],
        failure,
        durationMs: performance.now() - startedAt,
      });
    } else writeError(failure, argv.includes('--debug'));
    return failure.exitCode;
  }
  return runCommand(invocation, startedAt);
}

async function runCommand(invocation: Invocation, startedAt: number): Promise<number> {
  const { command, name } = invocation;
  const globals = readGlobals(invocation.globals);
  using stop = listenForStop((reason) => {
    if (reason === 'SIGINT' && !globals.quiet)
      process.stderr.write('\nstopping; press Ctrl-C again to stop at once\n');
  });
  const run = await createRun(globals, name, stop.signal);
  const ended = await execute(invocation, run);
  const { outcome } = ended;
  let { failure } = ended;
  if (stop.reason === 'SIGINT' && (failure === null || failure.code !== 'interrupted')) {
    failure = new ScalectlError('interrupted', 'stopped by Ctrl-C', {
      cause: failure ?? undefined,
    });
  }
  if (globals.json) {
    writeEnvelope(name, {
      result: outcome?.result ?? null,
      warnings: run.warnings,
      failure,
      durationMs: performance.now() - startedAt,
    });
  } else await writeOutcome(command, outcome, failure, run, globals);
  if (failure?.code === 'interrupted') return failure.exitCode;
  return outcome?.exitCode ?? failure?.exitCode ?? 0;
}

async function writeOutcome(
  command: AnyCommand,
  outcome: Outcome<never> | null,
  failure: ScalectlError | null,
  run: Awaited<ReturnType<typeof createRun>>,
  globals: GlobalOptions,
): Promise<void> {
  if (outcome) {
    const text = outcome.text ?? command.render(outcome.result, await run.screen());
    if (text !== '') process.stdout.write(`${redact(text).replace(/\n+$/, '')}\n`);
    if (outcome.next && !globals.quiet && failure === null) {
      process.stdout.write(`\nnext: ${redact(outcome.next)}\n`);
    }
  }
  if (failure) writeError(failure, globals.debug);
}

/** The only place that prints an error. */
function writeError(failure: ScalectlError, isDebug: boolean): void {
  const lines = [`scalectl: ${failure.message}`];
  if (failure.hint) lines.push(`  ${failure.hint}`);
  if (isDebug) lines.push('', stackOf(failure));
  process.stderr.write(`${redact(lines.join('\n'))}\n`);
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}

function writeEnvelope(
  command: string,
  parts: Omit<Parameters<typeof envelopeText>[0], 'command'>,
): void {
  process.stdout.write(`${redact(envelopeText({ command, ...parts }))}\n`);
}

function readGlobals(given: Record<string, unknown>): GlobalOptions {
  const optional = (name: 'config' | 'profile' | 'db' | 'redis'): Partial<GlobalOptions> =>
    typeof given[name] === 'string' ? { [name]: given[name] } : {};
  return {
    ...optional('config'),
    ...optional('profile'),
    ...optional('db'),
    ...optional('redis'),
    json: given['json'] === true,
    quiet: given['quiet'] === true,
    debug: given['debug'] === true,
    color: given['color'] !== false,
    yes: given['yes'] === true,
    dryRun: given['dryRun'] === true,
  };
}

/** From the package's own file: importing JSON would make tsc see a second package. */
export function readVersion(): string {
  for (const up of ['../package.json', '../../package.json']) {
    try {
      const manifest = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (manifest.name === 'scalectl' && manifest.version) return manifest.version;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error('package.json of scalectl is missing beside its dist folder');
}

function indexOrEnd(words: readonly string[], word: string): number {
  const index = words.indexOf(word);
  return index < 0 ? words.length : index;
}
