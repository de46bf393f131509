import { createHmac } from 'node:crypto';

/**
 * The `Scalectl-Signature` header: `t=1764000000,v1=<hex>`, where the second is the HMAC-SHA256 of the time, a full
 * stop and the body. The receiver computes it with the same secret, compares in constant time, and refuses old times.
 * @param seconds Unix time
 */
export function signatureOf(secret: string, body: string, seconds: number): string {
  const hex = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${hex}`;
}
