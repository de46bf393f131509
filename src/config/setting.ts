import * as v from 'valibot';
import { formatDuration, formatSize, parseDuration, parseSize } from './quantity.ts';

/**
 * One setting: what it takes, its default and what it is for. The path (`database.pool.size`) is its place in
 * the tree of `settings`. Values come typed from a file or as text from the environment and flags: `schema` takes both.
 */
export interface Setting<T> {
  readonly isSetting: true;
  readonly type: string;
  readonly unit: string | null;
  /** What a value may be, in words: "a whole number from 1 to 100". */
  readonly allowed: string;
  readonly meaning: string;
  readonly default: T;
  readonly secret: boolean;
  readonly schema: v.GenericSchema<unknown, T>;
  /** The value as a person writes it: `5m` for 300000. */
  readonly format: (value: T) => string;
}

/** A secret as the file may hold it: the value itself, or where to read it. */
export type SecretSource = string | { env: string } | { file: string };

interface Common<D> {
  default: D;
  meaning: string;
}

/** Splits `number | null`: a setting without default is null until somebody sets it. */
type Made<T, D> = Setting<D extends null ? T | null : T>;

export function integer<D extends number | null>(
  options: Common<D> & { min: number; max: number; unit?: string },
): Made<number, D> {
  const { min, max } = options;
  const fromText = v.pipe(v.string(), v.trim(), v.regex(/^-?\d+$/), v.transform(Number));
  return make(options, {
    type: 'integer',
    unit: options.unit ?? null,
    allowed: `a whole number from ${min} to ${max}`,
    schema: v.pipe(v.union([v.number(), fromText]), v.integer(), v.minValue(min), v.maxValue(max)),
    format: String,
  });
}

export function number<D extends number | null>(
  options: Common<D> & { min: number; max: number; unit?: string },
): Made<number, D> {
  const { min, max } = options;
  const fromText = v.pipe(v.string(), v.trim(), v.regex(/^-?\d+(\.\d+)?$/), v.transform(Number));
  return make(options, {
    type: 'number',
    unit: options.unit ?? null,
    allowed: `a number from ${min} to ${max}`,
    schema: v.pipe(v.union([v.number(), fromText]), v.finite(), v.minValue(min), v.maxValue(max)),
    format: String,
  });
}

export function boolean(options: Common<boolean>): Setting<boolean> {
  const fromText = v.pipe(
    v.string(),
    v.trim(),
    v.toLowerCase(),
    v.picklist(['true', 'false', '1', '0', 'yes', 'no', 'on', 'off']),
    v.transform((text) => ['true', '1', 'yes', 'on'].includes(text)),
  );
  return make(options, {
    type: 'boolean',
    unit: null,
    allowed: 'true or false',
    schema: v.union([v.boolean(), fromText]),
    format: String,
  });
}

/** Held in milliseconds; typed as `30s`, `5m`. A bare number in a file is refused: nobody could tell its unit. */
export function duration<D extends number | null>(
  options: Common<D> & { minMs: number; maxMs: number },
): Made<number, D> {
  const { minMs, maxMs } = options;
  return make(options, {
    type: 'duration',
    unit: 'milliseconds',
    allowed: `a duration such as 250ms, 30s, 5m, 7d, from ${formatDuration(minMs)} to ${formatDuration(maxMs)}`,
    schema: v.pipe(
      v.string(),
      v.transform(parseDuration),
      v.number(),
      v.minValue(minMs),
      v.maxValue(maxMs),
    ),
    format: formatDuration,
  });
}

/** Held in bytes; typed as `64KB`, `2GB` or a bare number of bytes. */
export function size<D extends number | null>(
  options: Common<D> & { minBytes: number; maxBytes: number },
): Made<number, D> {
  const { minBytes, maxBytes } = options;
  const fromText = v.pipe(v.string(), v.transform(parseSize), v.number());
  return make(options, {
    type: 'size',
    unit: 'bytes',
    allowed: `a size such as 64KB, 100MB, 2GB, from ${formatSize(minBytes)} to ${formatSize(maxBytes)}`,
    schema: v.pipe(
      v.union([v.number(), fromText]),
      v.integer(),
      v.minValue(minBytes),
      v.maxValue(maxBytes),
    ),
    format: formatSize,
  });
}

