import https from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/settings/index.ts';
import { connectDatabase } from '../../src/database/connect.ts';
import type { Database } from '../../src/database/types.ts';
import { runLoadTest } from '../../src/loadtest/engine.ts';
import { makePlan } from '../../src/loadtest/make-plan.ts';
import type { LoadTestRequest } from '../../src/loadtest/make-plan.ts';
import type { LoadProgress, LoadTestHooks, LoadTestResult } from '../../src/loadtest/plan.ts';
import { fillShop } from '../../src/sandbox/shop/fill.ts';
import { shopPassword } from '../../src/sandbox/shop/passwords.ts';
import { createShopTables } from '../../src/sandbox/shop/schema.ts';
import { startShopSite } from '../../src/sandbox/shop/site.ts';
import type { ShopSite } from '../../src/sandbox/shop/site.ts';
import { createCertificate } from '../support/certificate.ts';
import { freshDatabase } from '../support/database.ts';
import {
  faultySites,
  okAnswer,
  refusedUrl,
  startRawSite,
  startSite,
  unusualSites,
} from '../support/http-servers.ts';

let settings: Config['loadtest'];

beforeAll(async () => {
  const { values } = await loadConfig({
    workingDirectory: import.meta.dirname,
    environment: {},
    discover: false,
  });
  settings = { ...values.loadtest, timeout: 3000 };
});

interface Changes extends LoadTestHooks {
  settings?: Partial<Config['loadtest']>;
}

/** Ten users with short pauses, for a second: what a request does not name. */
async function load(
  url: string,
  request: LoadTestRequest = {},
  { settings: changed, ...hooks }: Changes = {},
): Promise<LoadTestResult> {
  const small = { users: 10, durationMs: 1000, rampMs: 0, thinkMs: 100 };
  const plan = await makePlan({ url, ...small, ...request }, { ...settings, ...changed }, {});
  const startedAt = performance.now();
  const result = await runLoadTest(plan, hooks);
  expect(performance.now() - startedAt).toBeLessThan(plan.rampMs + plan.durationMs + 5000);
  const failures = Object.values(result.errors).reduce((sum, count) => sum + count, 0);
  if (result.successRate !== null)
    expect(failures).toBe(Math.round(result.requests * (1 - result.successRate)));
  return result;
}

/** A generator that a busy machine keeps waiting says so (invalid), which is right and no fault of the code. */
const onBusyMachine = { retry: 3 };

describe.concurrent('a site that answers well', onBusyMachine, () => {
  it.each(['chunked', 'untilClose', 'fiveAnswersAConnection'] as const)(
    'is a success when its answers are %s',
    async (kind) => {
      const site = await unusualSites[kind]();
      const result = await load(site.url);
      expect(result.successRate).toBe(1);
      expect(result.requests).toBeGreaterThan(50);
      expect(result.statusCodes).toEqual({ 200: result.requests });
      expect(result.connections.retried).toBe(0);
    },
  );

  it('loses nothing when it cuts a kept-alive connection in the moment of a request', async () => {
    const site = await unusualSites.cutsKeptAliveConnections();
    const result = await load(site.url, { thinkMs: 50 });
    expect(result.errors).toEqual({});
    expect(result.connections.retried).toBeGreaterThan(0);
    expect(result.connections.opened).toBe(10 + result.connections.retried);
  });

  it('gets one kept-alive connection a user, and counts what it saw', async () => {
    const site = await startSite((_, response) => response.end('ok'));
    const result = await load(site.url);
    expect(result.connections.opened).toBe(10);
    expect(site.seen).toBe(result.requests);
    expect(result.steps).toHaveLength(1);
    expect(result.steps[0]).toMatchObject({ requests: result.requests, successRate: 1 });
  });

  it('is measured as slow as it is', async () => {
    const site = await startSite((_, response) => setTimeout(() => response.end('ok'), 200));
    const result = await load(site.url, { durationMs: 2000, thresholds: ['p95<150ms'] });
    expect(result.latencyMs.p50).toBeGreaterThan(195);
    expect(result.latencyMs.p50).toBeLessThan(300);
    expect(result.thresholds).toEqual([
      { expression: 'p95<150ms', actual: result.latencyMs.p95, passed: false },
    ]);
    expect(result.verdict).not.toBe('passed');
  });

  it('has the ramp left out of its figures', async () => {
    const startedAt = performance.now();
    const site = await startSite((_, response) => {
      // Slow only while the users start.
      const delayMs = performance.now() - startedAt < 800 ? 400 : 0;
      setTimeout(() => response.end('ok'), delayMs);
    });
    const result = await load(site.url, { rampMs: 1000 });
    expect(result.latencyMs.max).toBeLessThan(300);
    expect(site.seen).toBeGreaterThan(result.requests);
  });
});

