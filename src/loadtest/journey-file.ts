import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { isNode, LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { parseDuration } from '../config/quantity.ts';
import { rememberSecret } from '../config/redact.ts';
import { ScalectlError } from '../errors.ts';
import { methods, userVariable, variablesIn } from './journey.ts';
import type { Journey, Step } from './journey.ts';

const variableName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z_]\w*$/, 'is no name for a variable (letters, digits, _)'),
);
const scalar = v.pipe(
  v.union([v.string(), v.number(), v.boolean()], 'must be a text or a number'),
  v.transform(String),
);
const pause = v.pipe(
  v.string('must be a duration such as 500ms, 3s'),
  v.transform(parseDuration),
  v.number('must be a duration such as 500ms, 3s'),
);
const pattern = v.pipe(
  v.string(),
  v.check(isPattern, 'is no regular expression'),
  v.transform((text) => new RegExp(text)),
  v.check(hasGroup, 'needs a group in parentheses around what is to be taken'),
);
const statusForm = 'must be a status from 200 to 599, or a list of them';
const status = v.pipe(
  v.number(statusForm),
  v.integer(statusForm),
  v.minValue(200, statusForm),
  v.maxValue(599, statusForm),
);
const texts = v.pipe(
  v.union([v.string(), v.array(v.string())], 'must be a text or a list of texts'),
  v.transform((value) => (typeof value === 'string' ? [value] : value)),
);

const stepSchema = v.strictObject({
  name: v.optional(v.string()),
  method: v.optional(v.picklist(methods, `must be one of ${methods.join(', ')}`)),
  path: v.pipe(
    v.string('must be a path that begins with /'),
    v.regex(/^\/[^\s]*$/, 'must be a path that begins with / and has no blanks'),
  ),
  form: v.optional(v.record(v.string(), scalar)),
  extract: v.optional(v.record(variableName, pattern)),
  check: v.optional(
    v.strictObject({
      status: v.optional(
        v.pipe(
          v.union([status, v.array(status)], statusForm),
          v.transform((value) => (typeof value === 'number' ? [value] : value)),
        ),
      ),
      contains: v.optional(texts),
      notContains: v.optional(texts),
    }),
  ),
  think: v.optional(pause),
  once: v.optional(v.boolean('must be true or false')),
  writes: v.optional(v.boolean('must be true or false')),
});

const journeySchema = v.strictObject({
  name: v.optional(v.string()),
  think: v.optional(pause),
  variables: v.optional(
    v.record(
      variableName,
      v.union([scalar, v.strictObject({ env: v.string() })], 'must be a text or {"env":"NAME"}'),
    ),
  ),
  steps: v.pipe(v.array(stepSchema), v.minLength(1, 'must hold at least one step')),
});

type RawJourney = v.InferOutput<typeof journeySchema>;
type RawStep = v.InferOutput<typeof stepSchema>;

interface Source {
  file: string;
  lines: LineCounter;
  document: Document;
}

type Fail = (at: readonly PropertyKey[], what: string) => ScalectlError;

/**
 * Reads a journey from a YAML or JSON file (JSON is read as the YAML that it is, so that messages know lines).
 * @param known variables that come from elsewhere, such as the logins of the configuration
 * @throws ScalectlError `config-invalid` that names file, line and step
 */
export async function readJourneyFile(
  file: string,
  known: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<Journey> {
  const source = await readSource(file);
  const fail: Fail = (at, what) => wrong(source, at, what);
  const parsed = v.safeParse(journeySchema, source.document.toJS());
  if (!parsed.success) {
    const issue = parsed.issues[0];
    throw fail(issue.path?.map((item) => item.key as PropertyKey) ?? [], describe(issue));
  }
  const raw = parsed.output;
  const journey: Journey = {
    name: raw.name ?? file,
    variables: resolveVariables(raw, environment, fail),
    accounts: [],
    steps: raw.steps.map((step, index) => toStep(step, index, raw.think ?? null, fail)),
  };
  if (journey.steps.every((step) => step.once))
    throw fail(['steps'], 'holds only steps that are done once; the loop would be empty');
  checkVariables(journey, known, fail);
  return journey;
}

async function readSource(file: string): Promise<Source> {
  let content: string;
  try {
    content = (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    const reason = (error as Error).message;
    throw new ScalectlError('config-unreadable', `cannot read the journey ${file}: ${reason}`, {
      cause: error,
    });
  }
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines });
  const first = document.errors[0];
  if (first) {
    const { line, col } = lines.linePos(first.pos[0]);
    const reason = first.message.split('\n')[0] ?? first.code;
    throw new ScalectlError('config-unreadable', `${file}, line ${line}, column ${col}: ${reason}`);
  }
  return { file, lines, document };
}

