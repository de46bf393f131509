import { describe, expect, it } from 'vitest';
import {
  formatDuration,
  formatSize,
  parseDuration,
  parseSize,
} from '../../../src/config/quantity.ts';

describe('a duration', () => {
  it.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5s', 1500],
    ['5m', 300_000],
    ['2H', 7_200_000],
    [' 7 d ', 604_800_000],
    ['1w', 604_800_000],
    ['0', 0],
  ])('%s', (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs);
  });

  it.each(['', '5', '5x', '-5s', '5 s 3', 's', '1e3s', '٣s'])('is not %j', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  it.each([0, 1, 250, 999, 1000, 1500, 1234, 90_000, 3_600_000, 86_400_000, 604_800_000])(
    '%i ms reads back as it is written',
    (durationMs) => {
      expect(parseDuration(formatDuration(durationMs))).toBe(durationMs);
    },
  );
});

describe('a size', () => {
  it.each([
    ['64KB', 65_536],
    ['64k', 65_536],
    ['2GB', 2 * 1024 ** 3],
    ['1.5MB', 1_572_864],
    ['1000', 1000],
    ['10 B', 10],
  ])('%s', (text, sizeBytes) => {
    expect(parseSize(text)).toBe(sizeBytes);
  });

  it.each(['', 'KB', '5PB', '-1', '1.5'])('is not %j', (text) => {
    expect(parseSize(text)).toBeNull();
  });

  it.each([0, 1, 1023, 1024, 1536, 65_536, 1024 ** 3])('%i bytes read back', (sizeBytes) => {
    expect(parseSize(formatSize(sizeBytes))).toBe(sizeBytes);
  });
});
