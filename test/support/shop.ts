import { expect } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { connectDatabase } from '../../src/database/connect.ts';
import type { Database } from '../../src/database/types.ts';
import { fillShop } from '../../src/sandbox/shop/fill.ts';
import { shopPassword } from '../../src/sandbox/shop/passwords.ts';
import { shopAccounts } from '../../src/sandbox/shop/people.ts';
import { createShopTables } from '../../src/sandbox/shop/schema.ts';
import { startShopSite } from '../../src/sandbox/shop/site.ts';
import type { ShopSite } from '../../src/sandbox/shop/site.ts';
import { freshDatabase } from './database.ts';
import type { TestDatabase } from './database.ts';

export interface OpenShop {
  test: TestDatabase;
  database: Database;
  site: ShopSite;
  /** Unexpected errors behind the site's pages. */
  failures: unknown[];
  close(): Promise<void>;
}

/** A small filled shop in a fresh database, with its web site open. */
export async function openShop(): Promise<OpenShop> {
  const test = await freshDatabase();
  const config = await loadConfig({
    workingDirectory: import.meta.dirname,
    environment: { SCALECTL_DB_URL: test.url },
    discover: false,
  });
  const database = await connectDatabase(config.values.database);
  await createShopTables(database);
  await fillShop(database, { scale: 'small', seed: 42, now: new Date('2026-11-20T10:00:00Z') });
  const failures: unknown[] = [];
  const site = await startShopSite({ database, onFailure: (error) => failures.push(error) });
  const close = async (): Promise<void> => {
    await site.stop();
    await database[Symbol.asyncDispose]();
  };
  return { test, database, site, failures, close };
}

export interface Visit {
  status: number;
  location: string | null;
  text: string;
  headers: Headers;
}

/** As a browser does: one session cookie, and a redirect is seen before it is followed. */
export class ShopBrowser {
  cookie: string | null = null;
  readonly #site: ShopSite;

  constructor(site: ShopSite) {
    this.#site = site;
  }

  async get(path: string, options: { method?: string } = {}): Promise<Visit> {
    return this.#visit(path, options);
  }

  async post(path: string, form: Record<string, string>): Promise<Visit> {
    return this.#visit(path, { method: 'POST', body: new URLSearchParams(form) });
  }

  async #visit(path: string, options: RequestInit): Promise<Visit> {
    const response = await fetch(this.#site.url + path, {
      ...options,
      redirect: 'manual',
      headers: this.cookie === null ? {} : { cookie: this.cookie },
    });
    const cookie = response.headers.get('set-cookie');
    if (cookie !== null) this.cookie = cookie.split(';')[0] ?? null;
    const { status, headers } = response;
    return { status, headers, location: headers.get('location'), text: await response.text() };
  }
}

/** The token in a page's form. */
export function csrfOf(visit: Visit): string {
  const token = /name="csrf_token" value="([0-9a-f]{32})"/.exec(visit.text)?.[1];
  if (token === undefined) throw new Error(`no CSRF token in: ${visit.text}`);
  return token;
}

export async function logIn(
  browser: ShopBrowser,
  email: string = shopAccounts.retailer.email,
): Promise<void> {
  const csrf_token = csrfOf(await browser.get('/pages/login.php'));
  const answer = await browser.post('/pages/login.php', {
    csrf_token,
    email,
    password: shopPassword,
  });
  expect([answer.status, answer.location]).toEqual([302, '/pages/dashboard.php']);
}

export async function addToCart(
  browser: ShopBrowser,
  product: string,
  quantity: string,
): Promise<Visit> {
  const csrf_token = csrfOf(await browser.get('/pages/cart.php'));
  const form = { csrf_token, action: 'add', product_id: product, quantity };
  return browser.post('/pages/cart.php', form);
}
