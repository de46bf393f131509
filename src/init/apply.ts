import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { migrate } from '../database/migrate.ts';
import type { Database } from '../database/types.ts';
import { ScalectlError } from '../errors.ts';
import type { InitPlan } from './plan.ts';

/** Tables that were created now, by area. */
export type CreatedTables = Record<string, number>;

/**
 * Creates the tables, then writes the file: a file that is there means that the rest was done. Both bear being done
 * again.
 * @throws ScalectlError `privilege-missing` where the file may not be written
 */
export async function applyInit(plan: InitPlan, database: Database): Promise<CreatedTables> {
  const created: CreatedTables = {};
  if (plan.canCreate) {
    for (const area of plan.missingTables) {
      const ran = await migrate(database, area);
      created[area] = ran
        .flatMap(({ statements }) => statements)
        .filter((statement) => /^CREATE TABLE/i.test(statement)).length;
    }
  }
  if (plan.before !== plan.after) await writeConfig(plan);
  return created;
}

async function writeConfig({ target, after, holdsSecret }: InitPlan): Promise<void> {
  try {
    await mkdir(path.dirname(target.file), { recursive: true, mode: 0o700 });
    // Without a mode of ours the file keeps the one it has.
    await writeFileAtomic(target.file, after, holdsSecret ? { mode: 0o600 } : {});
  } catch (error) {
    throw new ScalectlError(
      'privilege-missing',
      `cannot write ${target.file}: ${(error as Error).message}`,
      { hint: 'Name a file in a folder of yours: scalectl init --config FILE', cause: error },
    );
  }
}