describe.concurrent('a site that fails', onBusyMachine, () => {
  it.each([
    ['resets', 'connection-reset'],
    ['closesWithoutAnswer', 'connection-closed'],
    ['endsTooEarly', 'connection-closed'],
    ['talksGarbage', 'bad-response'],
    ['diesInPhp', 'error-page'],
  ] as const)('and %s has errors of the kind %s', async (kind, error) => {
    const site = await faultySites[kind]();
    const result = await load(site.url);
    expect(result.verdict).toBe('failed');
    expect(Object.keys(result.errors)).toEqual([error]);
    expect(result.successRate).toBe(0);
  });

  it.each([
    [500, 'status-5xx'],
    [404, 'status-4xx'],
    [429, 'status-429'],
  ] as const)('with status %i has errors of the kind %s', async (status, error) => {
    const site = await faultySites.answers(status);
    const result = await load(site.url);
    expect(result.verdict).toBe('failed');
    expect(result.errors).toEqual({ [error]: result.requests });
    expect(result.statusCodes).toEqual({ [status]: result.requests });
  });

  it('by hanging has failed when the run ends, with the time that was waited', async () => {
    const site = await faultySites.hangs();
    const result = await load(site.url, { users: 3 });
    expect(result.errors).toEqual({ timeout: 3 });
    expect(result.latencyMs.p50).toBeGreaterThan(2900);
  });

  it('by one byte a second has failed when the run ends', async () => {
    const site = await faultySites.dripsOneByteASecond();
    const result = await load(site.url, { users: 3 }, { settings: { timeout: 60_000 } });
    expect(result.errors).toEqual({ unfinished: 3 });
  });

  it('by refusing is given up after three seconds, with a second between the tries of a user', async () => {
    const result = await load(await refusedUrl(), { durationMs: 20_000, thinkMs: 0 });
    expect(Object.keys(result.errors)).toEqual(['connection-refused']);
    expect(result.verdict).toBe('failed');
    expect(result.durationMs).toBeLessThan(4500);
    // 10 users for at most 4.5 s, one try a second each.
    expect(result.requests).toBeLessThanOrEqual(50);
    expect(result.notes.join()).toContain('ended before its time');
  });

  it('by dying in the middle has errors from then on', async () => {
    const site = await startSite((_, response) => response.end('ok'));
    setTimeout(() => void site.stop(), 500);
    const result = await load(site.url, { durationMs: 2000 });
    expect(result.statusCodes[200]).toBeGreaterThan(0);
    expect(result.errors['connection-refused']).toBeGreaterThan(0);
    expect(result.verdict).toBe('failed');
  });
});

describe.concurrent('a redirect', onBusyMachine, () => {
  it('is followed on the same host, each hop a request of its own', async () => {
    const site = await startSite((request, response) => {
      if (request.url === '/') response.writeHead(302, { Location: '/home' }).end();
      else response.end('home');
    });
    const result = await load(site.url);
    expect(result.statusCodes).toEqual({ 200: result.requests / 2, 302: result.requests / 2 });
  });

  it('to another host is an answer, never followed, and told', async () => {
    const other = await startSite((_, response) => response.end('never'));
    const site = await startSite((_, response) =>
      response.writeHead(302, { Location: `${other.url}/x` }).end(),
    );
    const result = await load(site.url);
    expect(result.statusCodes).toEqual({ 302: result.requests });
    expect(other.seen).toBe(0);
    expect(result.notes.join()).toContain(`redirects to ${other.url} were not followed`);
  });

  it('without an end is a failure', async () => {
    const site = await startSite((_, response) =>
      response.writeHead(302, { Location: '/again' }).end(),
    );
    const result = await load(site.url, { users: 2 });
    expect(Object.keys(result.errors)).toEqual(['too-many-redirects']);
  });
});