function resolveVariables(
  raw: RawJourney,
  environment: NodeJS.ProcessEnv,
  fail: Fail,
): Record<string, string> {
  const entries = Object.entries(raw.variables ?? {}).map(([name, value]) => {
    if (typeof value === 'string') return [name, value] as const;
    const found = environment[value.env];
    if (found === undefined)
      throw fail(
        ['variables', name],
        `names the environment variable ${value.env}, which is not set`,
      );
    // What somebody keeps in the environment is most likely a password.
    rememberSecret(found);
    return [name, found] as const;
  });
  return Object.fromEntries(entries);
}

function toStep(raw: RawStep, index: number, thinkMs: number | null, fail: Fail): Step {
  const method = raw.method ?? (raw.form ? 'POST' : 'GET');
  const isRead = method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
  if (raw.form && isRead)
    throw fail(['steps', index, 'form'], `cannot be sent with ${method}; use POST`);
  return {
    name: raw.name ?? `${method} ${raw.path}`,
    method,
    path: raw.path,
    form: raw.form ?? null,
    extract: raw.extract ?? {},
    check: {
      status: raw.check?.status ?? null,
      contains: raw.check?.contains ?? [],
      notContains: raw.check?.notContains ?? [],
    },
    thinkMs: raw.think ?? thinkMs,
    once: raw.once ?? false,
    writes: raw.writes ?? !isRead,
  };
}

/** A variable must have a value by the time its step is reached: misspelled ones would be sent as nothing. */
function checkVariables(journey: Journey, known: readonly string[], fail: Fail): void {
  const names = new Set([userVariable, ...known, ...Object.keys(journey.variables)]);
  journey.steps.forEach((step, index) => {
    const places: [PropertyKey[], string][] = [
      [['steps', index, 'path'], step.path],
      ...Object.entries(step.form ?? {}).flatMap(([field, value]): [PropertyKey[], string][] => [
        [['steps', index, 'form', field], `${field} ${value}`],
      ]),
    ];
    for (const [at, text] of places) {
      const unknown = variablesIn(text).find((name) => !names.has(name));
      if (unknown !== undefined)
        throw fail(at, `uses \${${unknown}}, which nothing before this step sets`);
    }
    for (const name of Object.keys(step.extract)) names.add(name);
  });
}

function describe(issue: v.BaseIssue<unknown>): string {
  if (issue.expected === 'never') return 'is not known here';
  if (issue.input === undefined) return 'is missing';
  return issue.message.startsWith('Invalid') ? `is ${issue.received}` : issue.message;
}

function wrong(source: Source, at: readonly PropertyKey[], what: string): ScalectlError {
  const line = lineOf(source, at);
  const where = [source.file, line === null ? null : `line ${line}`, stepName(source, at)];
  const field = typeof at[1] === 'number' ? at.slice(2) : at;
  const subject = field.length > 0 ? `${field.map(String).join('.')} ` : 'the journey ';
  return new ScalectlError(
    'config-invalid',
    `${where.filter((part) => part !== null).join(', ')}: ${subject}${what}`,
    { hint: 'docs/guide/loadtest.md shows what a journey may hold.' },
  );
}

/** Of the value itself, or of the nearest thing around it where it is missing. */
function lineOf({ document, lines }: Source, at: readonly PropertyKey[]): number | null {
  for (let length = at.length; length >= 0; length--) {
    const node: unknown =
      length === 0 ? document.contents : document.getIn(at.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return null;
}

function stepName({ document }: Source, at: readonly PropertyKey[]): string | null {
  const index = at[1];
  if (at[0] !== 'steps' || typeof index !== 'number') return null;
  const name: unknown = document.getIn(['steps', index, 'name']);
  return typeof name === 'string' ? `step ${index + 1} "${name}"` : `step ${index + 1}`;
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    // The answer is the point: the text is no pattern.
    return false;
  }
}

/** An empty alternative always matches: its result has one entry for each group, and one for the whole. */
function hasGroup(expression: RegExp): boolean {
  return (new RegExp(`${expression.source}|`).exec('')?.length ?? 0) > 1;
}
