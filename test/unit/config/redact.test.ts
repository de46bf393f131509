import { describe, expect, it } from 'vitest';
import { maskUrl, redact, rememberSecret, rememberUrlSecret } from '../../../src/config/redact.ts';
import { withoutSecrets } from '../../../src/config/secret-values.ts';
import { listSettings } from '../../../src/config/settings/index.ts';
import type { SettingEntry } from '../../../src/config/settings/index.ts';

function setting(path: string): SettingEntry {
  const entry = listSettings().find((other) => other.path === path);
  if (!entry) throw new Error(`no setting ${path}`);
  return entry;
}

describe('redact', () => {
  it('masks a remembered secret in every form it can take', () => {
    rememberSecret('p@ss "word"/1');
    expect(redact('p@ss "word"/1')).toBe('******');
    expect(redact(encodeURIComponent('p@ss "word"/1'))).toBe('******');
    expect(redact(JSON.stringify({ error: 'p@ss "word"/1' }))).toBe('{"error":"******"}');
  });

  it('masks the longer of two secrets first', () => {
    rememberSecret('inner');
    rememberSecret('inner-and-outer');
    expect(redact('inner-and-outer inner')).toBe('****** ******');
  });

  it.each([
    ['mysql://u:never-seen@h/n', 'mysql://u:******@h/n'],
    ['redis://:never-seen@h:6379/0', 'redis://:******@h:6379/0'],
    ['mysql://u:a@b@h/n', 'mysql://u:******@h/n'],
    ['mysql://u@h/n', 'mysql://u@h/n'],
    ['https://example.test/a:b@c', 'https://example.test/a:b@c'],
  ])('masks a password in a URL that nobody told it of: %s', (text, expected) => {
    expect(redact(`at ${text} now`)).toBe(`at ${expected} now`);
    expect(maskUrl(text)).toBe(expected);
  });

  it('leaves JSON whole: an address behind a URL is not part of its password', () => {
    const json = JSON.stringify({ url: 'mysql://u:secret@h:3306', mail: 'a@b.test' });
    expect(JSON.parse(redact(json))).toEqual({ url: 'mysql://u:******@h:3306', mail: 'a@b.test' });
  });

  it('remembers the password of a URL as it is typed elsewhere', () => {
    rememberUrlSecret('mysql://u:with%20space%25@h/n');
    expect(redact('password "with space%"')).toBe('password "******"');
    rememberUrlSecret('mysql://u:slash/and@at@h/n');
    expect(redact('password slash/and@at')).toBe('password ******');
  });

  it('leaves words alone that are too short to be told from others', () => {
    rememberSecret('root');
    expect(redact('the root of the tree')).toBe('the root of the tree');
  });
});

describe('a value that is shown', () => {
  it.each<[string, unknown, unknown]>([
    ['database.password', 'short', '******'],
    ['database.password', '', ''],
    ['database.password', null, null],
    ['database.url', 'mysql://u:p@h/n', 'mysql://u:******@h/n'],
    ['database.replicaUrls', ['mysql://u:p@h/n'], ['mysql://u:******@h/n']],
    ['database.port', 3306, 3306],
  ])('%s %j', (path, value, shown) => {
    expect(withoutSecrets(setting(path), value)).toEqual(shown);
  });

  it('of a structure masks fields that are secret by their name, not job types', () => {
    const handlers = {
      reset_password: { command: ['php', 'reset.php'] },
      notify: { http: 'https://u:p@h/', secret: 'abcdef', token: { env: 'TOKEN' } },
    };
    expect(withoutSecrets(setting('queue.handlers'), handlers)).toEqual({
      reset_password: { command: ['php', 'reset.php'] },
      notify: { http: 'https://u:******@h/', secret: '******', token: { env: 'TOKEN' } },
    });
  });
});
