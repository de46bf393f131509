import { verifyPassword } from '../passwords.ts';
import type { PageAnswer, PageRequest } from './exchange.ts';
import { html } from './html.ts';
import { csrfField, guest, notice, renderPage } from './layout.ts';
import type { Visitor } from './layout.ts';
import type { Page, Shop } from './shop.ts';
import { readAdminLogin, readRetailer, readRetailerLogin } from './shop-queries.ts';
import { recordAdminLogin, recordLogin } from './shop-queries.ts';
import type { Account } from './shop-queries.ts';
import { isCsrfTokenOf, sessionHash } from './web-sessions.ts';
import type { WebSession } from './web-sessions.ts';

export interface Retailer {
  userId: number;
  session: WebSession;
  visitor: Visitor;
}

/** The logged-in retailer behind a request, checked against the database as every page of the platform does. */
export async function retailerOf(request: PageRequest, shop: Shop): Promise<Retailer | null> {
  const { session } = request;
  if (session === null || session.userId === null) return null;
  const name = await readRetailer(shop.database, session.userId);
  if (name === null) return null;
  return { userId: session.userId, session, visitor: { kind: 'retailer', name } };
}

/** The answer to a form whose token is missing, old or another browser's. */
export const formRefused: PageAnswer = {
  status: 403,
  page: renderPage(
    'Form refused',
    guest,
    html`<p>
      This form has expired or was not sent from this site. Open the page again and retry.
    </p>`,
  ),
};

export function carriesToken(request: PageRequest): boolean {
  return request.session !== null && isCsrfTokenOf(request.session, request.form.get('csrf_token'));
}

interface LoginKind {
  title: string;
  path: string;
  field: { name: string; label: string; type: 'email' | 'text' };
  home: string;
  find: (shop: Shop, name: string) => Promise<Account | null>;
  enter: (shop: Shop, session: WebSession, account: Account) => Promise<void>;
}

const retailerLogin: LoginKind = {
  title: 'Log in',
  path: '/pages/login.php',
  field: { name: 'email', label: 'Email', type: 'email' },
  home: '/pages/dashboard.php',
  find: (shop, email) => readRetailerLogin(shop.database, email),
  enter: async (shop, session, account) => {
    session.userId = account.id;
    session.cart.clear();
    await recordLogin(shop.database, account.id, sessionHash(session));
  },
};

const adminLogin: LoginKind = {
  title: 'Admin login',
  path: '/admin/login.php',
  field: { name: 'username', label: 'User name', type: 'text' },
  home: '/admin/dashboard.php',
  find: (shop, username) => readAdminLogin(shop.database, username),
  enter: async (shop, session, account) => {
    session.adminId = account.id;
    await recordAdminLogin(shop.database, account.id, sessionHash(session));
  },
};

export const loginForm = showForm(retailerLogin);
export const login = checkLogin(retailerLogin);
export const adminLoginForm = showForm(adminLogin);
export const logInAdmin = checkLogin(adminLogin);

function showForm(kind: LoginKind): Page {
  return (request) =>
    Promise.resolve({ status: 200, page: renderForm(kind, request.needSession(), '', null) });
}

function checkLogin(kind: LoginKind): Page {
  return async (request, shop) => {
    if (!carriesToken(request)) return formRefused;
    const session = request.needSession();
    const name = request.form.get(kind.field.name) ?? '';
    const account = await kind.find(shop, name);
    const password = request.form.get('password') ?? '';
    if (account === null || !(await verifyPassword(password, account.password_hash))) {
      shop.counters.refusedLogins += 1;
      const message = 'This login is not known, or the password is wrong.';
      return { status: 401, page: renderForm(kind, session, name, message) };
    }
    shop.sessions.renew(session);
    await kind.enter(shop, session, account);
    shop.counters.logins += 1;
    return { location: kind.home };
  };
}

function renderForm(
  kind: LoginKind,
  session: WebSession,
  name: string,
  message: string | null,
): string {
  const { field } = kind;
  const body = html`${notice(message)}
    <form method="post" action="${kind.path}">
      ${csrfField(session.csrfToken)}
      <label
        >${field.label}
        <input type="${field.type}" name="${field.name}" value="${name}" maxlength="100" required
      /></label>
      <label>Password <input type="password" name="password" maxlength="200" required /></label>
      <button>Log in</button>
    </form>`;
  return renderPage(kind.title, guest, body);
}