export function text<D extends string | null>(
  options: Common<D> & { allowed?: string; pattern?: RegExp },
): Made<string, D> {
  const { pattern } = options;
  return make(options, {
    type: 'text',
    unit: null,
    allowed: options.allowed ?? 'a text',
    schema: pattern ? v.pipe(v.string(), v.regex(pattern)) : v.pipe(v.string(), v.minLength(1)),
    format: String,
  });
}

/** A file or folder; relative ones are taken from the folder of the configuration file that names them. */
export function path<D extends string | null>(options: Common<D>): Made<string, D> {
  return make(options, {
    type: 'path',
    unit: null,
    allowed: 'a path of a file or folder',
    schema: v.pipe(v.string(), v.minLength(1)),
    format: String,
  });
}

export function choice<const C extends readonly string[], D extends C[number] | null>(
  options: Common<D> & { choices: C },
): Made<C[number], D> {
  return make(options, {
    type: 'choice',
    unit: null,
    allowed: `one of ${options.choices.join(', ')}`,
    schema: v.picklist(options.choices),
    format: String,
  });
}

/** In the environment and in flags the entries are separated by commas. */
export function list(
  options: Common<readonly string[]> & { allowed?: string },
): Setting<readonly string[]> {
  const fromText = v.pipe(
    v.string(),
    v.transform((value) =>
      value
        .split(',')
        .map((entry) => entry.trim())
        .filter(Boolean),
    ),
  );
  return make<readonly string[], readonly string[]>(options, {
    type: 'list',
    unit: null,
    allowed: options.allowed ?? 'a list of texts',
    schema: v.union([v.array(v.string()), fromText]),
    format: (entries) => entries.join(', '),
  });
}

/**
 * A value that must never be shown: masked in every output. In a file it may also be `{"env":"NAME"}` or
 * `{"file":"PATH"}`; the loader puts the value in before the schema sees it.
 */
export function secret(options: {
  meaning: string;
  allowed?: string;
  pattern?: RegExp;
}): Setting<string | null> {
  return {
    ...make<string, null>(
      { default: null, meaning: options.meaning },
      {
        type: 'secret',
        unit: null,
        allowed: options.allowed ?? 'a text, {"env":"NAME"} or {"file":"PATH"}',
        schema: options.pattern ? v.pipe(v.string(), v.regex(options.pattern)) : v.string(),
        format: () => '******',
      },
    ),
    secret: true,
  };
}

/** A structure of its own, such as `queue.handlers`; in the environment it is JSON. */
export function structure<T>(
  options: Common<T> & { allowed: string; schema: v.GenericSchema<unknown, T> },
): Setting<T> {
  const fromText = v.pipe(v.string(), v.parseJson(), options.schema);
  return {
    isSetting: true,
    type: 'structure',
    unit: null,
    allowed: options.allowed,
    meaning: options.meaning,
    default: options.default,
    secret: false,
    schema: v.union([options.schema, fromText]),
    format: (value) => JSON.stringify(value),
  };
}

function make<T, D extends T | null>(
  options: Common<D>,
  parts: Pick<Setting<T>, 'type' | 'unit' | 'allowed' | 'format'> & {
    schema: v.GenericSchema<never, T> | v.GenericSchema<unknown, T> | v.GenericSchema;
  },
): Made<T, D> {
  const made: Setting<T | null> = {
    isSetting: true,
    secret: false,
    meaning: options.meaning,
    default: options.default,
    type: parts.type,
    unit: parts.unit,
    allowed: parts.allowed,
    schema: parts.schema as v.GenericSchema<unknown, T>,
    format: (value) => (value === null ? '' : parts.format(value)),
  };
  return made as unknown as Made<T, D>;
}
