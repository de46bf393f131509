import { existsSync } from 'node:fs';
import { nearest } from '../config/nearest.ts';
import type { Config } from '../config/settings/index.ts';
import { ScalectlError } from '../errors.ts';
import { readJourneyFile } from './journey-file.ts';
import { singlePage, variablesIn } from './journey.ts';
import type { Journey } from './journey.ts';
import type { EngineName, LoadPlan } from './plan.ts';
import { findPreset, presets } from './presets.ts';
import { checkTarget, parseTarget } from './target.ts';
import { parseThreshold, thresholdForms } from './thresholds.ts';
import type { Threshold } from './thresholds.ts';

/** What somebody asks for; what is left out comes from the settings. */
export interface LoadTestRequest {
  url?: string | undefined;
  users?: number | undefined;
  durationMs?: number | undefined;
  rampMs?: number | undefined;
  thinkMs?: number | undefined;
  /** A preset's name or a file. */
  journey?: string | undefined;
  ratePerSecond?: number | undefined;
  thresholds?: readonly string[];
  engine?: EngineName | undefined;
  allowWrites?: boolean;
}

type LoadTestSettings = Config['loadtest'];

/** The limits of the setting `loadtest.duration`, for the flag. */
const shortestMs = 1000;
const longestMs = 86_400_000;

/**
 * Makes the plan of a run, and decides whether its target may be tested.
 * @throws ScalectlError `usage` for what cannot be meant, `config-invalid` for a wrong journey, `config-missing`
 * when a login is needed, `refused` for a host or a write that is not allowed, `target-unreachable` for an unknown host
 */
