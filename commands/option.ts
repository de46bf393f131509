import { parseDuration, parseSize } from '../src/config/quantity.ts';
import { ScalectlError } from '../src/errors.ts';

/** One option or argument of a command; `T` is the type of its value once parsed. */
export interface Option<T> {
  /** As commander reads it: `--users <N>`, `--watch`, `--no-color`; for an argument `[URL]`, `<ID...>`. */
  readonly flags: string;
  readonly summary: string;
  readonly parse: (text: string) => T;
  readonly kind: 'value' | 'flag' | 'repeated';
  readonly choices?: readonly string[];
}

export type OptionSet = Readonly<Record<string, Option<unknown>>>;

/** The values of a set: absent options are undefined, flags false, repeated ones an empty list. */
export type ValuesOf<Set extends OptionSet> = {
  readonly [Name in keyof Set]: Set[Name] extends Option<infer T> ? T : never;
};

export function flag(flags: string, summary: string): Option<boolean> {
  return { flags, summary, kind: 'flag', parse: () => true };
}

export function text(flags: string, summary: string): Option<string | undefined> {
  return { flags, summary, kind: 'value', parse: (value) => value };
}

export function integer(
  flags: string,
  summary: string,
  limits: { min: number; max?: number },
): Option<number | undefined> {
  const max = limits.max ?? Number.MAX_SAFE_INTEGER;
  const allowed =
    limits.max === undefined ? `from ${limits.min} on` : `from ${limits.min} to ${max}`;
  return {
    flags,
    summary,
    kind: 'value',
    parse: (value) => {
      const parsed = /^-?\d+$/.test(value) ? Number(value) : NaN;
      if (parsed >= limits.min && parsed <= max) return parsed;
      throw wrongValue(flags, value, `a whole number ${allowed}`);
    },
  };
}

/** Milliseconds. */
export function duration(flags: string, summary: string): Option<number | undefined> {
  return {
    flags,
    summary,
    kind: 'value',
    parse: (value) => {
      const durationMs = parseDuration(value);
      if (durationMs !== null) return durationMs;
      throw wrongValue(flags, value, 'a duration such as 250ms, 30s, 5m, 7d');
    },
  };
}

/** Bytes. */
export function size(flags: string, summary: string): Option<number | undefined> {
  return {
    flags,
    summary,
    kind: 'value',
    parse: (value) => {
      const sizeBytes = parseSize(value);
      if (sizeBytes !== null) return sizeBytes;
      throw wrongValue(flags, value, 'a size such as 64KB, 2GB');
    },
  };
}

export function choice<const C extends readonly string[]>(
  flags: string,
  summary: string,
  choices: C,
): Option<C[number] | undefined> {
  return {
    flags,
    summary,
    kind: 'value',
    choices,
    parse: (value) => {
      if (choices.includes(value)) return value;
      throw wrongValue(flags, value, `one of ${choices.join(', ')}`);
    },
  };
}

/** May be given several times. */
export function repeated(flags: string, summary: string): Option<readonly string[]> {
  return { flags, summary, kind: 'repeated', parse: (value) => [value] };
}

/** A value with a parser of its own, which throws a ScalectlError `usage` on a wrong one. */
export function parsed<T>(
  flags: string,
  summary: string,
  parse: (text: string) => T,
): Option<T | undefined> {
  return { flags, summary, kind: 'value', parse };
}

/** A positional argument that must be given. */
export function argument(flags: `<${string}>`, summary: string): Option<string> {
  return { flags, summary, kind: 'value', parse: (value) => value };
}

export function optionalArgument(
  flags: `[${string}]`,
  summary: string,
): Option<string | undefined> {
  return { flags, summary, kind: 'value', parse: (value) => value };
}

/** The last arguments of a command, as many as are given. */
export function argumentList(
  flags: `<${string}...>` | `[${string}...]`,
  summary: string,
): Option<readonly string[]> {
  return { flags, summary, kind: 'repeated', parse: (value) => [value] };
}

function wrongValue(flags: string, value: string, allowed: string): ScalectlError {
  const name = flags.split(/[ ,]/).find((word) => word.startsWith('--')) ?? flags;
  return new ScalectlError('usage', `${name} is "${value}"; allowed: ${allowed}`);
}
