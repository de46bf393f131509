// What the benches share: bundling an engine that is written in TypeScript, medians, and the line about a goal.
import { build } from 'esbuild';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Bundles a TypeScript file into a folder inside the project, where it finds its packages, and works with it.
 * @template T
 * @param {string} entry path from the project's root
 * @param {(engine: any) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withBundle(entry, work) {
  const folder = await mkdtemp(path.join(root, 'dist-bench-'));
  try {
    const outfile = path.join(folder, 'engine.mjs');
    await build({
      absWorkingDir: root,
      entryPoints: [entry],
      outfile,
      bundle: true,
      packages: 'external',
      format: 'esm',
      platform: 'node',
      target: 'node20.19',
      logLevel: 'warning',
    });
    return await work(await import(pathToFileURL(outfile).href));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/**
 * `12.3 (11.9 to 14.0)`: the median, and between what it lay.
 * @param {readonly number[]} values
 */
export function spread(values) {
  const digits = median(values) < 10 ? 2 : 1;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return `${median(values).toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}

/**
 * @param {string} goal
 * @param {boolean} isMet
 */
export function verdict(goal, isMet) {
  return `goal ${goal}: ${isMet ? 'met' : 'missed'}`;
}
