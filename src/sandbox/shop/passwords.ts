import { scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number }, Buffer>(
  scrypt,
);

/**
 * The password of every generated account, retailer and admin. It opens nothing but a sandbox on loopback.
 */
export const shopPassword = 'sandbox-only';

/**
 * scrypt's cost for new hashes, far below what a real shop needs (16384 and more): here a login stands for
 * one of thousands in a load test, and two cores serve the database, the site and the test together.
 */
const cost = { N: 1024, r: 8, p: 1 };

const keyBytes = 32;

/** A hash that `verifyPassword` reads: `scrypt$N$r$p$salt$key`, the last two in base64. */
export async function hashPassword(password: string, salt: Buffer): Promise<string> {
  const key = await derive(password, salt, keyBytes, cost);
  return `scrypt$${cost.N}$${cost.r}$${cost.p}$${salt.toString('base64')}$${key.toString('base64')}`;
}

/** False for a wrong password, and for a hash that is not ours. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const parts = /^scrypt\$(\d{1,6})\$(\d{1,2})\$(\d{1,2})\$([\w+/=]+)\$([\w+/=]+)$/.exec(hash);
  if (parts === null) return false;
  const [, N, r, p, salt = '', expectedText = ''] = parts;
  const expected = Buffer.from(expectedText, 'base64');
  const key = await derive(password, Buffer.from(salt, 'base64'), expected.length, {
    N: Number(N),
    r: Number(r),
    p: Number(p),
  });
  return timingSafeEqual(key, expected);
}
