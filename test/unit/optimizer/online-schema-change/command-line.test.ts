import { describe, expect, it } from 'vitest';
import {
  commandLine,
  defaultsText,
  whyNotCarried,
} from '../../../../src/optimizer/online-schema-change/command-line.ts';
import {
  readFailure,
  readProgress,
} from '../../../../src/optimizer/online-schema-change/output.ts';

const login = {
  target: {
    host: '127.0.0.1',
    port: 3307,
    socketPath: null,
    user: 'shop "admin"',
    database: 'shop',
    label: '',
  },
  password: 'ge"h\\eim #1',
};
const program = {
  name: 'pt-online-schema-change',
  command: '/usr/bin/pt-online-schema-change',
  args: [],
  env: {},
  baseDir: null,
  version: '',
  from: 'path' as const,
};
const copy = {
  table: 'visits',
  copyName: 'scalectl_convert_new',
  alter: 'ENGINE=InnoDB',
  endsNull: false,
};

describe('the command line of pt-online-schema-change', () => {
  it('holds neither account nor password, which stand in a file with their quotes escaped', () => {
    const words = commandLine(program, login, copy, '/tmp/x/client.cnf').join(' ');
    expect(words).not.toContain('admin');
    expect(words).not.toContain('eim');
    expect(words).toContain('F=/tmp/x/client.cnf,h=127.0.0.1,P=3307,D=shop,t=visits');
    expect(defaultsText(login)).toBe(
      '[client]\nuser="shop \\"admin\\""\npassword="ge\\"h\\\\eim #1"\n',
    );
  });

  it('leaves the table, the copy and the triggers to the caller, and reads no settings of others', () => {
    const words = commandLine(program, login, copy, '/tmp/x/client.cnf');
    for (const word of [
      '--no-swap-tables',
      '--no-drop-new-table',
      '--no-drop-triggers',
      '--no-version-check',
    ]) {
      expect(words).toContain(word);
    }
    expect(words.slice(3, 6)).toEqual([program.command, '--config', '/dev/null']);
    expect(words).not.toContain('--null-to-not-null');
    expect(commandLine(program, login, { ...copy, endsNull: true }, '/x')).toContain(
      '--null-to-not-null',
    );
  });

  it('is not made for names that it would take apart', () => {
    expect(whyNotCarried(login, 'visits', ['id', 'seen at'])).toBeNull();
    expect(whyNotCarried(login, 'a,D=other', ['id'])).toContain('the table name a,D=other');
    expect(whyNotCarried(login, 'a.b', ['id'])).toContain('a.b');
    expect(whyNotCarried(login, 'visits', ['a`b'])).toContain('the column name a`b');
    expect(whyNotCarried(login, 'v'.repeat(50), ['id'])).toContain('too long');
    const odd = { ...login, target: { ...login.target, host: 'h,u=root' } };
    expect(whyNotCarried(odd, 'visits', ['id'])).toContain('the address');
  });
});

describe('the output of pt-online-schema-change', () => {
  it('tells percent and seconds', () => {
    expect(readProgress('Copying `shop`.`visits`:  45% 01:10 remain')).toEqual({
      percent: 45,
      remainingSeconds: 70,
    });
    expect(readProgress('Copying `a`.`b`:   3% 1+02:00:05 remain')).toEqual({
      percent: 3,
      remainingSeconds: 93_605,
    });
    expect(readProgress('2026-11-24T14:00:00 Created triggers OK.')).toBeNull();
  });

  it('is one sentence about a failure, without the statement', () => {
    const lines = [
      'Altering `shop`.`visits`...',
      'Error altering new table `shop`.`x`: DBD::mysql::db do failed: Unknown column \'y\' [for Statement "ALTER TABLE x"] at /usr/bin/pt-online-schema-change line 9599.',
      '`shop`.`visits` was not altered.',
    ];
    expect(readFailure(lines)).toBe("DBD::mysql::db do failed: Unknown column 'y'");
    expect(
      readFailure([
        "Cannot connect to MySQL: DBI connect('shop;host=h','',...) failed: Access denied for user at /usr/bin/pt line 2345.",
      ]),
    ).toBe('Cannot connect to MySQL: Access denied for user');
    expect(readFailure(['Creating new table...'])).toBeNull();
  });
});
