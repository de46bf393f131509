import { randomBytes } from 'node:crypto';
import type { CacheDriver } from '../../cache/driver.ts';
import { openCache } from '../../cache/open.ts';
import { encodeValue } from '../../cache/value-format.ts';
import { hasRedis } from '../../redis/configured.ts';
import { failed, skipped, works } from '../part.ts';
import type { DoctorContext, Part, Proof } from '../part.ts';

/** A killed doctor leaves its key for no longer than this. */
const lifetimeMs = 60_000;

/** set, get and delete of a key of its own, in the platform's format. */
export const cache: Part = {
  id: 'cache-round-trip',
  area: 'cache',
  prove: async (context) => {
    if (!isConfigured(context)) return skipped('no Redis and no cache folder is configured');
    const driver = await openCache(context.loaded, {
      redis: context.openRedis,
      isRedisAsked: context.isRedisAsked,
    });
    const key = `scalectl_doctor_${randomBytes(6).toString('hex')}`;
    try {
      return await roundTrip(driver, key);
    } finally {
      await driver.delete([key]);
    }
  },
};

function isConfigured({ loaded, isRedisAsked }: DoctorContext): boolean {
  const settings = loaded.values.cache;
  return isRedisAsked || settings.driver === 'file' || hasRedis(settings);
}

async function roundTrip(driver: CacheDriver, key: string): Promise<Proof> {
  const bytes = encodeValue({ proof: key }, 'php');
  await driver.write(key, bytes, lifetimeMs);
  const found = await driver.read(key, bytes.length);
  if (!found?.bytes.equals(bytes)) {
    return failed(
      `${driver.label} gave back another value than was set`,
      'Is the disk or the memory full?',
    );
  }
  if ((await driver.delete([key])).length !== 1 || (await driver.present([key])).length > 0) {
    return failed(`${driver.label} still has a key that was deleted`, null);
  }
  return works(`${driver.name} ${driver.label}: set, get and delete of a key`);
}
