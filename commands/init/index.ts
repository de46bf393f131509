import path from 'node:path';
import process from 'node:process';
import type { LoadedConfig } from '../../src/config/load.ts';
import type { InitPlan } from '../../src/init/plan.ts';
import type { CacheCheck } from '../../src/init/test-connections.ts';
import type { Database } from '../../src/database/types.ts';
import type { Context, GlobalOptions } from '../context.ts';
import { defineCommand } from '../define.ts';
import { passwordInArguments } from '../globals.ts';
import { text } from '../option.ts';
import { shellWord } from '../optimize-db/workload.ts';
import { askForSettings } from './questions.ts';
import { renderInit, renderPlan } from './render.ts';

export interface InitResult {
  file: string;
  fileState: 'created' | 'changed' | 'unchanged';
  /** What was, or with --dry-run would be, changed; secrets masked. */
  diff: string;
  holdsSecret: boolean;
  /** Why the file is not in the working directory; null when it is. */
  reason: string | null;
  database: { label: string; server: string; from: string };
  cache: CacheCheck;
  platform: {
    folder: string;
    settings: number;
    unreadable: { name: string; place: string; reason: string }[];
  } | null;
  capabilities: InitPlan['capabilities'];
  /** scalectl's own tables, by area. */
  tables: Record<string, 'present' | 'created' | 'missing'>;
  dryRun: boolean;
}

/** The settings that a run of init works with, and the connection that they lead to. */
export interface Setup {
  loaded: LoadedConfig;
  database: Database;
  cache: CacheCheck;
  /** Settings whose secret the operator keeps in a variable of this name. */
  references: ReadonlyMap<string, string>;
}

export type Flags = Record<string, string | null>;

export const init = defineCommand({
  name: 'init',
  summary: "test the connections, write the configuration, create scalectl's own tables",
  description:
    "Asks for database and cache, or reads the platform's PHP settings; then the file only names the platform's folder and no password is copied. Shows once what this account may do here, with the GRANT or setting that is missing. A file that is there is changed only after a look at the difference.",
  changes: 'schema',
  options: {
    platform: text('--platform <DIR>', "the platform's folder; its PHP settings are used"),
  },
  examples: [
    { command: 'scalectl init', does: 'asks, tests, shows what it will write, and asks again' },
    {
      command: 'scalectl init --platform /var/www/shop --yes',
      does: "takes the platform's own settings, without questions",
    },
    { command: 'scalectl init --dry-run', does: 'shows everything and changes nothing' },
  ],
  exitCodes: {
    1: 'done, but the account may not create the tables',
    75: 'another run is creating the tables',
  },
  run: async (context, { options }) => {
    const { globals } = context;
    const warning = passwordInArguments(globals);
    if (warning !== null) context.warn(warning);
    const setup = await setUp(context, options.platform);
    context.onClose(() => setup.database[Symbol.asyncDispose]());
    const { planInit } = await import('../../src/init/plan.ts');
    context.progress.start('finding out what this account may do');
    const plan = await planInit(setup.loaded, setup.database, {
      named: namedFile(context),
      references: setup.references,
      workingDirectory: process.cwd(),
      environment: process.env,
      isDryRun: globals.dryRun,
    });
    context.progress.stop();
    warnOf(context, plan);
    const result = resultOf(setup, plan, globals);
    await context.show((screen) => `${renderPlan(result, screen)}\n\n`);
    if (globals.dryRun) return { result };
    const hasWork = plan.diff !== '' || (plan.missingTables.length > 0 && plan.canCreate);
    if (hasWork) await context.confirm(questionOf(plan));
    const { applyInit } = await import('../../src/init/apply.ts');
    const created = await applyInit(plan, setup.database);
    for (const area of Object.keys(created)) result.tables[area] = 'created';
    const isWhole = !Object.values(result.tables).includes('missing');
    const file = globals.config === undefined ? '' : ` --config ${shellWord(globals.config)}`;
    return { result, exitCode: isWhole ? 0 : 1, next: `scalectl doctor${file}` };
  },
  render: (result, screen) => renderInit(result, screen),
});

async function setUp(context: Context, platform: string | undefined): Promise<Setup> {
  const { globals } = context;
  const flags: Flags = {
    ...(globals.db === undefined ? {} : { 'database.url': globals.db }),
    ...(globals.redis === undefined ? {} : { 'cache.url': globals.redis, 'cache.driver': 'redis' }),
    ...(platform === undefined ? {} : { 'platform.dir': platform }),
  };
  if (context.isInteractive) return askForSettings(context, flags, (given) => load(context, given));
  const { openConfigured, testCache } = await import('../../src/init/test-connections.ts');
  const loaded = await load(context, flags);
  for (const message of loaded.warnings) context.warn(message);
  context.progress.start('connecting');
  const database = await openConfigured(loaded, context);
  context.onClose(() => context.progress.stop());
  try {
    const cache = await testCache(loaded);
    return { loaded, database, cache, references: new Map() };
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}

async function load(context: Context, flags: Flags): Promise<LoadedConfig> {
  const { loadConfig } = await import('../../src/config/load.ts');
  const { config, profile } = context.globals;
  return loadConfig({
    workingDirectory: process.cwd(),
    environment: process.env,
    flags,
    isFileOptional: true,
    ...(config === undefined ? {} : { file: config }),
    ...(profile === undefined ? {} : { profile }),
  });
}

function namedFile({ globals }: Context): string | null {
  const named = globals.config ?? (process.env['SCALECTL_CONFIG'] || undefined);
  return named === undefined ? null : path.resolve(named);
}

function warnOf(context: Context, plan: InitPlan): void {
  if (plan.isExposed) {
    context.warn(
      `${plan.target.file} holds a password and lies where a web server may hand it out: move it out of there, or deny it in the server's configuration`,
    );
  }
  if (plan.variables.length > 0) {
    context.warn(
      `the file refers to ${plan.variables.join(', ')}: scheduled runs need it too; a secret in a file of its own, {"file":"PATH"}, is found by all`,
    );
  }
}

function questionOf(plan: InitPlan): string {
  if (plan.diff === '') return "Create scalectl's own tables?";
  const tables = plan.missingTables.length > 0 && plan.canCreate;
  return `Write ${plan.target.file}${tables ? " and create scalectl's own tables" : ''}?`;
}

function resultOf(setup: Setup, plan: InitPlan, globals: GlobalOptions): InitResult {
  const { loaded, database, cache } = setup;
  const { discovery, origins } = loaded;
  const named = origins.get('database.url')?.kind === 'default' ? 'database.name' : 'database.url';
  const origin = origins.get(named);
  const isAnswered = origin?.kind === 'flag' && globals.db === undefined;
  const isMissing = (area: string): boolean => plan.missingTables.some((name) => name === area);
  return {
    file: plan.target.file,
    fileState: plan.before === null ? 'created' : plan.diff === '' ? 'unchanged' : 'changed',
    diff: plan.diff,
    holdsSecret: plan.holdsSecret,
    reason: plan.target.reason,
    database: {
      label: database.target.label,
      server: database.flavor.label,
      from: isAnswered ? 'your answer' : (origin?.place ?? ''),
    },
    cache,
    platform: discovery && {
      folder: discovery.folder,
      settings: discovery.settings.length,
      unreadable: discovery.unreadable,
    },
    capabilities: plan.capabilities,
    tables: Object.fromEntries(
      ['queue', 'optimizer'].map((area) => [area, isMissing(area) ? 'missing' : 'present']),
    ),
    dryRun: globals.dryRun,
  };
}
