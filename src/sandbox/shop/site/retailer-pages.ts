import type { PageRequest } from './exchange.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { csrfField, localTime, notice, renderPage, rupees } from './layout.ts';
import { carriesToken, formRefused, retailerOf } from './login-pages.ts';
import type { Retailer } from './login-pages.ts';
import { placeOrder } from './place-order.ts';
import type { Page, Shop } from './shop.ts';
import {
  readActiveProducts,
  readOrders,
  readOrderStatusCounts,
  readProducts,
} from './shop-queries.ts';
import type { Order, Product } from './shop-queries.ts';

/** More of one product than any retailer orders. */
const mostCases = 500;

/** More different products than a checkout should lock at once. */
const mostLines = 50;

export const dashboardPage = forRetailer(async (_request, shop, retailer) => {
  const products = await readActiveProducts(shop.database);
  const orders = await readOrders(shop.database, retailer.userId);
  const body = html`<p>
      You have placed ${orders.length} orders. ${products.length} products are on sale.
    </p>
    <h2>Latest orders</h2>
    ${orderTable(orders.slice(0, 10))}`;
  return { status: 200, page: renderPage('Dashboard', retailer.visitor, body) };
});

export const myOrdersPage = forRetailer(async (request, shop, retailer) => {
  const counts = await readOrderStatusCounts(shop.database, retailer.userId);
  const orders = await readOrders(shop.database, retailer.userId);
  const placed = orders.find((order) => order.order_number === request.query.get('placed'));
  const thanks = placed === undefined ? null : `Thank you. Your order is ${placed.order_number}.`;
  const body = html`${notice(thanks)}
    <p>${counts.map(({ status, count }) => html`${statusText(status)}: ${count}. `)}</p>
    ${orderTable(orders)}`;
  return { status: 200, page: renderPage('My orders', retailer.visitor, body) };
});

export const cartPage = forRetailer(async (_request, shop, retailer) => ({
  status: 200,
  page: await renderCart(shop, retailer, null),
}));

export const changeCart = forRetailer(async (request, shop, retailer) => {
  if (!carriesToken(request)) return formRefused;
  const productId = readNumber(request, 'product_id', 2_147_483_647);
  const quantity = readNumber(request, 'quantity', mostCases);
  const { cart } = retailer.session;
  if (request.form.get('action') !== 'add' || productId === null || quantity === null) {
    const message = `Choose a product and 1 to ${mostCases} cases.`;
    return { status: 422, page: await renderCart(shop, retailer, message) };
  }
  const [product] = await readProducts(shop.database, [productId]);
  if (product === undefined || (cart.size >= mostLines && !cart.has(productId))) {
    const message = product === undefined ? 'This product is not on sale.' : 'Your cart is full.';
    return { status: 422, page: await renderCart(shop, retailer, message) };
  }
  cart.set(productId, Math.min(mostCases, (cart.get(productId) ?? 0) + quantity));
  return { location: '/pages/cart.php' };
});

export const checkoutPage = forRetailer(async (_request, shop, retailer) => {
  if (retailer.session.cart.size === 0) return { location: '/pages/cart.php' };
  return { status: 200, page: await renderCheckout(shop, retailer, null) };
});

export const checkOut = forRetailer(async (request, shop, retailer) => {
  if (!carriesToken(request)) return formRefused;
  const { cart } = retailer.session;
  if (cart.size === 0) return { location: '/pages/cart.php' };
  const method = request.form.get('payment_method');
  const upiId = (request.form.get('upi_id') ?? '').trim();
  const isUpi = method === 'upi';
  if (!isUpi && method !== 'cod') {
    return { status: 422, page: await renderCheckout(shop, retailer, 'Choose how you will pay.') };
  }
  if (isUpi && !/^[\w.-]{2,60}@[\w.-]{2,39}$/.test(upiId)) {
    return { status: 422, page: await renderCheckout(shop, retailer, 'This is not a UPI ID.') };
  }
  // Taken out before the order is written: the same form sent twice must not order twice.
  const ordered = new Map(cart);
  cart.clear();
  const outcome = await placeOrder(shop.database, {
    userId: retailer.userId,
    cart: ordered,
    method: isUpi ? 'upi' : 'cod',
    upiId: isUpi ? upiId : null,
  }).catch((error: unknown) => {
    putBack(cart, ordered);
    throw error;
  });
  if ('soldOut' in outcome) {
    putBack(cart, ordered);
    const message = `${outcome.soldOut} is no longer there in that quantity.`;
    return { status: 409, page: await renderCheckout(shop, retailer, message) };
  }
  shop.counters.orders += 1;
  return { location: `/pages/my_orders.php?placed=${outcome.orderNumber}` };
});

