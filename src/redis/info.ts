import type { Redis } from './connect.ts';

/** The `name:value` lines of a node's INFO, of the sections that it answers with by default. */
export async function readInfo(node: Redis): Promise<ReadonlyMap<string, string>> {
  const text = await node.info();
  return new Map(
    text.split(/\r?\n/).flatMap((line): [string, string][] => {
      const colon = line.indexOf(':');
      return colon < 0 || line.startsWith('#')
        ? []
        : [[line.slice(0, colon), line.slice(colon + 1)]];
    }),
  );
}

/** How many keys each database of the node has: `db0` → 12. Databases without keys are not named. */
export function keysByDatabase(info: ReadonlyMap<string, string>): Map<string, number> {
  return new Map(
    [...info].flatMap(([name, value]): [string, number][] => {
      const keys = /^keys=(\d+)/.exec(value)?.[1];
      return /^db\d+$/.test(name) && keys !== undefined ? [[name, Number(keys)]] : [];
    }),
  );
}
