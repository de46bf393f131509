import * as v from 'valibot';
import { parseDuration, parseSize } from '../quantity.ts';

const day = 86_400_000;

interface Common {
  /** Milliseconds; unset: queue.handlerTimeout. */
  timeout?: number | undefined;
  /** Unset: queue.maxAttempts. */
  maxAttempts?: number | undefined;
}

/** A program a job. */
export interface CommandHandlerSettings extends Common {
  /** Program and arguments. The job comes as JSON on its standard input. */
  command: readonly string[];
}

/** A PHP file that returns a function, called by processes that stay. */
export interface PhpHandlerSettings extends Common {
  php: string;
  /** Jobs, after which a process is replaced. */
  recycleAfter?: number | undefined;
  /** Bytes; a process that uses more after a job is replaced. */
  recycleMemory?: number | undefined;
}

/** A web address that jobs are posted to. */
export interface HttpHandlerSettings extends Common {
  http: string;
  /** Signs each request; the loader has put in what {"env"} or {"file"} names. */
  secret?: string | undefined;
}

/** An ES module whose default export is a function. */
export interface ModuleHandlerSettings extends Common {
  module: string;
}

/** What scalectl brings itself. */
export const builtinNames = ['webhook', 'send_email', 'cleanup_cache', 'generate_report'] as const;

export interface BuiltinHandlerSettings extends Common {
  builtin: (typeof builtinNames)[number];
  /** Signs each request of a webhook. */
  secret?: string | undefined;
}

/** How the jobs of one type are run. */
export type HandlerSettings =
  | CommandHandlerSettings
  | PhpHandlerSettings
  | HttpHandlerSettings
  | ModuleHandlerSettings
  | BuiltinHandlerSettings;

const timeText = v.pipe(
  v.string(),
  v.transform(parseDuration),
  v.number(),
  v.minValue(100),
  v.maxValue(7 * day),
);

const sizeText = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.transform(parseSize), v.number())]),
  v.integer(),
  v.minValue(1024 ** 2),
);

const count = (max: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(max));

const name = v.pipe(v.string(), v.minLength(1));

/** A shorter one could be found by trying. */
const secret = v.pipe(v.string(), v.minLength(16));

const common = {
  timeout: v.optional(timeText),
  maxAttempts: v.optional(count(100)),
};

const kinds = {
  command: v.strictObject({
    command: v.pipe(v.array(v.string()), v.minLength(1)),
    ...common,
  }),
  php: v.strictObject({
    php: name,
    recycleAfter: v.optional(count(1_000_000_000)),
    recycleMemory: v.optional(sizeText),
    ...common,
  }),
  http: v.strictObject({
    http: v.pipe(v.string(), v.check(isAllowedAddress)),
    secret: v.optional(secret),
    ...common,
  }),
  module: v.strictObject({ module: name, ...common }),
  builtin: v.pipe(
    v.strictObject({
      builtin: v.picklist(builtinNames),
      secret: v.optional(secret),
      ...common,
    }),
    // Nothing would be signed with it.
    v.check(({ builtin, secret: given }) => given === undefined || builtin === 'webhook'),
  ),
} satisfies Record<string, v.GenericSchema<unknown, HandlerSettings>>;

/** By the one word that says what a handler is: the errors are then of this kind alone. */
const handler = v.lazy((input): v.GenericSchema<unknown, HandlerSettings> => {
  if (typeof input !== 'object' || input === null) return v.never();
  const named = Object.entries(kinds).filter(([kind]) => Object.hasOwn(input, kind));
  const [only] = named;
  return only && named.length === 1 ? only[1] : v.never();
});

/** The value of `queue.handlers`. */
export const handlers: v.GenericSchema<
  unknown,
  Readonly<Record<string, HandlerSettings>>
> = v.record(v.pipe(v.string(), v.minLength(1), v.maxLength(100)), handler);

export const allowedHandlers = [
  'an object: job type → exactly one of {"command": ["php", "mail.php"]}',
  '{"php": "handlers/mail.php", "recycleAfter": 1000, "recycleMemory": "64MB"}',
  '{"http": "https://…", "secret": {"env": "NAME"}} (http:// to this machine only; the secret has 16 characters or more)',
  '{"module": "./mail.mjs"}',
  '{"builtin": "send_email"}',
  '{"builtin": "cleanup_cache"}',
  '{"builtin": "generate_report"}',
  '{"builtin": "webhook", "secret": {"env": "NAME"}}; "timeout": "30s" and "maxAttempts": 5 may be added to each',
].join(', ');

/** Jobs hold names, addresses and amounts: over the network they go encrypted. */
function isAllowedAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  if (protocol === 'https:') return true;
  return protocol === 'http:' && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
