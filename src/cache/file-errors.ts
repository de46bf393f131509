import { ScalectlError } from '../errors.ts';

/** A refusal of the file system as ours, anything else as it is. */
export function fileFailure(error: unknown, file: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof ScalectlError || code === undefined) return error;
  return code === 'EACCES' || code === 'EPERM'
    ? new ScalectlError('privilege-missing', `no right to use ${file}`, {
        hint: 'Run as the user of the web server, or give this user the folder.',
        cause: error,
      })
    : new ScalectlError('operation-failed', `cannot use ${file}: ${message}`, { cause: error });
}
