import { pageView } from './journey.ts';
import type { Journey, Step } from './journey.ts';

/** Shows that a page is the login form. */
const passwordField = 'type="password"';

/**
 * The journeys of the platform's pages. A login is done once a session, as people do; what comes after it loops.
 * Names and paths are those of the platform (index.php, pages/…); forms carry a hidden field with a CSRF token.
 */
export const presets = {
  browse: {
    does: 'home page, product list',
    steps: [pageView('home', '/index.php'), pageView('products', '/pages/products.php')],
  },
  login: {
    does: 'login with CSRF token and session cookie, then dashboard and own orders',
    steps: [...login(), dashboard(), pageView('my orders', '/pages/my_orders.php', loggedIn())],
  },
  cart: {
    does: 'login, product list, a product into the cart, the cart',
    steps: [...login(), ...fillCart()],
  },
  checkout: {
    does: 'as cart, then an order is placed: needs --allow-writes',
    steps: [
      ...login(),
      ...fillCart(),
      pageView('checkout form', '/pages/checkout.php', { ...loggedIn(), extract: csrf() }),
      pageView('place order', '/pages/checkout.php', {
        ...loggedIn(),
        method: 'POST',
        form: { csrf_token: '${csrf}', payment_method: 'cod' },
        writes: true,
      }),
    ],
  },
} as const satisfies Record<string, { does: string; steps: readonly Step[] }>;

export type PresetName = keyof typeof presets;

/** @returns null when there is no preset of that name */
export function findPreset(name: string): Journey | null {
  if (!Object.hasOwn(presets, name)) return null;
  const { steps } = presets[name as PresetName];
  return { name, variables: {}, accounts: [], steps };
}

function login(): Step[] {
  return [
    pageView('login form', '/pages/login.php', {
      extract: csrf(),
      once: true,
      thinkMs: 1000,
    }),
    pageView('login', '/pages/login.php', {
      method: 'POST',
      form: { csrf_token: '${csrf}', email: '${email}', password: '${password}' },
      check: { status: null, contains: [], notContains: [passwordField] },
      once: true,
    }),
  ];
}

function dashboard(): Step {
  return pageView('dashboard', '/pages/dashboard.php', loggedIn());
}

function fillCart(): Step[] {
  return [
    pageView('products', '/pages/products.php', {
      extract: { product: /name="product_id"[^>]*value="(\d+)"/ },
    }),
    pageView('cart', '/pages/cart.php', { ...loggedIn(), extract: csrf() }),
    pageView('add to cart', '/pages/cart.php', {
      ...loggedIn(),
      method: 'POST',
      form: { csrf_token: '${csrf}', action: 'add', product_id: '${product}', quantity: '1' },
    }),
  ];
}

/** A page behind the login that shows the login form instead is a failure, although its status is 200. */
function loggedIn(): Pick<Step, 'check'> {
  return { check: { status: null, contains: [], notContains: [passwordField] } };
}

function csrf(): Step['extract'] {
  return { csrf: /name="csrf_token"[^>]*value="([^"]+)"/ };
}
