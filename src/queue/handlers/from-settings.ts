import type { CacheDriver } from '../../cache/driver.ts';
import type { Config } from '../../config/settings/index.ts';
import type {
  BuiltinHandlerSettings,
  HandlerSettings,
} from '../../config/settings/queue-handlers.ts';
import { connectReader } from '../../database/connect.ts';
import { createCacheCleanupHandler } from './builtin/cleanup-cache.ts';
import { createReportHandler } from './builtin/generate-report.ts';
import { createEmailHandler } from './builtin/send-email.ts';
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
  /** The platform's cache, opened when a job first needs it; whoever gives it closes it. */
  openCache: () => Promise<CacheDriver>;
}

interface Limits {
  timeoutMs: number;
  outputBytes: number;
}

/**
 * The handlers that `queue.handlers` names. Disposed of when nothing runs any more, they close what they kept open.
 */
export function handlersFromSettings(config: Config, place: HandlerPlace): Handlers {
  const settings = config.queue;
  const closing: Disposable[] = [];
  const closeAtEnd = <T extends Disposable>(it: T): T => {
    closing.push(it);
    return it;
  };
  const php = new PhpPool({
    program: settings.php,
    folder: place.folder,
    concurrency: place.concurrency,
  });
  const poster = closeAtEnd(new HttpPoster());
  const webhookPoster = closeAtEnd(new HttpPoster());
  const createBuiltin = ({ builtin, secret }: BuiltinHandlerSettings, common: Limits): Handler => {
    switch (builtin) {
      case 'webhook': {
        const { hosts, allowPrivate: allowsPrivate } = settings.webhooks;
        const options = { ...common, hosts, allowsPrivate, secret: secret ?? null };
        return createWebhookHandler(options, webhookPoster);
      }
      case 'send_email':
        return closeAtEnd(createEmailHandler(config.mail, common));
      case 'generate_report': {
        const pool = { ...config.database.pool, size: 1 };
        return createReportHandler({
          ...common,
          settings: settings.reports,
          openDatabase: (signal) => connectReader({ ...config.database, pool }, { signal }),
        });
      }
      case 'cleanup_cache': {
        const { protect, maxLatency: maxLatencyMs } = config.cache;
        const { openCache } = place;
        return createCacheCleanupHandler({ ...common, openCache, protect, maxLatencyMs });
      }
    }
  };
  const create = (handler: HandlerSettings): Handler => {
    const common: Limits = {
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
    if ('builtin' in handler) return createBuiltin(handler, common);
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
      for (const each of closing) each[Symbol.dispose]();
      return php[Symbol.asyncDispose]();
    },
  };
}
