import type { Setting } from '../setting.ts';
import { cache } from './cache.ts';
import { database } from './database.ts';
import { health } from './health.ts';
import { loadtest } from './loadtest.ts';
import { mail } from './mail.ts';
import { optimizer } from './optimizer.ts';
import { platform } from './platform.ts';
import { queue } from './queue.ts';
import { schedule } from './schedule.ts';

/** Every setting of scalectl; sections are named as the areas of the product. */
export const settings = {
  platform,
  database,
  cache,
  queue,
  mail,
  optimizer,
  loadtest,
  health,
  schedule,
};

export interface SettingTree {
  readonly [name: string]: Setting<never> | SettingTree;
}

/** The typed values of a tree of settings: `Config['database']['pool']['size']` is a number. */
export type ConfigOf<Tree> = {
  readonly [Name in keyof Tree]: Tree[Name] extends Setting<infer T> ? T : ConfigOf<Tree[Name]>;
};

export type Config = ConfigOf<typeof settings>;

export interface SettingEntry {
  /** `database.pool.size` */
  path: string;
  /** `SCALECTL_DATABASE_POOL_SIZE` */
  environmentName: string;
  setting: Setting<unknown>;
}

/** All settings in the order of the tree. */
export function listSettings(): SettingEntry[] {
  return flatten(settings as unknown as SettingTree, []);
}

function flatten(tree: SettingTree, above: readonly string[]): SettingEntry[] {
  return Object.entries(tree).flatMap(([name, node]) => {
    const names = [...above, name];
    return isSetting(node)
      ? [{ path: names.join('.'), environmentName: environmentName(names), setting: node }]
      : flatten(node as SettingTree, names);
  });
}

export function isSetting(node: unknown): node is Setting<unknown> {
  return typeof node === 'object' && node !== null && 'isSetting' in node;
}

/** `['database', 'connectTimeout']` → `SCALECTL_DATABASE_CONNECT_TIMEOUT` */
function environmentName(names: readonly string[]): string {
  const words = names.map((name) => name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase());
  return `SCALECTL_${words.join('_')}`;
}
