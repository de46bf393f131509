import { describe, expect, it } from 'vitest';
import { freshDatabase } from '../support/database.ts';
import { leftIn } from '../support/demo.ts';
import type { DemoJson } from '../support/demo.ts';
import { runScalectl, startScalectl } from '../support/scalectl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const timeoutMs = 300_000;

describe('scalectl demo on a terminal of nobody', { timeout: timeoutMs }, () => {
  it('shows each command line with its output, then before and after, without an escape byte', async () => {
    const run = await runScalectl(['demo'], {
      env: { TMPDIR: await temporaryFolder() },
      timeoutMs,
    });
    expect([0, 1]).toContain(run.exitCode);
    for (const text of [
      '$ scalectl health\n',
      '$ scalectl optimize-db\n',
      '$ scalectl queue import ',
      '$ scalectl queue process\n',
      '$ scalectl cache inspect\n',
      '$ scalectl loadtest --journey login ',
      '== summary ==',
    ]) {
      expect(run.stdout).toContain(text);
    }
    expect(run.stdout).toMatch(/all 27 page statements, as they are +[\d.]+ m?s +[\d.]+ m?s/);
    // eslint-disable-next-line no-control-regex -- a pipe gets none
    expect(run.stdout + run.stderr).not.toMatch(/\u001b/);
  });

  it('prints the summary alone with --quiet', async () => {
    const run = await runScalectl(['demo', '--quiet'], {
      env: { TMPDIR: await temporaryFolder() },
      timeoutMs,
    });
    expect(run.stdout).toMatch(/^== summary ==/);
    expect(run.stderr).toBe('');
  });
});

describe('a demo that is stopped', { timeout: timeoutMs }, () => {
  it.each([
    ['SIGINT', 'optimize-db', '== optimize-db =='],
    ['SIGTERM', 'queue process', 'looking for jobs'],
    ['SIGINT', 'loadtest', '20 users at '],
  ] as const)('by %s during %s leaves nothing', async (signal, _, moment) => {
    const temporary = await temporaryFolder();
    const run = await startScalectl(['demo'], { env: { TMPDIR: temporary }, timeoutMs });
    await run.waitFor(moment);
    run.kill(signal);
    expect((await run.done).exitCode).toBe(130);
    expect(await leftIn(temporary)).toEqual([]);
  });

  it('by two signals at once, while jobs run, leaves nothing', async () => {
    const temporary = await temporaryFolder();
    const run = await startScalectl(['demo'], { env: { TMPDIR: temporary }, timeoutMs });
    await run.waitFor('looking for jobs');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    run.kill('SIGINT');
    await run.waitFor('press Ctrl-C again');
    run.kill('SIGINT');
    expect((await run.done).exitCode).toBe(130);
    expect(await leftIn(temporary)).toEqual([]);
  });

  it('by kill -9 loses its site at once, and the rest with the next start', async () => {
    const temporary = await temporaryFolder();
    const run = await startScalectl(['demo'], { env: { TMPDIR: temporary }, timeoutMs });
    await run.waitFor('20 users at ');
    run.kill('SIGKILL');
    await run.done;
    await expect
      .poll(async () => (await leftIn(temporary)).filter((line) => line.includes('shop-site.js')), {
        timeout: 20_000,
      })
      .toEqual([]);
    expect((await leftIn(temporary)).join('\n')).toMatch(/mariadbd|mysqld/);
    const next = await startScalectl(['demo'], { env: { TMPDIR: temporary }, timeoutMs });
    await next.waitFor('filling the shop');
    next.kill('SIGINT');
    await next.done;
    expect(await leftIn(temporary)).toEqual([]);
  });
});

describe('scalectl demo --db', { timeout: timeoutMs }, () => {
  it('fills an empty database and leaves it empty', async () => {
    const test = await freshDatabase();
    const temporary = await temporaryFolder();
    const run = await startScalectl(['demo', '--json', '--db', test.url], {
      env: { TMPDIR: temporary },
      timeoutMs,
    });
    await expect
      .poll(async () => (await test.query('SHOW TABLES')).length, { timeout: 120_000 })
      .toBeGreaterThan(12);
    const ended = await run.done;
    expect(ended.json?.ok).toBe(true);
    const result = ended.json?.result as DemoJson;
    expect(result.steps[1]?.result).toMatchObject({ database: test.name });
    expect(ended.stdout).not.toContain(new URL(test.url).password);
    expect(await test.query('SHOW TABLES')).toEqual([]);
    expect(await leftIn(temporary)).toEqual([]);
  });

  it('clears what a killed demo left there, before it begins anew', async () => {
    const test = await freshDatabase();
    const temporary = await temporaryFolder();
    const options = { env: { TMPDIR: temporary }, timeoutMs };
    const killed = await startScalectl(['demo', '--db', test.url], options);
    await killed.waitFor('filling the shop');
    killed.kill('SIGKILL');
    await killed.done;
    expect(await test.query('SHOW TABLES')).not.toEqual([]);
    const next = await startScalectl(['demo', '--db', test.url], options);
    await next.waitFor('opening the web site');
    next.kill('SIGINT');
    expect((await next.done).exitCode).toBe(130);
    expect(await test.query('SHOW TABLES')).toEqual([]);
    expect(await leftIn(temporary)).toEqual([]);
  });
});

describe('scalectl demo --keep', { timeout: timeoutMs }, () => {
  it('leaves a shop that works, that the next start does not take for abandoned, and that --stop removes', async () => {
    const temporary = await temporaryFolder();
    const options = { env: { TMPDIR: temporary }, timeoutMs };
    const run = await runScalectl(['demo', '--keep', '--json'], options);
    const { kept } = run.json?.result as DemoJson;
    expect(kept).not.toBeNull();

    const other = await startScalectl(['demo'], options);
    await other.waitFor('filling the shop');
    other.kill('SIGINT');
    await other.done;

    const page = await fetch(`${kept?.siteUrl ?? ''}/pages/products.php`);
    expect(page.status).toBe(200);
    const config = kept?.configFile ?? '';
    const stats = await runScalectl(['queue', 'stats', '--json', '--config', config], options);
    expect(stats.json).toMatchObject({ ok: true });

    const preview = await runScalectl(['demo', '--stop', '--dry-run'], options);
    expect(preview.stdout).toContain(kept?.folder);
    expect(await leftIn(temporary)).not.toEqual([]);
    const stopped = await runScalectl(['demo', '--stop', '--json'], options);
    expect(stopped.json).toMatchObject({ ok: true, result: { isDone: true } });
    expect(await leftIn(temporary)).toEqual([]);
    const again = await runScalectl(['demo', '--stop'], options);
    expect(again.stdout).toBe('No demo was kept running.\n');
  });
});
