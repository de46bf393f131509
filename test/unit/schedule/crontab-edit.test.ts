import { describe, expect, it } from 'vitest';
import { editCrontab } from '../../../src/schedule/crontab/edit.ts';
import type { CrontabEdit } from '../../../src/schedule/crontab/edit.ts';
import type { Round } from '../../../src/schedule/target.ts';
import { makeRound } from '../../support/schedule-round.ts';

const round = await makeRound();

function edit(
  before: string | Buffer | null,
  want: 'install' | 'remove' = 'install',
  wanted: Round = round,
  keepOldLines = false,
): CrontabEdit {
  const bytes = before === null ? null : Buffer.from(before);
  return editCrontab(bytes, wanted, { want, keepOldLines });
}

function text({ after }: CrontabEdit): string {
  return after?.toString('utf8') ?? '';
}

const others =
  '# mine\n\nMAILTO=me@example.org\n\t 5 4 * * *  backup --to "x y"   \n@reboot  start # \\% %\n';

describe('the block in a crontab', () => {
  it('holds one quoted line an entry, between its marks', () => {
    const shop = "'/srv/100\\% Bob'\\''s shop/scalectl.config.json'";
    const line = (cron: string, entry: string): string =>
      `${cron} '/opt/node 20/bin/node' /opt/scalectl/dist/bin/scalectl.js schedule run ${entry} ` +
      `--config ${shop} --state-dir /var/lib/scalectl >/dev/null 2>>/var/lib/scalectl/logs/${entry}.log`;
    expect(text(edit(null)).split('\n')).toEqual([
      '# BEGIN scalectl',
      '# Written by scalectl schedule install, which overwrites changes in here.',
      line('*/5 * * * *', 'queue-process'),
      line('0 2 * * 0', 'optimize-db'),
      line('*/5 * * * *', 'health'),
      '# END scalectl',
      '',
    ]);
  });

  it('leaves all other lines byte for byte, in whatever encoding', () => {
    const foreign = Buffer.concat([
      Buffer.from(others),
      Buffer.from('0 1 * * * caf\xe9 \xff\n', 'latin1'),
      Buffer.from('0 1 * * * café\n'),
    ]);
    const installed = edit(foreign).after ?? Buffer.alloc(0);
    expect(installed.subarray(0, foreign.length).equals(foreign)).toBe(true);
    expect(edit(installed, 'remove').after?.equals(foreign)).toBe(true);
  });

  it('is the same after a second installation', () => {
    const once = edit(others).after;
    const again = editCrontab(once, round, { want: 'install', keepOldLines: false });
    expect(again.after?.equals(once ?? Buffer.alloc(0))).toBe(true);
    expect([...again.states.values()]).toEqual(['installed', 'installed', 'installed']);
  });

  it('is renewed where it stands when the settings change', async () => {
    const below = '9 9 * * * below\n';
    const before = `${text(edit(others))}${below}`;
    const retimed = await makeRound({
      environment: {
        SCALECTL_SCHEDULE_HEALTH_CRON: '*/10 * * * *',
        SCALECTL_SCHEDULE_OPTIMIZE_DB_ENABLED: 'false',
      },
    });
    const after = edit(before, 'install', retimed);
    expect(Object.fromEntries(after.states)).toEqual({
      'queue-process': 'installed',
      'optimize-db': 'outdated',
      health: 'outdated',
    });
    expect(text(after)).toContain('*/10 * * * *');
    expect(text(after)).not.toContain('run optimize-db');
    expect(text(after).startsWith(others)).toBe(true);
    expect(text(after).endsWith(`# END scalectl\n${below}`)).toBe(true);
  });

  it('goes when every entry is switched off', async () => {
    const off = await makeRound({
      environment: {
        SCALECTL_SCHEDULE_HEALTH_ENABLED: 'no',
        SCALECTL_SCHEDULE_OPTIMIZE_DB_ENABLED: 'no',
        SCALECTL_SCHEDULE_QUEUE_PROCESS_ENABLED: 'no',
      },
    });
    expect(text(edit(text(edit(others)), 'install', off))).toBe(others);
    expect([...edit(others, 'install', off).states.values()]).toEqual(['off', 'off', 'off']);
  });

  it('leaves nothing behind when there was no crontab', () => {
    expect(edit(edit(null).after, 'remove').after).toBeNull();
  });

  it('of another site with a name of its own stays', async () => {
    const second = await makeRound({
      environment: { SCALECTL_SCHEDULE_NAME: 'shop2' },
      invocation: { configFile: '/srv/shop2/scalectl.config.json' },
    });
    const both = text(edit(text(edit(others)), 'install', second));
    expect(both).toContain('# BEGIN scalectl shop2\n');
    expect(text(edit(both, 'remove', second))).toBe(text(edit(others)));
  });

  it('of another site without a name is not overwritten', async () => {
    const second = await makeRound({ invocation: { configFile: '/srv/shop2/c.json' } });
    expect(() => edit(text(edit(null)), 'install', second)).toThrow(/another site: .*shop/);
  });

  it.each([
    ['# BEGIN scalectl\n1 1 * * * x\n', /do not pair \(line 1\)/],
    ['a\n# END scalectl\n', /do not pair \(line 2\)/],
    ['# END scalectl\nx\n# BEGIN scalectl\n', /do not pair \(line 1, 3\)/],
    ['# BEGIN scalectl\n# BEGIN scalectl\n# END scalectl\n', /do not pair \(line 1, 2, 3\)/],
  ])('with broken marks is refused: %j', (before, message) => {
    expect(() => edit(before)).toThrow(message);
    expect(() => edit(before, 'remove')).toThrow(message);
  });

  it.each([
    ['a control character', '# a\n1 1 * * * printf \x01\n', /^line 2 .* a control character/],
    ['an escape', '1 1 * * * \x1b[1m\n', /^line 1/],
    ['a carriage return as such', '# a\r\n', /^line 1/],
    [
      'a carriage return as Debian lists it',
      '# a\n\n1 1 * * * x\\r\n',
      /^line 3 .* carriage return/,
    ],
  ])('is not written beside %s', (_, before, message) => {
    expect(() => edit(before)).toThrow(message);
    expect(() => edit(before)).toThrow(expect.objectContaining({ code: 'refused', exitCode: 77 }));
  });

  it('may stand beside tabs and a harmless backslash r', () => {
    const before = "\t1 1 * * *\ttr -d '\\r' <x\n";
    expect(text(edit(before)).startsWith(before)).toBe(true);
  });

  it('refuses a command that is too long for cron', async () => {
    const deep = await makeRound({ invocation: { stateDir: `/${'x'.repeat(500)}` } });
    expect(() => edit(null, 'install', deep)).toThrow(/longer than the 998 bytes/);
  });

  it('refuses a path with a line break', async () => {
    const broken = await makeRound({ invocation: { configFile: '/srv/a\n* * * * * rm -rf x' } });
    expect(() => edit(null, 'install', broken)).toThrow(/control character/);
  });
});

