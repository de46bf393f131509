import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readJourneyFile } from '../../../src/loadtest/journey-file.ts';
import type { Journey } from '../../../src/loadtest/journey.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'journey-test-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function read(
  content: string,
  name = 'journey.yaml',
  known: string[] = [],
): Promise<Journey> {
  const file = path.join(folder, name);
  await writeFile(file, content);
  return readJourneyFile(file, known, { SHOP_PASSWORD: 'from the environment' });
}

const login = `
name: order
think: 3s
variables:
  password: {env: SHOP_PASSWORD}
  size: 5
steps:
  - name: login form
    path: /login.php
    once: true
    extract: {csrf: 'name="token" value="([^"]+)"'}
  - name: login
    path: /login.php
    once: true
    writes: false
    form: {token: '\${csrf}', email: 'u\${user}@shop.test', password: '\${password}'}
    check: {status: [200, 302], contains: Welcome, notContains: [Error, Wrong]}
  - path: /list?size=\${size}
    think: 500ms
`;

describe('a journey file', () => {
  it('is read with its steps, pauses, checks and variables', async () => {
    const journey = await read(login);
    expect(journey.name).toBe('order');
    expect(journey.variables).toEqual({ password: 'from the environment', size: '5' });
    expect(
      journey.steps.map(({ name, method, path: at, thinkMs, once, writes }) => [
        name,
        method,
        at,
        thinkMs,
        once,
        writes,
      ]),
    ).toEqual([
      ['login form', 'GET', '/login.php', 3000, true, false],
      ['login', 'POST', '/login.php', 3000, true, false],
      ['GET /list?size=${size}', 'GET', '/list?size=${size}', 500, false, false],
    ]);
    expect(journey.steps[1]?.check).toEqual({
      status: [200, 302],
      contains: ['Welcome'],
      notContains: ['Error', 'Wrong'],
    });
    expect(journey.steps[0]?.extract['csrf']?.exec('name="token" value="abc"')?.[1]).toBe('abc');
  });

  it('may look like the one in the guide', async () => {
    const guide = new URL('../../../docs/guide/loadtest.md', import.meta.url);
    const example = /```yaml\n([^`]+)```/.exec(await readFile(guide, 'utf8'))?.[1] ?? '';
    const journey = await read(example);
    expect(journey.steps.map(({ name, writes }) => [name, writes])).toEqual([
      ['login form', false],
      ['login', false],
      ['GET /orders.php', false],
    ]);
  });

  it('may be JSON', async () => {
    const journey = await read('{"steps": [{"path": "/", "method": "HEAD"}]}', 'journey.json');
    expect(journey.steps[0]).toMatchObject({
      method: 'HEAD',
      path: '/',
      form: null,
      thinkMs: null,
    });
  });

  it('counts whatever is no reading as a write, unless it says otherwise', async () => {
    const journey = await read('steps: [{path: /a, method: DELETE}, {path: /b, form: {x: 1}}]');
    expect(journey.steps.map(({ writes }) => writes)).toEqual([true, true]);
  });
});

describe('a wrong journey file names file, line, step and field', () => {
  it.each([
    [
      'an unknown field',
      'steps:\n  - path: /\n    pathh: /x',
      'line 3, step 1: pathh is not known here',
    ],
    [
      'a missing path',
      'steps:\n  - path: /\n  - name: cart',
      'line 3, step 2 "cart": path is missing',
    ],
    [
      'a path without slash',
      'steps:\n  - path: index.php',
      'line 2, step 1: path must be a path that begins with /',
    ],
    [
      'a path of another host',
      'steps:\n  - path: http://bank.test/',
      'step 1: path must be a path',
    ],
    ['no steps', 'name: x\nsteps: []', 'line 2: steps must hold at least one step'],
    [
      'an unknown method',
      'steps:\n  - path: /\n    method: get',
      'line 3, step 1: method must be one of GET',
    ],
    [
      'a duration without unit',
      'steps:\n  - path: /\n    think: 5',
      'line 3, step 1: think must be a duration',
    ],
    [
      'a status out of range',
      'steps:\n  - path: /\n    check: {status: 99}',
      'line 3, step 1: check.status must be a status',
    ],
    [
      'a broken pattern',
      "steps:\n  - path: /\n    extract: {a: '('}",
      'step 1: extract.a is no regular expression',
    ],
    [
      'a pattern without group',
      "steps:\n  - path: /\n    extract: {a: 'x+'}",
      'step 1: extract.a needs a group',
    ],
    [
      'a form with GET',
      'steps:\n  - path: /\n    method: GET\n    form: {a: 1}',
      'line 4, step 1: form cannot be sent with GET',
    ],
    [
      'a variable that nothing sets',
      'steps:\n  - path: /\n  - path: /${id}',
      'line 3, step 2: path uses ${id}',
    ],
    [
      'a variable in a form that only a later step sets',
      "steps:\n  - path: /a\n    form: {t: '${t}'}\n  - path: /b\n    extract: {t: '(x)'}",
      'line 3, step 1: form.t uses ${t}',
    ],
    [
      'an environment variable that is not set',
      'variables: {p: {env: NOT_SET}}\nsteps: [{path: /}]',
      'line 1: variables.p names the environment variable NOT_SET',
    ],
    [
      'a loop of nothing',
      'steps:\n  - path: /\n    once: true',
      'steps holds only steps that are done once',
    ],
  ])('%s', async (_, content, message) => {
    await expect(read(content)).rejects.toMatchObject({
      code: 'config-invalid',
      exitCode: 78,
      message: expect.stringContaining(message) as string,
    });
    await expect(read(content)).rejects.toThrow(path.join(folder, 'journey.yaml'));
  });

  it('names line and column of broken YAML', async () => {
    await expect(read('steps:\n  - path: "/')).rejects.toMatchObject({ code: 'config-unreadable' });
    await expect(read('steps:\n  - path: "/')).rejects.toThrow(/line \d+, column \d+/);
  });

  it('says that a file is not there', async () => {
    await expect(readJourneyFile(path.join(folder, 'none.yaml'), [], {})).rejects.toMatchObject({
      code: 'config-unreadable',
    });
  });

  it('takes variables that the configuration knows', async () => {
    const content = "steps: [{path: /, form: {e: '${email}'}}]";
    await expect(read(content)).rejects.toThrow('uses ${email}');
    await expect(read(content, 'journey.yaml', ['email'])).resolves.toBeDefined();
  });
});
