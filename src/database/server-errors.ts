import { ScalectlError } from '../errors.ts';
import type { DatabaseTarget } from './types.ts';

/** What a driver error carries: a symbolic code, and the server's number when the server answered. */
interface DriverError extends Error {
  code?: string;
  errno?: number;
  sqlMessage?: string;
  fatal?: boolean;
}

/** Server error numbers by the name that the code uses for them; the same in MySQL and MariaDB unless noted. */
export const serverError = {
  accessDeniedToDatabase: 1044,
  accessDenied: 1045,
  unknownDatabase: 1049,
  tooManyConnections: 1040,
  duplicateEntry: 1062,
  tooManyUserConnections: 1203,
  userLimitReached: 1226,
  lockWaitTimeout: 1205,
  deadlock: 1213,
  tableAccessDenied: 1142,
  columnAccessDenied: 1143,
  specificAccessDenied: 1227,
  noSuchTable: 1146,
  queryInterrupted: 1317,
  readOnly: 1290,
  readOnlyTransaction: 1792,
  serverShutdown: 1053,
  /** MariaDB: KILL, or a server that stops in good order. */
  connectionKilled: 1927,
  /** MySQL: a server that stops, or an idle connection. */
  disconnectedByServer: 4031,
  /** max_statement_time on MariaDB. */
  statementTimeoutMariadb: 1969,
  /** max_execution_time on MySQL. */
  statementTimeoutMysql: 3024,
} as const;

const privilegeErrors = new Set<number>([
  serverError.accessDeniedToDatabase,
  serverError.tableAccessDenied,
  serverError.columnAccessDenied,
  serverError.specificAccessDenied,
]);
const timeoutErrors = new Set<number>([
  serverError.statementTimeoutMariadb,
  serverError.statementTimeoutMysql,
]);
const lostErrors = new Set<number>([
  serverError.serverShutdown,
  serverError.connectionKilled,
  serverError.disconnectedByServer,
]);
const unreachable = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'ECONNRESET',
  'EPIPE',
  'PROTOCOL_CONNECTION_LOST',
  'HANDSHAKE_NO_SSL_SUPPORT',
]);

/** The number that the server gave an error, null when the error is not the server's. */
export function serverErrorNumber(error: unknown): number | null {
  const cause = error instanceof ScalectlError ? error.cause : error;
  const { errno, sqlMessage } = (cause ?? {}) as DriverError;
  return typeof errno === 'number' && sqlMessage !== undefined ? errno : null;
}

export function isServerError(error: unknown, name: keyof typeof serverError): boolean {
  return serverErrorNumber(error) === serverError[name];
}

/** A deadlock or a lock wait that ran out: the same transaction may succeed when it is tried again. */
export function isRetryable(error: unknown): boolean {
  return isServerError(error, 'deadlock') || isServerError(error, 'lockWaitTimeout');
}

/** Nothing but the connection failed: another attempt to connect makes sense. */
export function isConnectionError(error: unknown): boolean {
  const cause = error instanceof ScalectlError ? error.cause : error;
  const failure = (cause ?? {}) as DriverError;
  return isLost(failure) || failure.errno === serverError.tooManyConnections;
}

/** A failed attempt to connect, in one sentence that names host and port and never the password. */
export function connectFailure(error: unknown, target: DatabaseTarget): ScalectlError {
  const { code, errno, message } = error as DriverError;
  const where = target.socketPath ?? `${target.host}:${target.port}`;
  const cause = { cause: error };
  switch (errno) {
    case serverError.accessDenied:
      return new ScalectlError('access-denied', `${where} refuses the login of ${target.user}`, {
        hint: 'Check database.user and database.password: scalectl config explain database.password',
        ...cause,
      });
    case serverError.accessDeniedToDatabase:
      return new ScalectlError(
        'privilege-missing',
        `${target.user} may not use the database ${target.database} on ${where}`,
        { hint: `GRANT ALL ON \`${target.database}\`.* TO that account`, ...cause },
      );
    case serverError.unknownDatabase:
      return new ScalectlError(
        'database-missing',
        `there is no database ${target.database} on ${where}`,
        {
          hint: 'Check database.name, or create the database.',
          ...cause,
        },
      );
    case serverError.tooManyConnections:
    case serverError.tooManyUserConnections:
    case serverError.userLimitReached:
      return new ScalectlError(
        'database-unreachable',
        `${where} has no connection free for ${target.user}`,
        {
          hint: 'Try later, or lower database.pool.size.',
          ...cause,
        },
      );
    default:
      return new ScalectlError(
        'database-unreachable',
        `cannot reach the database at ${where}: ${plainReason(code, message)}`,
        {
          hint: 'Is the server running, and do database.host and database.port name it?',
          ...cause,
        },
      );
  }
}

/** A failed statement. The statement's text stays out: it may hold values. */
export function statementFailure(error: unknown): ScalectlError {
  if (error instanceof ScalectlError) return error;
  const { errno, sqlMessage, message } = error as DriverError;
  const cause = { cause: error };
  if (errno !== undefined && timeoutErrors.has(errno)) {
    return new ScalectlError('statement-timeout', 'a statement ran into its time limit', {
      hint: 'database.readTimeout sets the limit.',
      ...cause,
    });
  }
  if (errno !== undefined && privilegeErrors.has(errno)) {
    return new ScalectlError(
      'privilege-missing',
      `the account lacks a privilege: ${sqlMessage ?? message}`,
      {
        hint: 'scalectl init shows what this account may do and the GRANT it needs.',
        ...cause,
      },
    );
  }
  if (isLost(error as DriverError)) {
    return new ScalectlError('database-unreachable', 'the connection to the database was lost', {
      hint: 'Is the server still running? Run the command again: it goes on where it stopped.',
      ...cause,
    });
  }
  return new ScalectlError('statement-failed', sqlMessage ?? message, cause);
}

/** The driver calls an error fatal after which the connection cannot be used; without a number it is its own. */
function isLost({ code, errno, fatal }: DriverError): boolean {
  if (code !== undefined && unreachable.has(code)) return true;
  if (errno !== undefined && errno > 0) return lostErrors.has(errno);
  // A connection that was closed between two statements of a transaction refuses the second one without a code.
  return fatal === true && code === undefined;
}

function plainReason(code: string | undefined, message: string): string {
  const reasons: Record<string, string> = {
    ECONNREFUSED: 'nothing listens there',
    ENOENT: 'there is no such socket',
    ENOTFOUND: 'the host name is not known',
    EAI_AGAIN: 'the host name could not be looked up',
    ETIMEDOUT: 'no answer in time',
    EHOSTUNREACH: 'the host cannot be reached',
    ENETUNREACH: 'the network cannot be reached',
    ECONNRESET: 'the server closed the connection',
    PROTOCOL_CONNECTION_LOST: 'the server closed the connection',
    HANDSHAKE_NO_SSL_SUPPORT: 'the server offers no TLS',
  };
  return (code !== undefined ? reasons[code] : undefined) ?? (message || code || 'unknown reason');
}
