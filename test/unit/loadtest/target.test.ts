import { describe, expect, it } from 'vitest';
import { checkTarget, parseTarget } from '../../../src/loadtest/target.ts';

describe('a URL to test', () => {
  it('is taken apart', () => {
    expect(parseTarget('https://[::1]:8443/a/b.php?q=1#part')).toMatchObject({
      url: 'https://[::1]:8443/a/b.php?q=1',
      origin: 'https://[::1]:8443',
      host: '[::1]:8443',
      hostname: '::1',
      port: 8443,
      isSecure: true,
      path: '/a/b.php?q=1',
    });
    expect(parseTarget('http://LOCALHOST')).toMatchObject({
      hostname: 'localhost',
      port: 80,
      path: '/',
    });
    expect(parseTarget('https://localhost').port).toBe(443);
  });

  it.each(['localhost', 'localhost:8080/x', '/index.php', 'ftp://localhost/', '', 'http://'])(
    '"%s" is wrong usage',
    (text) => {
      expect(() => parseTarget(text)).toThrow(expect.objectContaining({ code: 'usage' }));
    },
  );

  it('holds no password', () => {
    expect(() => parseTarget('http://user:secret@localhost/')).toThrow(/^(?!.*secret).*password/);
  });
});

describe('a host', () => {
  const check = (host: string, allowHosts: string[] = []): Promise<unknown> =>
    checkTarget(parseTarget(`http://${host}/`), allowHosts);

  it.each([
    '127.0.0.1',
    '127.8.9.10',
    '0.0.0.0',
    '[::1]',
    'localhost',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.20',
    '169.254.1.1',
    '[fd12::1]',
    '[fe80::1]',
    '[::ffff:192.168.0.1]',
  ])('%s is tested freely', async (host) => {
    await expect(check(host)).resolves.toBeDefined();
  });

  it.each([
    '8.8.8.8',
    '172.15.255.255',
    '172.32.0.1',
    '192.169.0.1',
    '11.0.0.1',
    '[2001:db8::1]',
    '[::ffff:8.8.8.8]',
    // 134744072 is 8.8.8.8 as one number.
    '134744072',
  ])('%s is refused', async (host) => {
    await expect(check(host)).rejects.toMatchObject({ code: 'refused', exitCode: 77 });
  });

  it('that cannot be looked up is refused unless it is allowed', async () => {
    await expect(check('shop.invalid')).rejects.toMatchObject({ code: 'refused' });
    await expect(check('shop.invalid', ['shop.invalid'])).rejects.toMatchObject({
      code: 'target-unreachable',
    });
  });

  it('is tested when the configuration allows it, in any spelling', async () => {
    await expect(check('8.8.8.8', ['9.9.9.9', '8.8.8.8'])).resolves.toBeDefined();
    await expect(check('[2001:DB8::1]', ['[2001:db8::1]'])).resolves.toBeDefined();
    await expect(check('8.8.8.8', ['8.8.8'])).rejects.toMatchObject({ code: 'refused' });
  });
});