export async function makePlan(
  request: LoadTestRequest,
  settings: LoadTestSettings,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<LoadPlan> {
  const url = request.url ?? settings.target;
  if (url === null) {
    throw new ScalectlError('usage', 'there is no URL to test', {
      hint: 'Name one, as in: scalectl loadtest http://localhost/index.php --users 50 (or set loadtest.target)',
    });
  }
  const target = parseTarget(url);
  const engine = request.engine ?? 'users';
  if (engine === 'autocannon') refuseForProbe(request);
  const thresholds = (request.thresholds?.length ? request.thresholds : settings.thresholds).map(
    readThreshold,
  );
  const journey = await findJourney(request.journey, target.path, settings, environment);
  checkWrites(journey, request.allowWrites ?? false);
  const durationMs = request.durationMs ?? settings.duration;
  if (durationMs < shortestMs || durationMs > longestMs)
    throw new ScalectlError('usage', '--duration must be from 1s to 1d');
  const thinkMs = request.thinkMs ?? settings.think ?? Math.min(10_000, durationMs / 3);
  const ratePerSecond = request.ratePerSecond ?? null;
  const users =
    request.users ??
    (ratePerSecond === null ? settings.users : sessionsFor(ratePerSecond, journey, thinkMs));
  const rampMs = request.rampMs ?? settings.ramp ?? defaultRampMs(users, durationMs);
  return {
    target: await checkTarget(target, settings.allowHosts),
    engine,
    journey,
    users,
    durationMs,
    rampMs: engine === 'autocannon' ? 0 : rampMs,
    thinkMs: engine === 'autocannon' ? 0 : thinkMs,
    timeoutMs: settings.timeout,
    ratePerSecond,
    thresholds,
    verifyCertificate: settings.verifyCertificate,
  };
}

/**
 * The rate to expect when the target answers at once: what N users with pauses really mean. Null without pauses.
 * In the open model it is given.
 */
export function expectedRequestsPerSecond(plan: LoadPlan): number | null {
  const { journey, thinkMs, users, ratePerSecond } = plan;
  const looped = journey.steps.filter((step) => !step.once);
  if (ratePerSecond !== null) return ratePerSecond * looped.length;
  const pausesMs = looped.reduce((sum, step) => sum + (step.thinkMs ?? thinkMs), 0);
  return pausesMs === 0 ? null : (users * looped.length * 1000) / pausesMs;
}

/** Half a thousand users a second is a rush that real sites see, and far from a flood of connections. */
function defaultRampMs(users: number, durationMs: number): number {
  return Math.max((users / 500) * 1000, Math.min(10_000, durationMs / 6));
}

/** Little's law, with a second for each answer: twice what the platform's target for p95 allows. */
function sessionsFor(ratePerSecond: number, journey: Journey, thinkMs: number): number {
  const pauses = journey.steps.slice(0, -1);
  const pausesMs = pauses.reduce((sum, step) => sum + (step.thinkMs ?? thinkMs), 0);
  const seconds = journey.steps.length + pausesMs / 1000;
  return Math.max(1, Math.ceil(ratePerSecond * seconds));
}

function refuseForProbe(request: LoadTestRequest): void {
  const given = (
    [
      ['--journey', request.journey],
      ['--rate', request.ratePerSecond],
      ['--think', request.thinkMs],
      ['--ramp', request.rampMs],
    ] as const
  ).find(([, value]) => value !== undefined);
  if (given)
    throw new ScalectlError('usage', `${given[0]} does not go with --engine autocannon`, {
      hint: 'autocannon sends to one page without pauses, for the highest rate; leave --engine out to test users.',
    });
}

function readThreshold(text: string): Threshold {
  const threshold = parseThreshold(text);
  if (threshold) return threshold;
  throw new ScalectlError('usage', `"${text}" is no threshold`, {
    hint: `Allowed: ${thresholdForms}`,
  });
}

async function findJourney(
  name: string | undefined,
  path: string,
  settings: LoadTestSettings,
  environment: NodeJS.ProcessEnv,
): Promise<Journey> {
  if (name === undefined) return singlePage(path);
  const accounts = accountsOf(settings);
  const known = Object.keys(accounts[0] ?? {});
  const preset = findPreset(name);
  if (!preset && !existsSync(name)) {
    const names = Object.keys(presets);
    const near = nearest(name, names);
    throw new ScalectlError('usage', `there is no journey "${name}": no preset and no file`, {
      hint: near ? `Did you mean ${near}?` : `Presets: ${names.join(', ')}`,
    });
  }
  const journey = preset ?? (await readJourneyFile(name, known, environment));
  checkLogin(journey, known);
  return { ...underBase(journey, path), accounts };
}

function accountsOf({ login }: LoadTestSettings): Record<string, string>[] {
  const password = login.password === null ? {} : { password: login.password };
  const accounts = login.emails.map((email) => ({ email, ...password }));
  return accounts.length > 0 ? accounts : [password];
}

/** A preset that logs in needs to know as whom. */
function checkLogin(journey: Journey, known: readonly string[]): void {
  const texts = journey.steps.flatMap((step) => Object.values(step.form ?? {}));
  const names = { email: 'loadtest.login.emails', password: 'loadtest.login.password' };
  for (const [name, setting] of Object.entries(names)) {
    const isUsed = texts.some((text) => variablesIn(text).includes(name));
    if (!isUsed || known.includes(name) || Object.hasOwn(journey.variables, name)) continue;
    throw new ScalectlError(
      'config-missing',
      `the journey ${journey.name} logs in: ${setting} is not set`,
      {
        hint: 'Set the e-mail addresses and the password of test accounts in the configuration or the environment.',
      },
    );
  }
}

function checkWrites(journey: Journey, isAllowed: boolean): void {
  const step = journey.steps.find(({ writes }) => writes);
  if (!step || isAllowed) return;
  throw new ScalectlError(
    'refused',
    `the step "${step.name}" of the journey ${journey.name} changes the target's data; nothing was sent`,
    { hint: 'Add --allow-writes if that is meant.' },
  );
}

/** The paths of a journey begin where the site does: `http://localhost/shop/index.php` means `/shop`. */
function underBase(journey: Journey, path: string): Journey {
  const folders = path.replace(/\?.*$/, '').split('/');
  if (folders.at(-1)?.includes('.')) folders.pop();
  const base = folders.join('/').replace(/\/+$/, '');
  if (base === '') return journey;
  return { ...journey, steps: journey.steps.map((step) => ({ ...step, path: base + step.path })) };
}