describe('old PHP jobs', () => {
  const queue = '*/5 * * * * /usr/bin/php -q /var/www/top1/process_queue.php >/dev/null 2>&1';
  const optimizer = '0 2 * * 0 cd "/var/www/top1" && php database_optimize.php';

  it('are commented out and brought back', () => {
    const before = `${others}${queue}\n${optimizer}\n# ${queue}\n`;
    const after = text(edit(before));
    expect(after).toContain(`\n# replaced by scalectl: ${queue}\n`);
    expect(after).toContain(`\n# replaced by scalectl: ${optimizer}\n`);
    expect(after).toContain(`\n# ${queue}\n`);
    expect(text(edit(after))).toBe(after);
    expect(text(edit(after, 'remove'))).toBe(before);
  });

  it('stay when they are to be kept, with a warning', () => {
    const kept = edit(`${queue}\n`, 'install', round, true);
    expect(text(kept).startsWith(`${queue}\n`)).toBe(true);
    expect(kept.warnings).toEqual([expect.stringContaining('goes on running an old PHP job')]);
    const replaced = text(edit(`${queue}\n`));
    expect(text(edit(replaced, 'remove', round, true))).toBe(`# replaced by scalectl: ${queue}\n`);
  });

  it('of an entry that is switched off stay', async () => {
    const without = await makeRound({
      environment: { SCALECTL_SCHEDULE_OPTIMIZE_DB_ENABLED: 'no' },
    });
    expect(text(edit(`${optimizer}\n`, 'install', without)).startsWith(optimizer)).toBe(true);
  });

  it('of another folder stay, with a warning', async () => {
    const here = await makeRound({ platformFolder: '/var/www/top1' });
    const elsewhere = '*/5 * * * * php /var/www/top10/process_queue.php';
    const after = edit(`${queue}\n${elsewhere}\n`, 'install', here);
    expect(text(after)).toContain(`# replaced by scalectl: ${queue}\n${elsewhere}\n`);
    expect(after.warnings).toEqual([expect.stringContaining('/var/www/top10')]);
  });

  it('are not seen in names that only resemble them', () => {
    const before = '1 1 * * * php my_process_queue.php\n2 2 * * * cat process_queue.php.log\n';
    expect(text(edit(before)).startsWith(before)).toBe(true);
  });
});

describe('settings of the crontab above the block', () => {
  it('are warned of when they change what the lines mean', () => {
    expect(edit('SHELL=/usr/bin/fish\nCRON_TZ = "Asia/Kolkata"\n').warnings).toEqual([
      expect.stringContaining('SHELL=/usr/bin/fish'),
      expect.stringContaining('CRON_TZ=Asia/Kolkata'),
    ]);
    expect(edit('SHELL=/bin/bash\nPATH=/usr/bin\n').warnings).toEqual([]);
  });
});
