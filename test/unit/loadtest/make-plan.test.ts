import { describe, expect, it } from 'vitest';
import { settings } from '../../../src/config/settings/index.ts';
import type { Config } from '../../../src/config/settings/index.ts';
import { expectedRequestsPerSecond, makePlan } from '../../../src/loadtest/make-plan.ts';
import type { LoadTestRequest } from '../../../src/loadtest/make-plan.ts';
import type { LoadPlan } from '../../../src/loadtest/plan.ts';

type LoadTestSettings = Config['loadtest'];

const { login, ...others } = settings.loadtest;
const defaults = {
  ...Object.fromEntries(Object.entries(others).map(([name, setting]) => [name, setting.default])),
  login: { emails: login.emails.default, password: login.password.default },
} as LoadTestSettings;

const accounts: Partial<LoadTestSettings> = {
  login: { emails: ['a@shop.test', 'b@shop.test'], password: 'secret' },
};

function plan(
  request: LoadTestRequest,
  changed: Partial<LoadTestSettings> = {},
): Promise<LoadPlan> {
  return makePlan({ url: 'http://127.0.0.1/', ...request }, { ...defaults, ...changed }, {});
}

describe('the plan of a load test', () => {
  it('has the defaults of the settings', async () => {
    expect(await plan({})).toMatchObject({
      engine: 'users',
      users: 50,
      durationMs: 60_000,
      rampMs: 10_000,
      thinkMs: 10_000,
      timeoutMs: 10_000,
      ratePerSecond: null,
    });
    expect((await plan({})).thresholds.map(({ expression }) => expression)).toEqual([
      'p95<500ms',
      'successRate>=99%',
    ]);
  });

  it('shortens ramp and pauses that nobody asked for with the duration', async () => {
    expect(await plan({ durationMs: 3000 })).toMatchObject({ rampMs: 500, thinkMs: 1000 });
    const asked = { durationMs: 3000, rampMs: 9000, thinkMs: 8000 };
    expect(await plan(asked)).toMatchObject({ rampMs: 9000, thinkMs: 8000 });
  });

  it('starts 500 users a second at most', async () => {
    expect((await plan({ users: 20_000 })).rampMs).toBe(40_000);
  });

  it('tells the rate that users with pauses make', async () => {
    expect(expectedRequestsPerSecond(await plan({ users: 200 }))).toBe(20);
    expect(expectedRequestsPerSecond(await plan({ thinkMs: 0 }))).toBeNull();
    expect(expectedRequestsPerSecond(await plan({ ratePerSecond: 7, journey: 'browse' }))).toBe(14);
  });

  it('gives arrivals as many sessions as answers of a second need', async () => {
    expect((await plan({ ratePerSecond: 30 })).users).toBe(30);
    expect((await plan({ ratePerSecond: 30, journey: 'browse' })).users).toBe(30 * 12);
    expect((await plan({ ratePerSecond: 30, users: 5 })).users).toBe(5);
  });

  it('takes the URL of the settings when the command line names none', async () => {
    const target = 'http://127.0.0.1:8080/x';
    const made = await makePlan({}, { ...defaults, target });
    expect(made.target.url).toBe(target);
    await expect(makePlan({}, defaults)).rejects.toMatchObject({ code: 'usage' });
  });

  it('puts a journey below the folder of the site', async () => {
    const pathOf = async (url: string): Promise<string | undefined> =>
      (await plan({ url, journey: 'browse' })).journey.steps[0]?.path;
    expect(await pathOf('http://127.0.0.1/')).toBe('/index.php');
    expect(await pathOf('http://127.0.0.1/top1/')).toBe('/top1/index.php');
    expect(await pathOf('http://127.0.0.1/top1/index.php?a=1')).toBe('/top1/index.php');
  });

  it('asks for accounts before a journey logs in without', async () => {
    await expect(plan({ journey: 'login' })).rejects.toMatchObject({
      code: 'config-missing',
      message: expect.stringContaining('loadtest.login.emails') as string,
    });
    expect((await plan({ journey: 'login' }, accounts)).journey.accounts).toEqual([
      { email: 'a@shop.test', password: 'secret' },
      { email: 'b@shop.test', password: 'secret' },
    ]);
  });

  it('refuses a journey that writes, unless that is allowed', async () => {
    await expect(plan({ journey: 'checkout' }, accounts)).rejects.toMatchObject({
      code: 'refused',
      hint: expect.stringContaining('--allow-writes') as string,
    });
    await expect(plan({ journey: 'checkout', allowWrites: true }, accounts)).resolves.toBeDefined();
  });

  it.each<[string, LoadTestRequest, string]>([
    ['no threshold', { thresholds: ['p95<500'] }, '"p95<500" is no threshold'],
    ['an unknown journey', { journey: 'brows' }, 'there is no journey "brows"'],
    ['a probe with a journey', { engine: 'autocannon', journey: 'browse' }, '--journey'],
    ['a probe with a rate', { engine: 'autocannon', ratePerSecond: 5 }, '--rate'],
    ['a probe with pauses', { engine: 'autocannon', thinkMs: 5 }, '--think'],
  ])('%s is wrong usage', async (_, request, message) => {
    await expect(plan(request)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(message) as string,
    });
  });

  it('guesses the preset that was meant', async () => {
    await expect(plan({ journey: 'brows' })).rejects.toMatchObject({
      hint: 'Did you mean browse?',
    });
  });
});
