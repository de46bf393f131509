import type { Config } from '../../config/settings/index.ts';
import { createCommandHandler } from './command.ts';
import type { FindHandler, Handler } from './handler.ts';

/**
 * The handlers that `queue.handlers` names.
 * @param folder where commands run and relative programs are looked for
 */
export function handlersFromSettings(settings: Config['queue'], folder: string): FindHandler {
  const handlers = new Map<string, Handler>(
    Object.entries(settings.handlers).map(([type, { command, timeout }]) => [
      type,
      createCommandHandler({
        command,
        folder,
        timeoutMs: timeout ?? settings.handlerTimeout,
        outputBytes: settings.outputSize,
      }),
    ]),
  );
  return (type) => handlers.get(type) ?? null;
}