describe.concurrent('the open model', onBusyMachine, () => {
  it('starts journeys by the clock, however many sessions that takes', async () => {
    const site = await startSite((_, response) => setTimeout(() => response.end('ok'), 50));
    const result = await load(site.url, {
      users: 100,
      ratePerSecond: 100,
      durationMs: 2000,
      thinkMs: 9000,
    });
    expect(result.model).toBe('arrivals');
    // A Poisson process: 200 ± 5 standard deviations.
    expect(Math.abs(result.requests - 200)).toBeLessThan(71);
    expect(result.successRate).toBe(1);
  });

  it('counts the waiting of arrivals while the site stands still', async () => {
    const frozenUntil = performance.now() + 1000;
    const site = await startSite((_, response) => {
      setTimeout(() => response.end('ok'), Math.max(0, frozenUntil - performance.now()));
    });
    const result = await load(site.url, { users: 5, ratePerSecond: 100, durationMs: 2000 });
    // Half of the arrivals came while it stood still, and waited half a second in the mean.
    expect(result.latencyMs.p90).toBeGreaterThan(600);
    expect(result.latencyMs.max).toBeGreaterThan(800);
    expect(result.notes.join()).toContain('found all 5 sessions busy');
  });

  it('counts arrivals that were never sent as failures', async () => {
    const site = await faultySites.hangs();
    const result = await load(site.url, { users: 2, ratePerSecond: 50 });
    expect(result.errors['unsent']).toBeGreaterThan(10);
    expect(result.successRate).toBe(0);
  });
});

describe('the autocannon engine', onBusyMachine, () => {
  it('probes the capacity without pauses and says what its percentiles are not', async () => {
    const site = await startSite((_, response) => response.end('ok'));
    const result = await load(site.url, probe);
    expect(result).toMatchObject({ engine: 'autocannon', model: 'closed-loop', successRate: 1 });
    expect(result.requests).toBeGreaterThan(1000);
    expect(result.latencyMs.p95).toBeGreaterThan(0);
    expect(result.notes.join()).toContain('no latency that users see');
  });

  it('does not hang on a site that refuses', async () => {
    const result = await load(await refusedUrl(), probe);
    expect(result.errors).toEqual({ 'connection-refused': 1 });
    expect(result.verdict).toBe('failed');
  });

  it.each(['resets', 'closesWithoutAnswer'] as const)(
    'ends soon on a site that %s each connection',
    async (kind) => {
      const site = await faultySites[kind]();
      const result = await load(site.url, { ...probe, durationMs: 10_000 });
      expect(result.durationMs).toBeLessThan(5000);
      expect(result.successRate).toBe(0);
      expect(result.verdict).toBe('failed');
    },
  );

  it('ends in time on a site that hangs', async () => {
    const site = await faultySites.hangs();
    const result = await load(site.url, { ...probe, users: 3, durationMs: 1500 });
    expect(result.errors).toEqual({ unfinished: 3 });
  });

  it('finds error pages with status 200, and loses no request at a keep-alive limit', async () => {
    const dying = await faultySites.diesInPhp();
    expect((await load(dying.url, probe)).errors['error-page']).toBeGreaterThan(0);
    const limited = await unusualSites.fiveAnswersAConnection();
    const result = await load(limited.url, probe);
    expect(result.latencyMs.p50).toBeLessThan(50);
    expect(result.requests).toBeGreaterThan(100);
  });

  const probe: LoadTestRequest = {
    engine: 'autocannon',
    users: 5,
    rampMs: undefined,
    thinkMs: undefined,
  };
});

describe.concurrent('a run', onBusyMachine, () => {
  it('tells how far it is', async () => {
    const site = await startSite((_, response) => response.end('ok'));
    const told: LoadProgress[] = [];
    await load(site.url, { rampMs: 1100 }, { onProgress: (progress) => told.push(progress) });
    expect(told.map(({ phase }) => phase)).toContain('ramp');
    expect(told.at(-1)).toMatchObject({ totalMs: 2100, activeUsers: 10, failures: 0 });
  });

  it('ends at once when it is aborted, with what was measured so far', async () => {
    const site = await startSite((_, response) => response.end('ok'));
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 500);
    const startedAt = performance.now();
    const result = await load(site.url, { durationMs: 30_000 }, { signal: controller.signal });
    expect(performance.now() - startedAt).toBeLessThan(2000);
    expect(result.requests).toBeGreaterThan(10);
    expect(result.errors).toEqual({});
    expect(result.notes.join()).toContain('the run was stopped after 0.');
  });

  it('sends nothing when it was aborted before', async () => {
    const site = await startSite((_, response) => response.end('ok'));
    const result = await load(site.url, {}, { signal: AbortSignal.abort() });
    expect([result.requests, site.seen]).toEqual([0, 0]);
  });

  it('takes the address of a name on which the site listens', async () => {
    const site = await startSite((_, response) => response.end('ok'));
    const result = await load(`http://localhost:${site.port}/`);
    expect(result.successRate).toBe(1);
  });

  it('drops a connection on which bytes came that nobody asked for', async () => {
    const site = await startRawSite((_, socket) => {
      setTimeout(() => socket.write('HTTP/1.1 408 Request Timeout\r\n\r\n'), 10);
      return okAnswer;
    });
    const result = await load(site.url, { users: 2 });
    expect(result.successRate).toBe(1);
    expect(result.connections.opened).toBeGreaterThan(5);
  });
});

