import type { CommandGroup } from '../define.ts';
import { deleteKeys } from './delete.ts';
import { flush } from './flush.ts';
import { get } from './get.ts';
import { inspect } from './inspect.ts';
import { keys } from './keys.ts';
import { set } from './set.ts';
import { stats } from './stats.ts';

export const cache: CommandGroup = {
  name: 'cache',
  summary: "look into the platform's cache, change single keys, clear exactly what should go",
  description:
    'Works on Redis and Valkey, and on the file cache (cache.driver). Values are shown decoded from PHP serialize() or JSON. The keyspace is read in small steps that slow down by themselves, so that other clients do not feel it.',
  subcommands: [stats, inspect, get, set, deleteKeys, keys, flush],
};