/** A page that sends everybody else to the login. */
function forRetailer(
  page: (request: PageRequest, shop: Shop, retailer: Retailer) => ReturnType<Page>,
): Page {
  return async (request, shop) => {
    const retailer = await retailerOf(request, shop);
    return retailer === null ? { location: '/pages/login.php' } : page(request, shop, retailer);
  };
}

function putBack(cart: Map<number, number>, ordered: ReadonlyMap<number, number>): void {
  for (const [product, quantity] of ordered) cart.set(product, quantity);
}

/** A whole number from 1 to `most`, null for anything else. */
function readNumber(request: PageRequest, field: string, most: number): number | null {
  const text = request.form.get(field) ?? '';
  const value = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= most ? value : null;
}

async function renderCart(shop: Shop, retailer: Retailer, message: string | null): Promise<string> {
  const { cart, csrfToken } = retailer.session;
  const products = await readProducts(shop.database, [...cart.keys()]);
  const content =
    products.length === 0
      ? html`<p>Your cart is empty. <a href="/pages/products.php">See the products</a>.</p>`
      : html`${cartTable(products, cart)}
          <p><a href="/pages/checkout.php">Check out</a></p>`;
  const body = html`${notice(message)} ${content}
    <form method="post" action="/pages/cart.php">
      ${csrfField(csrfToken)}
      <input type="hidden" name="action" value="add" />
      <label>Product number <input type="number" name="product_id" min="1" required /></label>
      <label
        >Cases <input type="number" name="quantity" value="1" min="1" max="${mostCases}"
      /></label>
      <button>Add</button>
    </form>`;
  return renderPage('Cart', retailer.visitor, body);
}

async function renderCheckout(
  shop: Shop,
  retailer: Retailer,
  message: string | null,
): Promise<string> {
  const { cart, csrfToken } = retailer.session;
  const products = await readProducts(shop.database, [...cart.keys()]);
  const body = html`${notice(message)} ${cartTable(products, cart)}
    <form method="post" action="/pages/checkout.php">
      ${csrfField(csrfToken)}
      <label
        >Payment
        <select name="payment_method">
          <option value="cod">Cash on delivery</option>
          <option value="upi">UPI</option>
        </select></label
      >
      <label>UPI ID <input name="upi_id" maxlength="100" placeholder="name@bank" /></label>
      <button>Place the order</button>
    </form>`;
  return renderPage('Checkout', retailer.visitor, body);
}

function cartTable(products: Product[], cart: ReadonlyMap<number, number>): Html {
  const total = products.reduce(
    (sum, product) => sum + Number(product.price) * (cart.get(product.id) ?? 0),
    0,
  );
  return html`<table>
    <thead>
      <tr>
        <th>Product</th>
        <th class="number">Cases</th>
        <th class="number">Price a case</th>
      </tr>
    </thead>
    <tbody>
      ${products.map(
        (product) =>
          html`<tr>
            <td>${product.name}</td>
            <td class="number">${cart.get(product.id) ?? 0}</td>
            <td class="number">${rupees(product.price)}</td>
          </tr> `,
      )}
      <tr>
        <td>Total</td>
        <td></td>
        <td class="number">${rupees(total.toFixed(2))}</td>
      </tr>
    </tbody>
  </table>`;
}

function orderTable(orders: Order[]): Html {
  return html`<table>
    <thead>
      <tr>
        <th>Order</th>
        <th>Date</th>
        <th>Status</th>
        <th class="number">Amount</th>
      </tr>
    </thead>
    <tbody>
      ${orders.map(
        (order) =>
          html`<tr>
            <td>${order.order_number}</td>
            <td>${localTime(order.order_date)}</td>
            <td>${statusText(order.status)}</td>
            <td class="number">${rupees(order.total_amount)}</td>
          </tr> `,
      )}
    </tbody>
  </table>`;
}

/** `pending_payment` as people read it: Pending payment. */
function statusText(status: string): string {
  const words = status.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