describe('a site behind TLS', onBusyMachine, () => {
  let site: { url: string; handshakes: { reused: boolean }[]; close: () => void };

  beforeAll(async () => {
    const handshakes: { reused: boolean }[] = [];
    const server = https.createServer(createCertificate(), (_, response) => {
      // A new connection for each request, to see whether its handshake is a short one.
      response.setHeader('Connection', 'close').end('ok');
    });
    server.on('secureConnection', (socket) =>
      handshakes.push({ reused: socket.isSessionReused() }),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    site = { url: `https://localhost:${port}/`, handshakes, close: () => server.close() };
  });

  afterAll(() => site.close());

  it('with a certificate that nobody vouches for has failed', async () => {
    const result = await load(site.url, { users: 2 });
    expect(Object.keys(result.errors)).toEqual(['tls']);
  });

  it('is tested when the certificate need not be verified, and its sessions are used again', async () => {
    const result = await load(site.url, { users: 2 }, { settings: { verifyCertificate: false } });
    expect(result.successRate).toBe(1);
    expect(site.handshakes.filter(({ reused }) => reused).length).toBeGreaterThan(2);
  });
});

describe("the platform's journeys on the sandbox's shop", onBusyMachine, () => {
  let database: Database;
  let shop: ShopSite;

  beforeAll(async () => {
    const { url } = await freshDatabase();
    const { values } = await loadConfig({
      workingDirectory: import.meta.dirname,
      environment: { SCALECTL_DB_URL: url },
      discover: false,
    });
    database = await connectDatabase(values.database);
    await createShopTables(database);
    await fillShop(database, { scale: 'small', seed: 1, now: new Date('2026-11-20T10:00:00Z') });
    shop = await startShopSite({ database });
    const rows = await database.read<{ email: string }>(
      '/* test */ SELECT email FROM users WHERE is_active = 1 ORDER BY id LIMIT 5',
    );
    settings = {
      ...settings,
      login: { emails: rows.map(({ email }) => email), password: shopPassword },
    };
  });

  afterAll(async () => {
    await shop.stop();
    await database[Symbol.asyncDispose]();
  });

  it.each(['browse', 'login', 'cart'])(
    '%s succeeds at every step, and writes no order',
    async (journey) => {
      const before = { ...shop.counters };
      const result = await load(shop.url, { journey, users: 5, durationMs: 2000, rampMs: 1000 });
      expect(result.errors).toEqual({});
      expect(result.requests).toBeGreaterThan(10);
      for (const step of result.steps)
        if (!step.name.startsWith('login')) expect(step.requests, step.name).toBeGreaterThan(0);
      expect(shop.counters.orders).toBe(before.orders);
      // Each user once, whatever the number of rounds.
      expect(shop.counters.logins - before.logins).toBe(journey === 'browse' ? 0 : 5);
    },
  );

  it('checkout places orders when writing is allowed', async () => {
    const before = shop.counters.orders;
    const result = await load(shop.url, {
      journey: 'checkout',
      users: 5,
      durationMs: 2000,
      rampMs: 1000,
      allowWrites: true,
    });
    expect(result.errors).toEqual({});
    const placed = result.steps.find(({ name }) => name === 'place order');
    expect(placed?.requests).toBeGreaterThan(0);
    expect(shop.counters.orders).toBeGreaterThan(before);
  });

  it('with a wrong password fails at the login', async () => {
    const login = { ...settings.login, password: 'not the password' };
    const result = await load(
      shop.url,
      { journey: 'login', users: 2, durationMs: 2500 },
      { settings: { login } },
    );
    expect(result.verdict).toBe('failed');
    expect(Object.keys(result.errors)).toEqual(['status-4xx']);
    expect(result.notes.join()).toContain('never reached: dashboard, my orders');
  });
});
