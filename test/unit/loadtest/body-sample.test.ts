import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BodySample } from '../../../src/loadtest/http/body-sample.ts';

function sampleOf(body: Buffer, keepBytes: number, pieceBytes = 100): BodySample {
  const sample = new BodySample(keepBytes);
  for (let at = 0; at < body.length; at += pieceBytes)
    sample.append(body, at, Math.min(body.length, at + pieceBytes));
  return sample;
}

describe('a sample of a body', () => {
  it('is the whole body when that is short', () => {
    const sample = sampleOf(Buffer.from('short enough'), 100, 5);
    expect(sample.text(null)).toBe('short enough');
    expect(sample.isWhole).toBe(true);
  });

  it('holds the beginning and the end of a long one', () => {
    const body = Buffer.from(`begin ${'x'.repeat(5000)} Fatal error: end`);
    for (const pieceBytes of [1, 7, 512, 10_000]) {
      const sample = sampleOf(body, 1000, pieceBytes);
      expect(sample.sizeBytes).toBe(body.length);
      expect(sample.text(null)).toMatch(/^begin x{994}\nx+ Fatal error: end$/);
    }
  });

  it('keeps nothing of a body that nobody reads', () => {
    const sample = sampleOf(Buffer.from('not wanted'), 0);
    expect([sample.sizeBytes, sample.text(null)]).toEqual([10, '']);
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('unfolds %s, also when only its beginning was kept', (encoding, compress) => {
    // Random letters: what repeats would fit into the first bytes as a whole.
    const letters = Array.from({ length: 20_000 }, (_, i) => ((i * 7919) % 9973).toString(36));
    const text = `Too many connections ${letters.join('')}`;
    expect(sampleOf(Buffer.from(compress(text)), 1_000_000).text(encoding)).toBe(text);
    const cut = sampleOf(Buffer.from(compress(text)), 2048).text(encoding);
    expect(cut).toMatch(/^Too many connections /);
    expect(text.startsWith(cut ?? '-')).toBe(true);
  });

  it('cannot be read when the compression is broken or unknown', () => {
    expect(sampleOf(Buffer.from('no gzip'), 100).text('gzip')).toBeNull();
    expect(sampleOf(Buffer.from('text'), 100).text('zstd')).toBeNull();
  });
});
