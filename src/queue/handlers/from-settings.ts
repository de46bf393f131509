import type { Config } from '../../config/settings/index.ts';
import type { HandlerSettings } from '../../config/settings/queue-handlers.ts';
import { createWebhookHandler } from './builtin/webhook.ts';
import { createCommandHandler } from './command.ts';
import type { Handler, Handlers } from './handler.ts';
import { createHttpHandler } from './http/http.ts';
import { HttpPoster } from './http/post.ts';
import { createModuleHandler } from './module.ts';
import { PhpPool } from './php/pool.ts';

/** A process that leaks is replaced early enough, and starting one is spread over many jobs. */
const recycleAfterJobs = 1000;

/** Half of the memory_limit that PHP comes with. */
const recycleMemoryBytes = 64 * 1024 ** 2;

export interface HandlerPlace {
  /** Where handlers run, and where relative files and programs are looked for. */
  folder: string;
  /** Jobs at once. */
  concurrency: number;
}

/**
 * The handlers that `queue.handlers` names. Disposed of when nothing runs any more, they close what they kept open.
 */
export function handlersFromSettings(settings: Config['queue'], place: HandlerPlace): Handlers {
  const php = new PhpPool({
    program: settings.php,
    folder: place.folder,
    concurrency: place.concurrency,
  });
  const poster = new HttpPoster();
  const webhookPoster = new HttpPoster();
  const create = (handler: HandlerSettings): Handler => {
    const common = {
      timeoutMs: handler.timeout ?? settings.handlerTimeout,
      outputBytes: settings.outputSize,
    };
    if ('php' in handler) {
      return php.handlerOf({
        ...common,
        file: handler.php,
        recycleAfter: handler.recycleAfter ?? recycleAfterJobs,
        recycleMemoryBytes: handler.recycleMemory ?? recycleMemoryBytes,
      });
    }
    if ('http' in handler) {
      const { http: url, secret } = handler;
      return createHttpHandler({ ...common, url, secret: secret ?? null }, poster);
    }
    if ('builtin' in handler) {
      const { hosts, allowPrivate: allowsPrivate } = settings.webhooks;
      const options = { ...common, hosts, allowsPrivate, secret: handler.secret ?? null };
      return createWebhookHandler(options, webhookPoster);
    }
    if ('module' in handler) {
      return createModuleHandler({ ...common, file: handler.module, folder: place.folder });
    }
    return createCommandHandler({ ...common, command: handler.command, folder: place.folder });
  };
  const handlers = new Map(
    Object.entries(settings.handlers).map(([type, handler]) => [type, create(handler)]),
  );
  return {
    find: (type) => handlers.get(type) ?? null,
    [Symbol.asyncDispose]: () => {
      poster[Symbol.dispose]();
      webhookPoster[Symbol.dispose]();
      return php[Symbol.asyncDispose]();
    },
  };
}
