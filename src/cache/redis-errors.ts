import { ScalectlError } from '../errors.ts';

/** Runs commands of Redis; what the server or the connection answers becomes an error that says what to do. */
export async function asking<T>(label: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Error ? failureOf(error, label) : error;
  }
}

/** A failure of Redis as ours; anything else as it is. */
function failureOf(error: Error, label: string): Error {
  if (error instanceof ScalectlError) return error;
  const { message } = error;
  const word = /^[A-Z]+/.exec(message)?.[0] ?? '';
  const known = answers[word];
  if (known) {
    return new ScalectlError(known.code, `Redis at ${label} ${known.says}: ${message}`, {
      hint: known.hint,
      cause: error,
    });
  }
  if (/unknown command/i.test(message)) {
    return new ScalectlError(
      'privilege-missing',
      `Redis at ${label} does not offer it: ${message}`,
      {
        hint: 'The command was renamed or switched off in its configuration, or the server is too old.',
        cause: error,
      },
    );
  }
  if (isConnectionLost(error)) {
    return new ScalectlError('cache-unreachable', `lost Redis at ${label}: ${message}`, {
      hint: 'Is the server running? A command may take as long as cache.commandTimeout.',
      cause: error,
    });
  }
  if (error.name === 'ReplyError') {
    return new ScalectlError('operation-failed', `Redis at ${label} answers: ${message}`, {
      cause: error,
    });
  }
  return error;
}

const answers: Record<
  string,
  {
    code: 'privilege-missing' | 'operation-failed' | 'cache-unreachable';
    says: string;
    hint: string;
  }
> = {
  NOPERM: {
    code: 'privilege-missing',
    says: 'refuses the command',
    hint: 'Give the ACL user this command and these keys: ACL SETUSER.',
  },
  READONLY: {
    code: 'operation-failed',
    says: 'is a read-only replica',
    hint: 'Name the master in cache.url, or its Sentinels in cache.sentinel.hosts.',
  },
  MISCONF: {
    code: 'operation-failed',
    says: 'takes no writes',
    hint: 'It cannot save its data to disk: look for room and rights in the folder of its dump.',
  },
  OOM: {
    code: 'operation-failed',
    says: 'has no memory left',
    hint: 'Its maxmemory is reached and maxmemory-policy evicts nothing: raise one or change the other.',
  },
  LOADING: {
    code: 'cache-unreachable',
    says: 'is still loading its data',
    hint: 'Try again when it is ready.',
  },
  WRONGTYPE: {
    code: 'operation-failed',
    says: 'found another type than expected',
    hint: 'The key changed its type meanwhile: run it again.',
  },
};

function isConnectionLost(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return (
    /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH)/.test(code ?? '') ||
    /connection is closed|timed out|max ?retries|stream isn't writeable|failed to refresh/i.test(
      `${error.name} ${error.message}`,
    )
  );
}
