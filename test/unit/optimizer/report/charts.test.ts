import { describe, expect, it } from 'vitest';
import {
  gainLine,
  growthChart,
  sizeBar,
  treemap,
} from '../../../../src/optimizer/report/page/charts.ts';
import { logScale } from '../../../../src/optimizer/report/page/scales.ts';
import { layTreemap } from '../../../../src/optimizer/report/page/treemap.ts';
import { reportOf, tableReport } from './report-fixture.ts';

describe('a treemap', () => {
  it('fills the whole with areas that are as the sizes', () => {
    const sizes = [600, 300, 200, 90, 40, 7, 1];
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const tiles = layTreemap(sizes, 2.6);
    expect(tiles).toHaveLength(sizes.length);
    tiles.forEach(({ x, y, width, height }, i) => {
      expect((width * height) / 10_000).toBeCloseTo((sizes[i] ?? 0) / total, 6);
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
      expect(Math.max(x + width, y + height)).toBeLessThanOrEqual(100 + 1e-6);
    });
  });

  it('lays no tile over another', () => {
    const tiles = layTreemap([50, 30, 20, 10, 5, 5, 3, 1], 1.5);
    const overlap = (a: number, aLength: number, b: number, bLength: number): number =>
      Math.min(a + aLength, b + bLength) - Math.max(a, b);
    for (const [i, one] of tiles.entries()) {
      for (const other of tiles.slice(i + 1)) {
        const wide = overlap(one.x, one.width, other.x, other.width);
        const high = overlap(one.y, one.height, other.y, other.height);
        expect(Math.min(wide, high)).toBeLessThan(1e-6);
      }
    }
  });

  it('keeps tiles near to squares', () => {
    const ratios = layTreemap([6, 6, 4, 3, 2, 2, 1], 1.5).map(({ width, height }) => {
      const ratio = (width * 1.5) / height;
      return Math.max(ratio, 1 / ratio);
    });
    // The example of the paper that the layout comes from ends below 3, where slices alone reach 16.
    expect(Math.max(...ratios)).toBeLessThan(3);
  });

  it('leaves out tables without a size, and is nothing when there are no others', () => {
    const none = tableReport('none', { dataBytes: 0, indexBytes: 0 });
    expect(treemap([none], () => 'id').source).toBe('');
    expect(treemap([tableReport('one'), none], () => 'id').source).not.toContain('>none<');
  });
});

describe('a logarithmic axis', () => {
  it('ends at powers of ten and gives each decade the same length', () => {
    const scale = logScale([0.31, 5.36, 1200]);
    expect(scale.ticks.map((tick) => Number(tick.toPrecision(1)))).toEqual([
      0.1, 1, 10, 100, 1000, 10_000,
    ]);
    expect(scale.place(1)).toBeCloseTo(20);
    expect(scale.place(1000)).toBeCloseTo(80);
  });

  it('is a decade long when all values are the same', () => {
    const scale = logScale([10, 10]);
    expect(scale.ticks).toEqual([10, 100]);
    expect(scale.place(10)).toBe(0);
  });
});

describe('the charts of a report', () => {
  const [query] = reportOf('name').queries;

  it('draw before and after where the axis has them', () => {
    if (!query) throw new Error('the fixture has a query');
    const scale = logScale([0.1, 1000]);
    const { source } = gainLine({ ...query, withoutMs: 100, withMs: 1 }, scale);
    expect(source).toContain('<circle class="before" cx="75%"');
    expect(source).toContain('<circle class="after" cx="25%"');
  });

  it('draw data, indexes and free space behind each other on one scale', () => {
    const table = tableReport('t', { dataBytes: 50, indexBytes: 25, freeBytes: 25 });
    const { source } = sizeBar(table, 200);
    expect(source).toMatch(
      /class="data" width="25%".*class="index" x="25%" width="12.5%".*class="free" x="37.5%" width="12.5%"/,
    );
  });

  it('draw the growth from report to report, and a run that changed something between them', () => {
    const { trend, runs } = reportOf('name');
    const { source } = growthChart(trend, runs);
    expect(source).toContain('<line class="run" x1="50%" x2="50%"');
    expect(source).not.toMatch(/NaN|Infinity/);
    const idle = runs.map((run) => ({ ...run, steps: [] }));
    expect(growthChart(trend, idle).source).not.toContain('class="run"');
  });
});
