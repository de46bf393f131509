import { csrfField, guest, renderPage, rupees } from './layout.ts';
import type { Visitor } from './layout.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { retailerOf } from './login-pages.ts';
import type { Page } from './shop.ts';
import { readActiveProducts } from './shop-queries.ts';
import type { Product } from './shop-queries.ts';

/** The front page reads all products and shows six, as the platform's does. */
export const indexPage: Page = async (request, shop) => {
  const retailer = await retailerOf(request, shop);
  const products = await readActiveProducts(shop.database);
  const body = html`<p>Juices, sodas and milk drinks by the case, for retailers.</p>
    <ul>
      ${products.slice(0, 6).map((product) => html`<li>${product.name}: ${rupees(product.price)}</li>`)}
    </ul>
    <p><a href="/pages/products.php">All ${products.length} products</a></p>`;
  return { status: 200, page: renderPage('Welcome', retailer?.visitor ?? guest, body) };
};

/** Everybody sees the products; who is logged in can put them into the cart. */
export const productsPage: Page = async (request, shop) => {
  const retailer = await retailerOf(request, shop);
  const products = await readActiveProducts(shop.database);
  const visitor: Visitor = retailer?.visitor ?? guest;
  const table = productTable(products, retailer !== null);
  const body =
    retailer === null
      ? html`<p><a href="/pages/login.php">Log in</a> to order.</p>
          ${table}`
      : html`<form method="post" action="/pages/cart.php">
          ${csrfField(retailer.session.csrfToken)}
          <input type="hidden" name="action" value="add" />
          <label>Cases <input type="number" name="quantity" value="1" min="1" max="500" /></label>
          ${table}
        </form>`;
  return { status: 200, page: renderPage('Products', visitor, body) };
};

function productTable(products: Product[], canOrder: boolean): Html {
  return html`<table>
    <thead>
      <tr>
        <th>Product</th>
        <th class="number">Price a case</th>
        <th class="number">In stock</th>
        <th>${canOrder ? 'Order' : ''}</th>
      </tr>
    </thead>
    <tbody>
      ${products.map((product) => productRow(product, canOrder))}
    </tbody>
  </table>`;
}

function productRow(product: Product, canOrder: boolean): Html {
  const button = html`<button name="product_id" value="${product.id}">Add</button>`;
  return html`<tr>
    <td>${product.name}</td>
    <td class="number">${rupees(product.price)}</td>
    <td class="number">${product.quantity_in_stock}</td>
    <td>${canOrder ? button : ''}</td>
  </tr> `;
}
