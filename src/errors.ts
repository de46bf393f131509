/**
 * The published list of error codes: what `error.code` may be in `--json`, and the exit code that goes with it.
 * Exit codes follow sysexits(3) where it has a word for the case.
 */
export const errorCodes = {
  usage: { exitCode: 64, meaning: 'the command line is wrong' },
  'server-program-missing': { exitCode: 69, meaning: 'a program that is needed is not installed' },
  'database-unreachable': { exitCode: 69, meaning: 'no connection to the database server' },
  'cache-unreachable': { exitCode: 69, meaning: 'no connection to the cache server' },
  'target-unreachable': { exitCode: 69, meaning: 'no connection to the web server under test' },
  'tunnel-failed': { exitCode: 69, meaning: 'the SSH hop to the database could not be opened' },
  'lock-held': { exitCode: 75, meaning: 'another run holds the lock; try later' },
  'confirmation-needed': { exitCode: 77, meaning: 'the change needs a confirmation' },
  'privilege-missing': { exitCode: 77, meaning: 'the account may not do this' },
  refused: { exitCode: 77, meaning: 'refused for safety' },
  'config-invalid': { exitCode: 78, meaning: 'a setting has a wrong value' },
  'config-unreadable': { exitCode: 78, meaning: 'the configuration file cannot be read or parsed' },
  'config-missing': { exitCode: 78, meaning: 'a setting that this command needs is not set' },
  'access-denied': { exitCode: 78, meaning: 'the server refuses the configured login' },
  'database-missing': { exitCode: 78, meaning: 'the configured database does not exist' },
  'not-found': { exitCode: 1, meaning: 'what was asked for does not exist' },
  'input-invalid': { exitCode: 2, meaning: 'an input file or value cannot be used' },
  'statement-failed': { exitCode: 2, meaning: 'the database refused a statement' },
  'statement-timeout': { exitCode: 2, meaning: 'a statement took longer than allowed' },
  'operation-failed': { exitCode: 2, meaning: 'the operation failed' },
  interrupted: { exitCode: 130, meaning: 'stopped by Ctrl-C' },
  internal: { exitCode: 2, meaning: 'a defect in scalectl' },
} as const satisfies Record<string, { exitCode: number; meaning: string }>;

export type ErrorCode = keyof typeof errorCodes;

/**
 * Every failure that a user can meet. The message says what happened, the hint what to do next;
 * neither may hold a secret. Anything else that is thrown is reported as a defect of scalectl.
 */
export class ScalectlError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | null;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ScalectlError';
    this.code = code;
    this.hint = options.hint ?? null;
  }

  get exitCode(): number {
    return errorCodes[this.code].exitCode;
  }
}
