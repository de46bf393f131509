import { beforeEach, describe, expect, it } from 'vitest';
import { scratchCrontab } from '../support/crontab.ts';
import { runScalectl } from '../support/scalectl.ts';
import type { ScalectlResult } from '../support/scalectl.ts';

const scratch = await scratchCrontab();

const others = 'MAILTO=""\n\n\t*/7 1-3 * * 1-5  echo "caf\u00e9 \\% 5"   \n@reboot true\n';

describe.skipIf(scratch === null)('schedule on a real crontab', () => {
  if (scratch === null) return;
  const schedule = (...words: string[]): Promise<ScalectlResult> =>
    runScalectl(['schedule', ...words], {
      env: { SCALECTL_SCHEDULE_CRONTAB_COMMAND: scratch.command.join(',') },
    });

  beforeEach(() => scratch.write(others));

  it('shows every entry as missing, with its next run and the lines to paste', async () => {
    const { exitCode, json } = await schedule('show', '--json');
    expect(exitCode).toBe(0);
    expect(json?.result).toMatchObject({ target: 'crontab', isCurrent: false });
    const { entries } = json?.result as { entries: { name: string; state: string }[] };
    expect(entries.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'queue-process missing',
      'optimize-db missing',
      'health missing',
    ]);
    const text = await schedule('show');
    expect(text.stdout).toMatch(/optimize-db .*0 2 \* \* 0 .*missing/);
    expect(text.stdout).toContain('next: scalectl schedule install');
  });

  it('shows the difference in a dry run and writes nothing', async () => {
    const dry = await schedule('install', '--dry-run');
    expect(dry).toMatchObject({ exitCode: 0 });
    expect(dry.stdout).toMatch(/^\+\*\/5 \* \* \* \* .*schedule run queue-process/m);
    expect(scratch.read()).toBe(others);
  });

  it('asks first: off a terminal it refuses and says how', async () => {
    const refused = await schedule('install', '--json');
    expect(refused).toMatchObject({
      exitCode: 77,
      json: { ok: false, error: { code: 'confirmation-needed' } },
    });
    expect(refused.json?.error?.hint).toContain('--yes');
    expect(scratch.read()).toBe(others);
  });

  it('installs, installs again without a change, and removes itself byte for byte', async () => {
    const first = await schedule('install', '--yes', '--json');
    expect(first).toMatchObject({ exitCode: 0, json: { ok: true, result: { changed: true } } });
    const installed = scratch.read();
    expect(installed?.startsWith(others)).toBe(true);
    expect(installed?.match(/^[^#\n]*schedule run /gm)).toHaveLength(3);
    const again = await schedule('install', '--yes', '--json');
    expect(again).toMatchObject({ exitCode: 0, json: { result: { changed: false, diff: '' } } });
    expect(scratch.read()).toBe(installed);
    expect((await schedule('show', '--json')).json?.result).toMatchObject({ isCurrent: true });
    const removed = await schedule('remove', '--yes', '--json');
    expect(removed).toMatchObject({ exitCode: 0, json: { result: { changed: true } } });
    expect(scratch.read()).toBe(others);
  });

  it('refuses a crontab with a control character, naming the line, and leaves it', async () => {
    scratch.write('# one\n5 5 * * * a job\r\n');
    const refused = await schedule('install', '--yes', '--json');
    expect(refused).toMatchObject({ exitCode: 77, json: { error: { code: 'refused' } } });
    expect(refused.json?.error?.message).toContain('line 2');
    expect(scratch.read()).toBe('# one\n5 5 * * * a job\r\n');
  });

  it("comments out the platform's old PHP lines, and brings them back", async () => {
    const old =
      '*/5 * * * * php /var/www/shop/process_queue.php\n0 2 * * 0 php /var/www/shop/database_optimize.php\n';
    scratch.write(`${others}${old}`);
    const offered = await schedule('install', '--dry-run');
    expect(offered.stdout).toMatch(/^-\*\/5 \* \* \* \* php .*process_queue\.php$/m);
    await schedule('install', '--yes');
    const lines = scratch.read()?.split('\n') ?? [];
    for (const line of old.trim().split('\n')) {
      expect(lines).not.toContain(line);
      expect(lines.some((found) => found.startsWith('#') && found.includes(line))).toBe(true);
    }
    await schedule('remove', '--yes');
    expect(scratch.read()).toBe(`${others}${old}`);
    await schedule('install', '--yes', '--keep-old');
    expect(scratch.read()?.startsWith(`${others}${old}`)).toBe(true);
  });
});

describe('schedule for another machine', () => {
  it('prints the tasks of Windows and the units of systemd', async () => {
    const tasks = await runScalectl(['schedule', 'show', '--target', 'task-scheduler', '--json']);
    const { files } = tasks.json?.result as { files: { name: string; content: string }[] };
    expect(files).toHaveLength(3);
    expect(files.every(({ content }) => content.includes('<Task '))).toBe(true);
    const units = await runScalectl(['schedule', 'show', '--target', 'systemd', '--json']);
    const names = (units.json?.result as { files: { name: string }[] }).files.map((f) => f.name);
    expect(names).toContain('scalectl-queue-process.timer');
  });
});
