import { beforeEach, describe, expect, it } from 'vitest';
import { createCrontabTarget } from '../../src/schedule/crontab/target.ts';
import type { ScheduleTarget } from '../../src/schedule/target.ts';
import { scratchCrontab } from '../support/crontab.ts';
import { makeRound } from '../support/schedule-round.ts';

const scratch = await scratchCrontab();
const round = await makeRound();
const { signal } = new AbortController();

describe.skipIf(scratch === null)('the real crontab of a scratch account', () => {
  if (scratch === null) return;
  const target = createCrontabTarget(scratch.command);

  beforeEach(() => scratch.write('# nothing yet\n'));

  async function change(want: 'install' | 'remove', on: ScheduleTarget = target): Promise<number> {
    const { changes } = await on.inspect(round, { want, keepOldLines: false, signal });
    await on.apply(changes);
    return changes.length;
  }

  it('takes the block, keeps it at a second installation and gives it back', async () => {
    const others = 'MAILTO=""\n\n\t*/7 1-3 * * 1-5  echo "caf\u00e9 \\% 5"   \n@reboot true\n';
    scratch.write(others);
    expect(await change('install')).toBe(1);
    expect(scratch.read()?.startsWith(others)).toBe(true);
    expect(scratch.read()?.match(/schedule run/g)).toHaveLength(3);
    const { states } = await target.inspect(round, {
      want: 'install',
      keepOldLines: false,
      signal,
    });
    expect([...states.values()]).toEqual(['installed', 'installed', 'installed']);
    expect(await change('install')).toBe(0);
    expect(await change('remove')).toBe(1);
    expect(scratch.read()).toBe(others);
    expect(await change('remove')).toBe(0);
  });

  it('is made when the account has none, and unmade', async () => {
    scratch.write('');
    expect(await change('install')).toBe(1);
    expect(scratch.read()?.startsWith('# BEGIN scalectl\n')).toBe(true);
    expect(await change('remove')).toBe(1);
    expect(scratch.read()).toBeNull();
  });

  it('with a carriage return is refused, naming the line, and stays as it is', async () => {
    const before = '# one\n5 5 * * * a job\r\n';
    scratch.write(before);
    await expect(change('install')).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('line 2') as unknown,
    });
    await expect(change('remove')).rejects.toMatchObject({ code: 'refused' });
    expect(scratch.read()).toBe(before);
  });

  it('that somebody else changed meanwhile is not written', async () => {
    const options = { want: 'install', keepOldLines: false, signal } as const;
    const { changes } = await target.inspect(round, options);
    scratch.write('7 7 * * * new\n');
    await expect(target.apply(changes)).rejects.toThrow('changed by somebody else meanwhile');
    expect(scratch.read()).toBe('7 7 * * * new\n');
  });

  it('tells what crontab says when it does not take the lines', async () => {
    const before = Buffer.from('# nothing yet\n');
    const broken = [{ name: 'crontab', before, after: Buffer.from('99 * * * * x\n') }];
    await expect(target.apply(broken)).rejects.toThrow(/would not write the crontab: .*bad minute/);
    expect(scratch.read()).toBe('# nothing yet\n');
  });

  it('of an account that does not exist is a clear failure', async () => {
    const nobody = createCrontabTarget([...scratch.command, '-u', 'no-such-account']);
    await expect(change('install', nobody)).rejects.toMatchObject({ code: 'operation-failed' });
  });
});

describe('without a crontab program', () => {
  it('the way out is named', async () => {
    const target = createCrontabTarget(['/nowhere/crontab']);
    const options = { want: 'install', keepOldLines: false, signal } as const;
    await expect(target.inspect(round, options)).rejects.toMatchObject({
      code: 'server-program-missing',
      exitCode: 69,
      hint: expect.stringContaining('"cron jobs" page of the host') as unknown,
    });
  });
});
