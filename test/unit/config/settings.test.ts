import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { nearest } from '../../../src/config/nearest.ts';
import { listSettings } from '../../../src/config/settings/index.ts';

const entries = listSettings();

describe('every setting', () => {
  it('is one of a hundred and more', () => {
    expect(entries.length).toBeGreaterThan(100);
  });

  it.each(entries.map((entry) => [entry.path, entry] as const))(
    '%s says what it means and what it may be, in whole sentences',
    (_, { setting }) => {
      expect(setting.meaning).toMatch(/^[A-Z0-9].*[.)]$|^s4u /s);
      expect(setting.allowed).not.toBe('');
    },
  );

  it.each(
    entries
      .filter(({ setting }) => setting.default !== null)
      .map((entry) => [entry.path, entry] as const),
  )('%s allows its own default, as it is written by hand too', (_, { setting }) => {
    const { default: value, type } = setting;
    const written = type === 'structure' ? JSON.stringify(value) : setting.format(value);
    const parsed = v.safeParse(setting.schema, written);
    expect(parsed.issues ?? []).toEqual([]);
    expect(parsed.output).toEqual(value);
  });
});

describe('the nearest word', () => {
  const words = ['database', 'cache', 'queue', 'optimizer'];

  it.each([
    ['databse', 'database'],
    ['QUEUE', 'queue'],
    ['cahce', 'cache'],
    ['xyz', null],
    ['', null],
  ])('to %s is %s', (word, expected) => {
    expect(nearest(word, words)).toBe(expected);
  });
});
