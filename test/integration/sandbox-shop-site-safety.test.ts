import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shopPassword } from '../../src/sandbox/shop/passwords.ts';
import { shopAccounts } from '../../src/sandbox/shop/people.ts';
import { startShopSite } from '../../src/sandbox/shop/site.ts';
import { addToCart, csrfOf, logIn, openShop, ShopBrowser } from '../support/shop.ts';
import type { OpenShop } from '../support/shop.ts';

let shop: OpenShop;

beforeAll(async () => {
  shop = await openShop();
});

afterAll(async () => {
  await shop.close();
  expect(shop.failures).toEqual([]);
});

async function lastOrderId(): Promise<number> {
  const [row] = await shop.test.query<{ id: number }>('SELECT MAX(id) AS id FROM orders');
  return row?.id ?? 0;
}

describe('against attacks', () => {
  const evil = `' OR '1'='1' -- "><script>alert(1)</script>`;

  it('a form with a wrong, a missing or another browser’s token is refused', async () => {
    const other = csrfOf(await new ShopBrowser(shop.site).get('/pages/login.php'));
    const login = { email: shopAccounts.retailer.email, password: shopPassword };
    for (const token of [{}, { csrf_token: '' }, { csrf_token: other }]) {
      const browser = new ShopBrowser(shop.site);
      await browser.get('/pages/login.php');
      expect((await browser.post('/pages/login.php', { ...login, ...token })).status).toBe(403);
    }
    const browser = new ShopBrowser(shop.site);
    await logIn(browser);
    const before = await lastOrderId();
    for (const path of ['/pages/cart.php', '/pages/checkout.php']) {
      const form = { csrf_token: other, action: 'add', product_id: '1', quantity: '1' };
      expect((await browser.post(path, form)).status).toBe(403);
    }
    expect(await lastOrderId()).toBe(before);
  });

  it('SQL and HTML in the fields of a form stay text', async () => {
    const browser = new ShopBrowser(shop.site);
    for (const [path, field] of [
      ['/pages/login.php', 'email'],
      ['/admin/login.php', 'username'],
    ] as const) {
      const csrf_token = csrfOf(await browser.get(path));
      const answer = await browser.post(path, { csrf_token, [field]: evil, password: evil });
      expect(answer.status).toBe(401);
      expect(answer.text).not.toContain('<script>');
      expect(answer.text).toContain('&lt;script&gt;');
    }
    await logIn(browser);
    for (const product of [evil, '1 OR 1=1', '-1', '1.5', '99999999999999999999', '0']) {
      expect((await addToCart(browser, product, '1')).status).toBe(422);
    }
    expect((await addToCart(browser, '1', '501')).status).toBe(422);
    await addToCart(browser, '1', '1');
    const csrf_token = csrfOf(await browser.get('/pages/checkout.php'));
    const form = { csrf_token, payment_method: 'upi', upi_id: evil };
    expect((await browser.post('/pages/checkout.php', form)).status).toBe(422);
  });

  it('HTML in an address stays text', async () => {
    const browser = new ShopBrowser(shop.site);
    await logIn(browser);
    for (const path of [
      '/<script>alert(1)</script>',
      `/pages/my_orders.php?placed=${encodeURIComponent(evil)}`,
    ]) {
      expect((await browser.get(path)).text).not.toContain('<script>');
    }
  });

  it('HTML in a product’s name stays text', async () => {
    await shop.test.query('UPDATE products SET name = ? WHERE id = 1', [evil]);
    const { text } = await new ShopBrowser(shop.site).get('/pages/products.php');
    expect(text).toContain('&lt;script&gt;alert(1)');
    expect(text).not.toContain('<script>');
  });

  it('a form of 100 KB is refused with an answer', async () => {
    const answer = await new ShopBrowser(shop.site).post('/pages/login.php', {
      email: 'x'.repeat(100_000),
    });
    expect(answer.status).toBe(413);
  });
});

describe('the site itself', () => {
  it('answers several requests on one connection', async () => {
    const before = shop.site.counters.requests;
    const socket = connectSocket(Number(new URL(shop.site.url).port), '127.0.0.1');
    socket.setEncoding('utf8');
    let answers = '';
    socket.on('data', (text: string) => (answers += text));
    const request = 'GET /style.css HTTP/1.1\r\nHost: shop\r\n\r\n';
    socket.write(request + request);
    await expect.poll(() => answers.split('HTTP/1.1 200 OK').length).toBe(3);
    expect(shop.site.counters.requests).toBe(before + 2);
    socket.destroy();
  });

  it('answers 500 without a detail when the database fails, and tells who started it', async () => {
    const failed: unknown[] = [];
    await using own = await startShopSite({
      database: shop.database,
      onFailure: (error) => failed.push(error),
    });
    await shop.test.query('RENAME TABLE products TO products_away');
    const response = await fetch(`${own.url}/index.php`);
    const text = await response.text();
    await shop.test.query('RENAME TABLE products_away TO products');
    expect(response.status).toBe(500);
    expect(text).toContain('Something failed');
    expect(text).not.toMatch(/SELECT|exist/);
    expect(failed).toHaveLength(1);
    expect(own.counters.failures).toBe(1);
  });

  it('ends idle and hanging connections when it stops, twice without harm, also on abort', async () => {
    const controller = new AbortController();
    const own = await startShopSite({ database: shop.database, signal: controller.signal });
    const port = Number(new URL(own.url).port);
    const idle = connectSocket(port, '127.0.0.1');
    const hanging = connectSocket(port, '127.0.0.1');
    hanging.write(
      'POST /pages/login.php HTTP/1.1\r\nHost: shop\r\nContent-Length: 100\r\n\r\nhalf',
    );
    await expect.poll(() => own.counters.requests).toBe(1);
    const closed = Promise.all([idle, hanging].map((socket) => once(socket.resume(), 'close')));
    controller.abort();
    await own.stop();
    await closed;
    await expect(fetch(own.url)).rejects.toThrow();
    expect(own.counters.failures).toBe(0);
    await expect(
      startShopSite({ database: shop.database, signal: controller.signal }),
    ).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});
