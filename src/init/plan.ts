import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Capability } from '../database/capabilities.ts';
import { probeCapabilities } from '../database/capabilities.ts';
import { editConfigText, formatOfFile, maskConfigText } from '../config/edit-file.ts';
import type { LoadedConfig } from '../config/load.ts';
import { isMigrated } from '../database/migrate.ts';
import type { Database } from '../database/types.ts';
import { unifiedDiff } from '../schedule/unified-diff.ts';
import { chooseSettings } from './choose-settings.ts';
import { chooseTargetFile, isServed } from './target-file.ts';
import type { TargetFile } from './target-file.ts';

/** Whose tables `init` creates; other areas create theirs at first use. */
export const areas = ['queue', 'optimizer'] as const;

export interface InitPlan {
  target: TargetFile;
  /** null: the file is not there yet. */
  before: string | null;
  after: string;
  /** The change of the file with secrets masked; empty when nothing changes. */
  diff: string;
  /** The file itself holds a password: only its owner may read it. */
  holdsSecret: boolean;
  /** It does, and a web server may hand it out. */
  isExposed: boolean;
  /** Environment variables that the file refers to. */
  variables: string[];
  capabilities: Capability[];
  /** Areas whose tables are not all there. */
  missingTables: (typeof areas)[number][];
  /** The account may create tables. */
  canCreate: boolean;
}

/**
 * What `init` would do, and what this account may do on this server. Changes nothing but, unless it is a dry run, a
 * probe table that comes and goes.
 * @param options.references settings whose secret is kept in a variable of this name
 */
export async function planInit(
  loaded: LoadedConfig,
  database: Database,
  options: {
    named: string | null;
    references: ReadonlyMap<string, string>;
    workingDirectory: string;
    environment: NodeJS.ProcessEnv;
    isDryRun: boolean;
  },
): Promise<InitPlan> {
  const chosen = chooseSettings(loaded, options.references);
  const platformFolder = loaded.discovery?.folder ?? null;
  const target = chooseTargetFile({
    ...options,
    found: loaded.file,
    platformFolder,
    holdsSecret: chosen.secretsInClear.length > 0,
  });
  const format = formatOfFile(target.file);
  const before = existsSync(target.file) ? await readFile(target.file, 'utf8') : null;
  const after = await editConfigText(before, chosen.edits, format);
  const holdsSecret = (await maskConfigText(after, format)) !== after;
  const capabilities = await probeCapabilities(database, { isDryRun: options.isDryRun });
  const missingTables: (typeof areas)[number][] = [];
  for (const area of areas) if (!(await isMigrated(database, area))) missingTables.push(area);
  return {
    target,
    before,
    after,
    diff: before === after ? '' : await maskedDiff(target.file, before, after),
    holdsSecret,
    isExposed: holdsSecret && isServed(path.dirname(target.file), platformFolder),
    variables: chosen.variables,
    capabilities,
    missingTables,
    canCreate: capabilities[0]?.verdict !== 'not-here',
  };
}

async function maskedDiff(file: string, before: string | null, after: string): Promise<string> {
  const format = formatOfFile(file);
  const shown = async (text: string): Promise<Buffer> =>
    Buffer.from(await maskConfigText(text, format));
  const diff = unifiedDiff(file, before === null ? null : await shown(before), await shown(after));
  return diff === '' ? `--- ${file}\n+++ ${file}\n(only a masked secret changes)` : diff;
}
