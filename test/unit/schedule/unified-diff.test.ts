import { describe, expect, it } from 'vitest';
import { unifiedDiff } from '../../../src/schedule/unified-diff.ts';

describe('a unified difference', () => {
  it('shows what goes and what comes with one line around it', () => {
    const before = Buffer.from('a\nb\nc\nd\ne\nf\n');
    const after = Buffer.from('a\nb\nC\nd\ne\nf\ng\n');
    expect(unifiedDiff('crontab', before, after)).toBe(
      [
        '--- crontab',
        '+++ crontab',
        '@@ -2,3 +2,3 @@',
        ' b',
        '-c',
        '+C',
        ' d',
        '@@ -6 +6,2 @@',
        ' f',
        '+g',
      ].join('\n'),
    );
  });

  it('names /dev/null for a file that comes or goes', () => {
    expect(unifiedDiff('x', null, Buffer.from('a\n'))).toBe(
      '--- /dev/null\n+++ x\n@@ -0,0 +1 @@\n+a',
    );
    expect(unifiedDiff('x', Buffer.from('a\n'), null)).toBe(
      '--- x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a',
    );
  });

  it('is empty for the same bytes', () => {
    expect(unifiedDiff('x', Buffer.from('a\n'), Buffer.from('a\n'))).toBe('');
    expect(unifiedDiff('x', null, null)).toBe('');
  });

  it('applied to the old text gives the new one', () => {
    let state = 7;
    const next = (limit: number): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state % limit;
    };
    const text = (): string[] => Array.from({ length: next(12) }, () => 'abc'[next(3)] ?? '');
    for (let round = 0; round < 300; round++) {
      const [before, after] = [text(), text()];
      const bytes = (lines: string[]): Buffer => Buffer.from(lines.map((l) => `${l}\n`).join(''));
      const diff = unifiedDiff('x', bytes(before), bytes(after));
      expect(apply(before, diff)).toEqual(after);
    }
  });
});

function apply(before: readonly string[], diff: string): string[] {
  const after: string[] = [];
  let at = 0;
  for (const line of diff.split('\n').slice(2)) {
    const hunk = /^@@ -(\d+)(?:,(\d+))? /.exec(line);
    if (hunk) {
      const start = Number(hunk[1]) - (hunk[2] === '0' ? 0 : 1);
      after.push(...before.slice(at, start));
      at = start;
    } else if (line.startsWith('+')) after.push(line.slice(1));
    else {
      expect(before[at]).toBe(line.slice(1));
      if (line.startsWith(' ')) after.push(line.slice(1));
      at++;
    }
  }
  return [...after, ...before.slice(at)];
}
