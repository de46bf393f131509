import type { Config } from '../config/settings/index.ts';
import { connectRedis } from './connect.ts';
import type { RedisClient } from './connect.ts';

type Settings = Config['cache'];

/** After a lost connection the listener tries again this seldom: the queue's own looks go on meanwhile. */
const reconnectMs = 5000;

/**
 * A message says that jobs were added, not which: whoever hears it looks. Channels are one for all numbered databases
 * of a Redis, so two queues on one Redis with the same prefix ring at each other, which costs each a look.
 */
function channelOf(settings: Settings): string {
  return `${settings.prefix}scalectl:queue`;
}

/** Tells the workers that listen that jobs were added. Call it after the commit. */
export async function ringDoorbell(redis: RedisClient, settings: Settings): Promise<void> {
  await redis.client.publish(channelOf(settings), 'added');
}

/**
 * Calls `onRing` for each ring, on a connection of its own, which is made again after it was lost.
 * @throws ScalectlError as connectRedis does, when the first connection cannot be made; a Redis error when the
 *   account may not subscribe
 */
export async function listenAtDoorbell(
  settings: Settings,
  onRing: () => void,
): Promise<AsyncDisposable> {
  let redis: RedisClient | null = null;
  let timer: NodeJS.Timeout | null = null;
  let isClosed = false;
  const connect = async (): Promise<void> => {
    const opened = await connectRedis(settings);
    try {
      opened.client.on('message', onRing);
      await opened.client.subscribe(channelOf(settings));
    } catch (error) {
      await opened.close();
      throw error;
    }
    if (isClosed) return opened.close();
    redis = opened;
    opened.client.once('end', connectLater);
  };
  const connectLater = (): void => {
    redis = null;
    if (isClosed) return;
    // Without Redis a worker only looks as seldom as it would anyway: no failure of its run.
    timer = setTimeout(() => void connect().catch(connectLater), reconnectMs).unref();
  };
  await connect();
  return {
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
      if (timer) clearTimeout(timer);
      await redis?.close();
    },
  };
}
