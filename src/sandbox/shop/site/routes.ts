import { adminDashboardPage } from './admin-pages.ts';
import { indexPage, productsPage } from './catalogue-pages.ts';
import { adminLoginForm, logInAdmin, login, loginForm } from './login-pages.ts';
import {
  cartPage,
  changeCart,
  checkOut,
  checkoutPage,
  dashboardPage,
  myOrdersPage,
} from './retailer-pages.ts';
import type { Page } from './shop.ts';

/** The platform's pages. A page answers HEAD as it answers GET. */
export const routes: ReadonlyMap<string, { GET: Page; POST?: Page }> = new Map([
  ['/', { GET: indexPage }],
  ['/index.php', { GET: indexPage }],
  ['/pages/products.php', { GET: productsPage }],
  ['/pages/login.php', { GET: loginForm, POST: login }],
  ['/pages/dashboard.php', { GET: dashboardPage }],
  ['/pages/cart.php', { GET: cartPage, POST: changeCart }],
  ['/pages/checkout.php', { GET: checkoutPage, POST: checkOut }],
  ['/pages/my_orders.php', { GET: myOrdersPage }],
  ['/admin/login.php', { GET: adminLoginForm, POST: logInAdmin }],
  ['/admin/dashboard.php', { GET: adminDashboardPage }],
]);
