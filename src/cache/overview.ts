import type { Keyspace, KeySample } from './driver.ts';
import { coarseGroupOfKey, groupOfKey } from './key-group.ts';
import { Pace } from './pace.ts';
import { protectFrom } from './protect.ts';

export interface KeyGroup {
  /** `products_page_*` */
  group: string;
  keys: number;
  /** Of all keys seen. */
  share: number;
  /** How many of its keys were looked at; the figures below are theirs. */
  sampled: number;
  /** Types of the sampled keys and how many each. */
  types: Record<string, number>;
  /** Null where the server refuses MEMORY USAGE, or every sampled key was gone. */
  meanBytes: number | null;
  /** Mean times keys: an estimate. */
  estimatedBytes: number | null;
  /** Share of the sampled keys that never expire; null without samples. */
  withoutTtl: number | null;
  /** Of those that expire, the median of what is left. */
  medianTtlMs: number | null;
  /** A flush leaves it alone unless its pattern names it. */
  isProtected: boolean;
}

export interface KeyspaceOverview {
  keys: number;
  /** The largest first, by estimated memory or, without, by number. */
  groups: KeyGroup[];
  sampled: number;
  slowestStepMs: number;
  /** The run was stopped before the end. */
  isPartial: boolean;
}

export interface OverviewOptions {
  maxLatencyMs: number;
  protect: readonly string[];
  signal?: AbortSignal;
  onProgress?: (keys: number) => void;
  /** From 0 to 1; Math.random unless a test needs the same sample twice. */
  random?: () => number;
}

/** Names are bounded: where keys have no pattern at all, the rest goes into coarser groups. */
const mostGroups = 500;
const mostCoarseGroups = 500;
const samplesPerGroup = 20;
const mostSamples = 2000;

/** What stands in the keyspace, by groups of keys: one pass of SCAN, then a bounded sample of each group. */
export async function surveyKeyspace(
  keyspace: Keyspace,
  options: OverviewOptions,
): Promise<KeyspaceOverview> {
  const random = options.random ?? Math.random;
  const pace = await Pace.of(options.maxLatencyMs, () => keyspace.ping());
  const tally = new Tally(random);
  let keys = 0;
  const { stepSize, onStep } = pace;
  const { signal } = options;
  for await (const page of keyspace.scan({
    pattern: null,
    stepSize,
    onStep,
    ...(signal ? { signal } : {}),
  })) {
    for (const key of page) tally.add(key);
    keys += page.length;
    options.onProgress?.(keys);
  }
  const groups = await sampleGroups(keyspace, tally.groups, keys, options.protect);
  return {
    keys,
    groups: groups.sort(byWeight),
    sampled: groups.reduce((sum, group) => sum + group.sampled, 0),
    slowestStepMs: pace.slowestStepMs,
    isPartial: signal?.aborted === true,
  };
}

interface Counted {
  keys: number;
  /** A uniform sample of its keys (Vitter's algorithm R). */
  samples: Buffer[];
}

class Tally {
  readonly groups = new Map<string, Counted>();
  private readonly random: () => number;

  constructor(random: () => number) {
    this.random = random;
  }

  add(key: Buffer): void {
    const counted = this.groupFor(key);
    counted.keys++;
    if (counted.samples.length < samplesPerGroup) counted.samples.push(Buffer.from(key));
    else {
      const place = Math.floor(this.random() * counted.keys);
      if (place < samplesPerGroup) counted.samples[place] = Buffer.from(key);
    }
  }

  private groupFor(key: Buffer): Counted {
    const { groups } = this;
    const fine = groups.get(groupOfKey(key));
    if (fine) return fine;
    if (groups.size < mostGroups) return this.open(groupOfKey(key));
    const coarse = coarseGroupOfKey(key);
    const isOpen = groups.has(coarse) || groups.size < mostGroups + mostCoarseGroups;
    return this.open(isOpen ? coarse : '*');
  }

  private open(name: string): Counted {
    const counted = this.groups.get(name) ?? { keys: 0, samples: [] };
    this.groups.set(name, counted);
    return counted;
  }
}

async function sampleGroups(
  keyspace: Keyspace,
  groups: ReadonlyMap<string, Counted>,
  allKeys: number,
  protect: readonly string[],
): Promise<KeyGroup[]> {
  const perGroup = Math.max(1, Math.min(samplesPerGroup, Math.floor(mostSamples / groups.size)));
  const protection = protectFrom(protect, null);
  const result: KeyGroup[] = [];
  for (const [group, { keys, samples }] of groups) {
    const looked = samples.slice(0, perGroup);
    const found = (await keyspace.sample(looked)).filter((sample) => sample !== null);
    const meanBytes = meanOf(found.flatMap(({ memoryBytes }) => memoryBytes ?? []));
    result.push({
      group,
      keys,
      share: keys / Math.max(1, allKeys),
      sampled: found.length,
      types: countTypes(found),
      meanBytes,
      estimatedBytes: meanBytes === null ? null : Math.round(meanBytes * keys),
      withoutTtl:
        found.length === 0
          ? null
          : found.filter(({ ttlMs }) => ttlMs === null).length / found.length,
      medianTtlMs: medianOf(found.flatMap(({ ttlMs }) => ttlMs ?? [])),
      isProtected: looked.some((key) => protection.patternOf(key) !== null),
    });
  }
  return result;
}

function countTypes(samples: readonly KeySample[]): Record<string, number> {
  const types: Record<string, number> = {};
  for (const { type } of samples) types[type] = (types[type] ?? 0) + 1;
  return types;
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0
    ? null
    : Math.round(values.reduce((sum, value) => sum + value, 0) / values.length);
}

function medianOf(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

function byWeight(a: KeyGroup, b: KeyGroup): number {
  return (b.estimatedBytes ?? 0) - (a.estimatedBytes ?? 0) || b.keys - a.keys;
}
