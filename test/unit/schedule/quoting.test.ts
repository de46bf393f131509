import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  escapeForCrontab,
  quoteForShell,
  quoteForSystemd,
  quoteForWindows,
} from '../../../src/schedule/quoting.ts';

const words = [
  'plain',
  '/opt/scalectl/dist/bin/scalectl.js',
  '/srv/my shop/100% "best" it\'s $HOME `id`;#&|<>\\',
  'tab\there',
  '-x',
  '',
  '*',
  '~root',
  'Überfluß',
];

describe('quoting', () => {
  it.skipIf(process.platform === 'win32')('for sh gives every word back unchanged', () => {
    const script = `for word in ${words.map(quoteForShell).join(' ')}; do printf '%s\\0' "$word"; done`;
    const output = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
    expect(output.split('\0').slice(0, -1)).toEqual(words);
  });

  it('for a crontab puts a backslash before each percent sign', () => {
    expect(escapeForCrontab("'/srv/100%' >>'/x%y'")).toBe("'/srv/100\\%' >>'/x\\%y'");
  });

  it('for systemd keeps specifiers, variables and quotes from having a meaning', () => {
    expect(quoteForSystemd('/usr/bin/node')).toBe('/usr/bin/node');
    expect(quoteForSystemd('/srv/my shop')).toBe('"/srv/my shop"');
    expect(quoteForSystemd('100%')).toBe('100%%');
    expect(quoteForSystemd('a$b "c" \\d')).toBe('"a$$b \\"c\\" \\\\d"');
  });

  it('for Windows is split into the same words again', () => {
    const paths = ['c:\\xampp\\htdocs\\top1', 'C:\\Program Files\\nodejs\\', 'a\\"b', 'a b\\\\"c'];
    for (const word of [...words, ...paths]) {
      expect(splitWindows(`x ${quoteForWindows(word)} y`)).toEqual(['x', word, 'y']);
    }
  });
});

/** The rules of CommandLineToArgvW, for arguments after the program. */
function splitWindows(line: string): string[] {
  const found: string[] = [];
  let word = '';
  let isQuoted = false;
  let isOpen = false;
  for (let i = 0; i < line.length; i++) {
    let backslashes = 0;
    while (line[i] === '\\') {
      backslashes++;
      i++;
    }
    if (line[i] === '"') {
      word += '\\'.repeat(Math.floor(backslashes / 2));
      if (backslashes % 2 === 1) word += '"';
      else isQuoted = !isQuoted;
      isOpen = true;
    } else {
      word += '\\'.repeat(backslashes);
      const character = line[i];
      if (character === undefined) break;
      if (/[ \t]/.test(character) && !isQuoted) {
        if (isOpen || word !== '') found.push(word);
        word = '';
        isOpen = false;
      } else word += character;
    }
  }
  if (isOpen || word !== '') found.push(word);
  return found;
}
