import { describe, expect, it } from 'vitest';
import { hashPassword, verifyPassword } from '../../../src/sandbox/shop/passwords.ts';

describe('passwords of the sandbox', () => {
  it('are recognised by their hash, and no other is', async () => {
    const hash = await hashPassword('tea & milk', Buffer.from('0123456789abcdef'));
    expect(hash).not.toContain('tea');
    expect(await verifyPassword('tea & milk', hash)).toBe(true);
    expect(await verifyPassword('tea & mil', hash)).toBe(false);
    expect(await verifyPassword('', hash)).toBe(false);
  });

  it('are refused, not failed on, when the hash is none of ours', async () => {
    for (const hash of ['', 'x', '$2y$10$abcdefghijklmnopqrstuv', 'scrypt$1024$8$1$AAAA$']) {
      expect(await verifyPassword('x', hash)).toBe(false);
    }
  });
});
