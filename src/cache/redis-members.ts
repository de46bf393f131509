import type { Cluster, Redis } from '../redis/connect.ts';
import type { Page } from './driver.ts';
import { mapToJson, numberToJson } from './php/to-json.ts';
import type { Json } from './php/to-json.ts';
import { readText } from './php/cursor.ts';
import { decodeBeginning, decodeValue } from './value-format.ts';

type Client = Redis | Cluster;

export interface Members {
  value: Json;
  encoding: string;
  members: number;
  isPartial: boolean;
}

/** A page is never more than about this much, however long its members are. */
const largestPageBytes = 32 * 1024 ** 2;

/**
 * One page of a collection's members, decoded.
 * @param memoryBytes what the whole collection takes, to keep a page of long members small
 * @returns null for a type that has no members that can be paged: those of modules
 */
export async function readMembers(
  client: Client,
  key: Buffer,
  type: string,
  page: Page,
  memoryBytes: number | null,
): Promise<Members | null> {
  const reader = readers[type];
  if (!reader) return null;
  const members = await reader.count(client, key);
  const meanBytes = (memoryBytes ?? 0) / Math.max(1, members);
  const limit = Math.max(1, Math.min(page.limit, Math.floor(largestPageBytes / (meanBytes + 1))));
  const encodings = new Set<string>();
  const decode = (bytes: Buffer): Json => {
    const { value, encoding } =
      bytes.length > page.maxBytes
        ? decodeBeginning(bytes.subarray(0, page.maxBytes))
        : decodeValue(bytes);
    encodings.add(encoding);
    return value;
  };
  const { value, shown } = await reader.read(client, key, { ...page, limit }, decode);
  const [encoding = 'text'] = encodings;
  return {
    value,
    encoding: encodings.size > 1 ? 'mixed' : encoding,
    members,
    isPartial: shown < members,
  };
}

type Decode = (bytes: Buffer) => Json;

interface Reader {
  count: (client: Client, key: Buffer) => Promise<number>;
  read: (
    client: Client,
    key: Buffer,
    page: Page,
    decode: Decode,
  ) => Promise<{ value: Json; shown: number }>;
}

const readers: Record<string, Reader> = {
  hash: {
    count: (client, key) => client.hlen(key),
    read: async (client, key, { offset, limit }, decode) => {
      const step = (cursor: string): Promise<[Buffer, Buffer[]]> =>
        client.hscanBuffer(key, cursor, 'COUNT', limit);
      const flat = await scanMembers(step, 2 * offset, 2 * limit);
      const pairs = pairsOf(flat).map(([field, bytes]): [string | Buffer, Json] => [
        keyOf(field),
        decode(bytes),
      ]);
      return { value: mapToJson(pairs), shown: pairs.length };
    },
  },
  set: {
    count: (client, key) => client.scard(key),
    read: async (client, key, { offset, limit }, decode) => {
      const step = (cursor: string): Promise<[Buffer, Buffer[]]> =>
        client.sscanBuffer(key, cursor, 'COUNT', limit);
      const found = await scanMembers(step, offset, limit);
      return { value: found.map(decode), shown: found.length };
    },
  },
  list: {
    count: (client, key) => client.llen(key),
    read: async (client, key, { offset, limit }, decode) => {
      const found = await client.lrangeBuffer(key, offset, offset + limit - 1);
      return { value: found.map(decode), shown: found.length };
    },
  },
  zset: {
    count: (client, key) => client.zcard(key),
    read: async (client, key, { offset, limit }, decode) => {
      const flat = await client.zrangeBuffer(key, offset, offset + limit - 1, 'WITHSCORES');
      const value = pairsOf(flat).map(([member, score]) => ({
        member: decode(member),
        score: numberToJson(readScore(score.toString('latin1'))),
      }));
      return { value, shown: value.length };
    },
  },
  stream: {
    count: (client, key) => client.xlen(key),
    read: async (client, key, { offset, limit }, decode) => {
      const found = await client.xrangeBuffer(key, '-', '+', 'COUNT', offset + limit);
      const value = found.slice(offset).map(([id, flat]) => ({
        id: id.toString('latin1'),
        fields: mapToJson(
          pairsOf(flat).map(([field, bytes]): [string | Buffer, Json] => [
            keyOf(field),
            decode(bytes),
          ]),
        ),
      }));
      return { value, shown: value.length };
    },
  },
};

/** From `offset` on, `limit` elements of what HSCAN or SSCAN goes through; small collections come in one step. */
async function scanMembers(
  step: (cursor: string) => Promise<[Buffer, Buffer[]]>,
  offset: number,
  limit: number,
): Promise<Buffer[]> {
  const found: Buffer[] = [];
  let toSkip = offset;
  let cursor = '0';
  do {
    const [next, elements] = await step(cursor);
    cursor = next.toString('latin1');
    const rest = elements.slice(toSkip);
    toSkip -= elements.length - rest.length;
    found.push(...rest.slice(0, limit - found.length));
  } while (cursor !== '0' && found.length < limit);
  return found;
}

function pairsOf(flat: readonly Buffer[]): [Buffer, Buffer][] {
  const pairs: [Buffer, Buffer][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const [first, second] = [flat[i], flat[i + 1]];
    if (first && second) pairs.push([first, second]);
  }
  return pairs;
}

function keyOf(bytes: Buffer): string | Buffer {
  return readText(bytes, 0, bytes.length);
}

function readScore(text: string): number {
  if (text === 'inf') return Infinity;
  return text === '-inf' ? -Infinity : Number(text);
}
