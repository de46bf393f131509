import { ScalectlError } from '../../src/errors.ts';
import type { Screen } from '../../src/output/screen.ts';
import type { Context } from '../context.ts';
import { execute } from '../execute.ts';
import { parseCommandLine } from '../program.ts';
import { createRun } from '../run-context.ts';

/** One command of the round, as `--json` tells it. */
export interface StepResult {
  /** `queue process`, as in the command's own envelope. */
  command: string;
  /** What a user would type, without `--config`. */
  commandLine: string;
  exitCode: number;
  durationMs: number;
  /** What the command's own `--json` has as result. */
  result: unknown;
  warnings: readonly string[];
  error: { code: string; message: string; hint: string | null } | null;
}

export interface StepOptions {
  /** The words behind `scalectl`. */
  argv: readonly string[];
  /** Stands above the output. */
  title: string;
  configFile: string;
  folder: string;
  /** Show the whole output on a terminal too. */
  isFull: boolean;
}

/** A round has seven outputs: more of each would scroll the one before away before it is read. */
const shownLines = 22;

/**
 * Runs one command line as `main` does, with the demo's configuration and without anything of the user's: a
 * SCALECTL_DB_URL in the environment must not lead a step to another database.
 * @throws ScalectlError `interrupted` when it was stopped
 */
export async function runStep(context: Context, options: StepOptions): Promise<StepResult> {
  const { argv, title, configFile, folder, isFull } = options;
  const { commands, overview } = await import('../index.ts');
  const parsed = await parseCommandLine(argv, { commands, bare: overview, version: '' });
  if ('text' in parsed) throw new Error(`a step of the demo is no command: ${argv.join(' ')}`);
  const { invocation } = parsed;
  const commandLine = `scalectl ${argv.join(' ')}`;
  const { globals } = context;
  if (!globals.quiet) {
    await context.show(
      (screen) => `\n${screen.heading(`== ${title} ==`)}\n${screen.color.dim(`$ ${commandLine}`)}`,
    );
  }
  const startedAt = performance.now();
  const { json, quiet, debug, color } = globals;
  const run = await createRun(
    { config: configFile, json, quiet, debug, color, yes: false, dryRun: false },
    invocation.name,
    context.signal,
    { workingDirectory: folder, environment: {} },
  );
  const { outcome, failure } = await execute(invocation, run);
  const durationMs = Math.round(performance.now() - startedAt);
  if (context.signal.aborted || failure?.code === 'interrupted') throw stopped(context.signal);
  if (outcome && !globals.quiet) {
    await context.show((screen) => {
      const text = outcome.text ?? invocation.command.render(outcome.result, screen);
      return isFull ? text : beginningOf(text, screen);
    });
  }
  if (failure) context.warn(`${commandLine}: ${failure.message}`);
  return {
    command: invocation.name,
    commandLine,
    exitCode: outcome?.exitCode ?? failure?.exitCode ?? 0,
    durationMs,
    result: outcome?.result ?? null,
    warnings: run.warnings,
    error: failure && { code: failure.code, message: failure.message, hint: failure.hint },
  };
}

export function stopped(signal: AbortSignal): ScalectlError {
  return new ScalectlError('interrupted', 'the demo was stopped; nothing of it is left', {
    cause: signal.reason,
  });
}

/** On a terminal the beginning of a long output; in a pipe all of it, as everywhere. */
function beginningOf(text: string, screen: Screen): string {
  const lines = text.trimEnd().split('\n');
  if (!Number.isFinite(screen.width) || lines.length <= shownLines + 2) return text;
  const rest = screen.color.dim(`… ${lines.length - shownLines} more lines; --full prints them`);
  return `${lines.slice(0, shownLines).join('\n').trimEnd()}\n${rest}`;
}
