import type { LoadOptions, LoadedConfig } from '../src/config/load.ts';
import { redact } from '../src/config/redact.ts';
import type { Database } from '../src/database/types.ts';
import { ScalectlError } from '../src/errors.ts';
import { createProgress } from '../src/output/progress.ts';
import { createPrompts } from '../src/output/prompts.ts';
import type { Screen } from '../src/output/screen.ts';
import type { RedisClient } from '../src/redis/connect.ts';
import type { Context, GlobalOptions } from './context.ts';
import { asScalectlError, envelopeText } from './envelope.ts';
import { passwordInArguments } from './globals.ts';
import { once } from './once.ts';

/** A context with what the frame needs around it. */
export interface Run {
  context: Context;
  warnings: string[];
  screen: () => Promise<Screen>;
  /** Closes connections and everything added by onClose. Returns the first failure instead of throwing it. */
  close: () => Promise<ScalectlError | null>;
}

/** Where a run looks for its settings beside its flags. */
export interface Surroundings {
  workingDirectory: string;
  environment: NodeJS.ProcessEnv;
}

export async function createRun(
  globals: GlobalOptions,
  name: string,
  signal: AbortSignal,
  surroundings: Surroundings = { workingDirectory: process.cwd(), environment: process.env },
): Promise<Run> {
  const warnings: string[] = [];
  const closers: (() => PromiseLike<void> | void)[] = [];
  const startedAt = performance.now();
  const screen = once(() => openScreen(globals));
  const warn = (message: string): void => {
    warnings.push(redact(message));
    if (globals.json || globals.quiet) return;
    context.progress.stop();
    process.stderr.write(`warning: ${redact(message)}\n`);
  };
  const config = once(async () => {
    const { loadConfig } = await import('../src/config/load.ts');
    const loaded = await loadConfig(loadOptions(globals, surroundings));
    for (const message of loaded.warnings) warn(message);
    const visible = passwordInArguments(globals);
    if (visible !== null) warn(visible);
    return loaded;
  });
  const keep = (database: Database): Database => {
    closers.push(() => database[Symbol.asyncDispose]());
    return database;
  };
  const replica = once(async () => {
    const { connectReader } = await import('../src/database/connect.ts');
    return keep(await connectReader((await config()).values.database, { signal, warn }));
  });
  const context: Context = {
    globals,
    signal,
    isInteractive: process.stdin.isTTY && process.stderr.isTTY && !globals.json && !globals.yes,
    progress: await openProgress(globals),
    prompts: createPrompts(signal),
    config,
    database: once(async () => {
      const { connectDatabase } = await import('../src/database/connect.ts');
      return keep(await connectDatabase((await config()).values.database, { signal, warn }));
    }),
    reader: async () => {
      const { database: settings } = (await config()).values;
      return settings.replicaUrls.length === 0 ? context.database() : replica();
    },
    redis: once(async () => {
      const redis = await openRedis(await config());
      closers.push(() => redis.close());
      return redis;
    }),
    onClose: (close) => void closers.push(close),
    warn,
    show: async (render) => {
      if (globals.json) return;
      context.progress.stop();
      process.stdout.write(`${redact(render(await screen())).replace(/\n+$/, '')}\n`);
    },
    emit: async (result, render) => {
      if (!globals.json) {
        await context.show(render);
        return;
      }
      const durationMs = performance.now() - startedAt;
      process.stdout.write(
        `${redact(envelopeText({ command: name, result, warnings, failure: null, durationMs }))}\n`,
      );
    },
    confirm: (question, typed) => confirm(context, question, typed),
  };
  return { context, warnings, screen, close: () => closeAll(closers) };
}

async function confirm(
  context: Context,
  question: string,
  typed: { name: string; given: string | undefined } | undefined,
): Promise<void> {
  const { globals } = context;
  const declined = (message: string, hint: string): ScalectlError =>
    new ScalectlError('confirmation-needed', message, { hint });
  context.progress.stop();
  if (typed && typed.given !== undefined && typed.given !== typed.name) {
    throw declined(
      `--confirm is "${typed.given}", not ${typed.name}; nothing was changed`,
      `Use --confirm ${typed.name}`,
    );
  }
  if (!context.isInteractive) {
    if (globals.yes && (!typed || typed.given === typed.name)) return;
    throw declined(
      `${question} Nobody is there to answer; nothing was changed`,
      typed ? `Add --yes --confirm ${typed.name}` : 'Add --yes, or run it on a terminal.',
    );
  }
  if (typed && typed.given === undefined) {
    const answer = await context.prompts.input(`${question} Type ${typed.name} to go on:`);
    if (answer === typed.name) return;
  } else if (await context.prompts.confirm(question)) return;
  throw declined('declined; nothing was changed', 'Run it again and answer yes to change it.');
}

async function openScreen(globals: GlobalOptions): Promise<Screen> {
  const { createScreen } = await import('../src/output/screen.ts');
  const { stdout } = process;
  return createScreen({
    color: stdout.isTTY && hasColor(globals),
    width: stdout.isTTY ? Math.max(40, stdout.columns || 80) : Infinity,
  });
}

async function openProgress(globals: GlobalOptions): Promise<Context['progress']> {
  // A terminal of no width (docker exec -t without a size) would make the spinner clear lines without end.
  const isTerminal = process.stderr.isTTY && process.stderr.columns > 0;
  return createProgress({
    stream: process.stderr,
    kind: globals.quiet || globals.json ? 'none' : isTerminal ? 'spinner' : 'lines',
    color: isTerminal && hasColor(globals),
    redact,
  });
}

function hasColor(globals: GlobalOptions): boolean {
  return globals.color && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
}

function loadOptions(globals: GlobalOptions, surroundings: Surroundings): LoadOptions {
  return {
    ...surroundings,
    flags: {
      ...(globals.db === undefined ? {} : { 'database.url': globals.db }),
      ...(globals.redis === undefined ? {} : { 'cache.url': globals.redis }),
    },
    ...(globals.config === undefined ? {} : { file: globals.config }),
    ...(globals.profile === undefined ? {} : { profile: globals.profile }),
  };
}

async function openRedis(config: LoadedConfig): Promise<RedisClient> {
  const { connectRedis } = await import('../src/redis/connect.ts');
  return connectRedis(config.values.cache);
}

async function closeAll(
  closers: (() => PromiseLike<void> | void)[],
): Promise<ScalectlError | null> {
  let first: ScalectlError | null = null;
  for (const close of closers.reverse()) {
    try {
      await close();
    } catch (error) {
      first ??= asScalectlError(error);
    }
  }
  return first;
}
