import { realpathSync } from 'node:fs';
import path from 'node:path';
import { readConfigFile } from '../config/file.ts';
import type { LoadedConfig } from '../config/load.ts';
import { listEntries } from './entries.ts';
import { findStateFolder } from './state-folder.ts';
import type { StateFolder } from './state-folder.ts';
import type { Round } from './target.ts';

export interface SiteRound {
  round: Round;
  state: StateFolder;
  /** What a scheduled run will not have, or not for long. */
  warnings: string[];
}

/**
 * The daily round of the site that the settings describe.
 * @param program the node program and scalectl's script, as this process was started
 */
export async function describeSite(
  config: LoadedConfig,
  program: { node: string; script: string },
  environment: NodeJS.ProcessEnv,
): Promise<SiteRound> {
  const { schedule } = config.values;
  const state = findStateFolder(schedule, environment);
  const script = realpathSync(program.script);
  const isFolderInFile = config.origins.get('platform.dir')?.kind === 'file';
  const platformFolder = config.discovery?.folder ?? null;
  const round: Round = {
    entries: listEntries(schedule),
    siteName: schedule.name,
    platformFolder,
    invocation: {
      node: program.node,
      script,
      configFile: config.file === null ? null : path.resolve(config.file),
      profile: config.profile,
      platformDir: isFolderInFile ? null : platformFolder,
      stateDir: path.resolve(state.dir),
    },
  };
  return { round, state, warnings: await listWarnings(config, script, platformFolder) };
}

async function listWarnings(
  config: LoadedConfig,
  script: string,
  platformFolder: string | null,
): Promise<string[]> {
  const warnings: string[] = [];
  if (config.file === null && platformFolder === null) {
    warnings.push(
      'there is no configuration file: scheduled runs will use the defaults alone. Write one with scalectl init',
    );
  }
  const outside = [...config.origins]
    .filter(([name, { kind }]) => (kind === 'environment' || kind === 'flag') && isForRuns(name))
    .map(([name, origin]) => `${name} (${origin.place})`);
  if (outside.length > 0) {
    warnings.push(
      `scheduled runs will not have what is set outside the configuration file: ${outside.join(', ')}`,
    );
  }
  const variables = config.file === null ? [] : await variablesNamedIn(config.file);
  if (variables.length > 0) {
    warnings.push(
      `scheduled runs will not have the environment variables that the configuration file names: ${variables.join(', ')}; use {"file":"PATH"}`,
    );
  }
  if (/[\\/]_npx[\\/]/.test(script)) {
    warnings.push(
      `scalectl runs from npx's cache (${script}), which npm may empty: install it with npm i -g scalectl first`,
    );
  }
  if (process.getuid?.() === 0) {
    warnings.push(
      'the runs, job handlers included, will be those of root: better install as the account of the web site',
    );
  }
  return warnings;
}

/** Where and how the round is installed is only for this process to know; the platform's folder is passed on. */
function isForRuns(name: string): boolean {
  const here = [
    'platform.dir',
    'schedule.target',
    'schedule.name',
    'schedule.stateDir',
    'schedule.crontab.',
    'schedule.systemd.',
    'schedule.windows.',
  ];
  return !here.some((start) => name.startsWith(start));
}

/** The NAMEs of `{"env":"NAME"}` in a configuration file. */
async function variablesNamedIn(file: string): Promise<string[]> {
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, child] of Object.entries(value)) {
      if (name === 'env' && typeof child === 'string') names.add(child);
      else visit(child);
    }
  };
  visit((await readConfigFile(file)).values);
  return [...names];
}
