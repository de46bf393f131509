/** What one user does, over and over: steps in their order, with pauses between them. */
export interface Journey {
  name: string;
  /** Values that `${name}` in paths and forms stands for, before any step has extracted one. */
  variables: Readonly<Record<string, string>>;
  /** Values that differ by user, as logins do: the users take the rows in turn. */
  accounts: readonly Readonly<Record<string, string>>[];
  steps: readonly Step[];
}

export type Method = (typeof methods)[number];

export const methods = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

export interface Step {
  name: string;
  method: Method;
  /** Path and query at the target, with `${variable}`. */
  path: string;
  /** Fields of a form, sent as application/x-www-form-urlencoded; null without a body. */
  form: Readonly<Record<string, string>> | null;
  /** Variable to regular expression: its first group is taken from the answer's body. */
  extract: Readonly<Record<string, RegExp>>;
  check: StepCheck;
  /** Pause after the step; null for the pause of the plan. */
  thinkMs: number | null;
  /** Done at the beginning of a session only, as a login; again after a journey that failed. */
  once: boolean;
  /** It changes the target's data, and needs --allow-writes. */
  writes: boolean;
}

export interface StepCheck {
  /** Statuses that are right; null for 200 to 399. A redirect that is named here is not followed. */
  status: readonly number[] | null;
  contains: readonly string[];
  notContains: readonly string[];
}

export const anyAnswer: StepCheck = { status: null, contains: [], notContains: [] };

/** Sent twice it does what it does once (RFC 9110, section 9.2.2): it may be sent again on a new connection. */
export function isIdempotent(method: Method): boolean {
  return method !== 'POST' && method !== 'PATCH';
}

/** A step as a preset writes it: what is left out is as a plain page view has it. */
export function pageView(name: string, path: string, more: Partial<Step> = {}): Step {
  return {
    name,
    method: 'GET',
    path,
    form: null,
    extract: {},
    check: anyAnswer,
    thinkMs: null,
    once: false,
    writes: false,
    ...more,
  };
}

/** The journey of a test that only names a URL. Nothing in it stands for a variable. */
export function singlePage(path: string): Journey {
  return {
    name: path,
    variables: {},
    accounts: [],
    steps: [pageView(path, path.replaceAll('{', '%7B'))],
  };
}

/** Names in `${…}`, in the order of the text. */
export function variablesIn(text: string): string[] {
  return [...text.matchAll(placeholder)].map((match) => match[1] ?? '');
}

/** Puts values in. What is not known stays empty: a journey is checked for unknown names before it runs. */
export function fillIn(
  text: string,
  values: ReadonlyMap<string, string>,
  encode: (value: string) => string,
): string {
  return text.replaceAll(placeholder, (_, name: string) => encode(values.get(name) ?? ''));
}

const placeholder = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** The variable that every session has: its number, from 1. */
export const userVariable = 'user';
