import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shopPassword } from '../../src/sandbox/shop/passwords.ts';
import { shopAccounts } from '../../src/sandbox/shop/people.ts';
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

describe('for everybody', () => {
  it('the index shows six products, and the product list all that are on sale', async () => {
    const browser = new ShopBrowser(shop.site);
    const index = await browser.get('/index.php');
    expect(index.status).toBe(200);
    expect(index.text.match(/<li>/g)).toHaveLength(6);
    const products = await browser.get('/pages/products.php');
    const [row] = await shop.test.query<{ count: number }>(
      'SELECT COUNT(*) AS count FROM products WHERE is_active = 1',
    );
    expect(products.text.match(/<td class="number">₹ /g)).toHaveLength(row?.count ?? -1);
    expect(products.text).not.toContain('name="product_id"');
    expect(browser.cookie).toBeNull();
  });

  it.each(['dashboard', 'cart', 'checkout', 'my_orders'])(
    'the page %s leads to the login',
    async (name) => {
      const visit = await new ShopBrowser(shop.site).get(`/pages/${name}.php`);
      expect([visit.status, visit.location]).toEqual([302, '/pages/login.php']);
    },
  );

  it('the admin page leads to the login of admins, also a logged-in retailer', async () => {
    const browser = new ShopBrowser(shop.site);
    await logIn(browser);
    const visit = await browser.get('/admin/dashboard.php');
    expect([visit.status, visit.location]).toEqual([302, '/admin/login.php']);
  });

  it('an unknown page is 404, a wrong method 405, a HEAD has the length and no body', async () => {
    const browser = new ShopBrowser(shop.site);
    expect((await browser.get('/wp-login.php')).status).toBe(404);
    const posted = await browser.post('/index.php', { a: 'b' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    const head = await browser.get('/index.php', { method: 'HEAD' });
    expect([head.status, head.text]).toEqual([200, '']);
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(500);
  });
});

describe('a retailer', () => {
  it('logs in, fills the cart, checks out, and sees the order', async () => {
    const browser = new ShopBrowser(shop.site);
    await logIn(browser);
    const dashboard = await browser.get('/pages/dashboard.php');
    expect(dashboard.status).toBe(200);
    expect(dashboard.text).toContain(shopAccounts.retailer.username);

    const before = await lastOrderId();
    const [stock] = await shop.test.query(
      'SELECT price, quantity_in_stock FROM products WHERE id = 1',
    );
    expect((await addToCart(browser, '1', '3')).location).toBe('/pages/cart.php');
    expect((await addToCart(browser, '1', '2')).location).toBe('/pages/cart.php');
    const csrf_token = csrfOf(await browser.get('/pages/checkout.php'));
    const form = { csrf_token, payment_method: 'upi', upi_id: 'demo@upi' };
    const placed = await browser.post('/pages/checkout.php', form);
    expect(placed.location).toMatch(/^\/pages\/my_orders\.php\?placed=ORD-\d{8}-[0-9A-F]{8}$/);

    const id = await lastOrderId();
    expect(id).toBeGreaterThan(before);
    const total = (Number(stock?.['price']) * 5).toFixed(2);
    expect(
      await shop.test.query(
        `SELECT o.user_id, o.total_amount, o.status, i.product_id, i.quantity, p.amount, p.upi_id, p.status AS payment
         FROM orders o JOIN order_items i ON i.order_id = o.id JOIN payments p ON p.order_id = o.id WHERE o.id = ?`,
        [id],
      ),
    ).toEqual([
      {
        user_id: 1,
        total_amount: total,
        status: 'pending_payment',
        product_id: 1,
        quantity: 5,
        amount: total,
        upi_id: 'demo@upi',
        payment: 'pending',
      },
    ]);
    expect(await shop.test.query('SELECT quantity_in_stock FROM products WHERE id = 1')).toEqual([
      { quantity_in_stock: Number(stock?.['quantity_in_stock']) - 5 },
    ]);
    const mine = await browser.get(placed.location ?? '');
    expect(mine.text).toContain('Thank you. Your order is ORD-');
    expect((await browser.get('/pages/checkout.php')).location).toBe('/pages/cart.php');
  });

  it('gets a new session id at the login, in a cookie that scripts cannot read', async () => {
    const browser = new ShopBrowser(shop.site);
    const form = await browser.get('/pages/login.php');
    expect(form.headers.get('set-cookie')).toMatch(
      /^PHPSESSID=[0-9a-f]{32}; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    const planted = browser.cookie;
    await logIn(browser);
    expect(browser.cookie).not.toBe(planted);
    const thief = new ShopBrowser(shop.site);
    thief.cookie = planted;
    expect((await thief.get('/pages/dashboard.php')).location).toBe('/pages/login.php');
  });

  it('does not get in with a wrong password or a switched-off account', async () => {
    const [off] = await shop.test.query<{ email: string }>(
      'SELECT email FROM users WHERE is_active = 0 LIMIT 1',
    );
    for (const [email, password] of [
      [shopAccounts.retailer.email, 'wrong'],
      [off?.email ?? '', shopPassword],
      ['nobody@shop.example', shopPassword],
    ] as const) {
      const browser = new ShopBrowser(shop.site);
      const csrf_token = csrfOf(await browser.get('/pages/login.php'));
      const answer = await browser.post('/pages/login.php', { csrf_token, email, password });
      expect(answer.status, email).toBe(401);
      expect((await browser.get('/pages/dashboard.php')).location).toBe('/pages/login.php');
    }
  });

  it('orders nothing when the stock is too small, and keeps the cart', async () => {
    await shop.test.query('UPDATE products SET quantity_in_stock = 1, is_active = 1 WHERE id = 2');
    const browser = new ShopBrowser(shop.site);
    await logIn(browser);
    await addToCart(browser, '1', '1');
    await addToCart(browser, '2', '2');
    const before = await lastOrderId();
    const csrf_token = csrfOf(await browser.get('/pages/checkout.php'));
    const answer = await browser.post('/pages/checkout.php', { csrf_token, payment_method: 'cod' });
    expect(answer.status).toBe(409);
    expect(await lastOrderId()).toBe(before);
    expect((await browser.get('/pages/checkout.php')).status).toBe(200);
  });

  it('orders once when the same form is sent twice at once', async () => {
    const browser = new ShopBrowser(shop.site);
    await logIn(browser);
    await addToCart(browser, '1', '1');
    const before = await lastOrderId();
    const csrf_token = csrfOf(await browser.get('/pages/checkout.php'));
    const form = { csrf_token, payment_method: 'cod' };
    await Promise.all([
      browser.post('/pages/checkout.php', form),
      browser.post('/pages/checkout.php', form),
    ]);
    expect(
      await shop.test.query('SELECT COUNT(*) AS count FROM orders WHERE id > ?', [before]),
    ).toEqual([{ count: 1 }]);
  });
});

describe('an admin', () => {
  it('logs in and sees the figures of the database', async () => {
    const browser = new ShopBrowser(shop.site);
    const csrf_token = csrfOf(await browser.get('/admin/login.php'));
    const answer = await browser.post('/admin/login.php', {
      csrf_token,
      username: shopAccounts.admin.username,
      password: shopPassword,
    });
    expect(answer.location).toBe('/admin/dashboard.php');
    const dashboard = await browser.get('/admin/dashboard.php');
    const [orders] = await shop.test.query<{ count: number }>(
      'SELECT COUNT(*) AS count FROM orders',
    );
    expect(dashboard.text).toContain(`Orders: ${orders?.count}`);
    expect(dashboard.text.match(/<td>ORD-/g)).toHaveLength(5);
  });
});

describe('the counters of the site', () => {
  it('add up to what was asked', () => {
    const { counters } = shop.site;
    const answers = Object.values(counters.statusCodes).reduce((sum, count) => sum + count, 0);
    expect(answers).toBe(counters.requests);
    expect(counters).toMatchObject({ orders: 2, refusedLogins: 3, failures: 0 });
    expect(counters.logins).toBeGreaterThan(4);
  });
});

describe('every page', () => {
  it('closes what it opens, in order', async () => {
    const browser = new ShopBrowser(shop.site);
    const guestPages = [
      '/index.php',
      '/pages/products.php',
      '/pages/login.php',
      '/admin/login.php',
    ];
    for (const path of guestPages) expect(openElements((await browser.get(path)).text)).toEqual([]);
    await logIn(browser);
    await addToCart(browser, '1', '1');
    for (const name of ['products', 'dashboard', 'cart', 'checkout', 'my_orders']) {
      const { status, text } = await browser.get(`/pages/${name}.php`);
      expect([name, status, openElements(text)]).toEqual([name, 200, []]);
    }
  });
});

/** What is still open at the end of a page, or where its nesting breaks. */
function openElements(page: string): string[] {
  const empty = ['meta', 'link', 'input'];
  const open: string[] = [];
  for (const [, closing, name = ''] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
    if (empty.includes(name)) continue;
    if (closing === '') open.push(name);
    else if (open.at(-1) === name) open.pop();
    else return [...open, `/${name}`];
  }
  return open;
}
