import { Html, html } from './html.ts';

/** Who looks at a page decides what stands in its head. */
export type Visitor =
  { kind: 'guest' } | { kind: 'retailer'; name: string } | { kind: 'admin'; name: string };

export const guest: Visitor = { kind: 'guest' };

/** A whole page, ready to send. */
export function renderPage(title: string, visitor: Visitor, body: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} - Sandbox Beverages</title>
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <header>
          <a href="/index.php">Sandbox Beverages</a>
          <nav>${navigation(visitor)}</nav>
        </header>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
        <footer>A made-up shop. No order here reaches anybody.</footer>
      </body>
    </html> `.text;
}

/** The hidden field that each form carries. */
export function csrfField(token: string): Html {
  return html`<input type="hidden" name="csrf_token" value="${token}" />`;
}

export function notice(text: string | null): Html {
  return text === null ? new Html('') : html`<p class="notice" role="alert">${text}</p>`;
}

/** `₹ 1,23,456.50`: an amount as the database writes it, grouped as in India. */
export function rupees(amount: string): string {
  return `₹ ${rupeeFormat.format(Number(amount))}`;
}

/** `20 Nov 2026, 09:05`, in the shop's own time. */
export function localTime(time: Date | null): string {
  return time === null ? '' : timeFormat.format(time);
}

const rupeeFormat = new Intl.NumberFormat('en-IN', { minimumFractionDigits: 2 });

const timeFormat = new Intl.DateTimeFormat('en-IN', {
  timeZone: 'Asia/Kolkata',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

function navigation(visitor: Visitor): Html {
  if (visitor.kind === 'admin') {
    return html`<a href="/admin/dashboard.php">Dashboard</a> <span>${visitor.name}</span>`;
  }
  if (visitor.kind === 'guest') {
    return html`<a href="/pages/products.php">Products</a> <a href="/pages/login.php">Log in</a>`;
  }
  return html`<a href="/pages/products.php">Products</a>
    <a href="/pages/cart.php">Cart</a>
    <a href="/pages/my_orders.php">My orders</a>
    <a href="/pages/dashboard.php">${visitor.name}</a>`;
}

export const stylesheet = `body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: #1d2733; background: #f6f8fa; }
header { display: flex; justify-content: space-between; padding: 0.75rem 1.5rem; background: #123c5a; }
header a, header span { color: #fff; text-decoration: none; margin-right: 1rem; }
main { max-width: 60rem; margin: 1.5rem auto; padding: 0 1.5rem; }
footer { padding: 1.5rem; text-align: center; color: #5b6875; }
table { border-collapse: collapse; width: 100%; background: #fff; }
th, td { padding: 0.4rem 0.6rem; border-bottom: 1px solid #dde3e9; text-align: left; }
td.number, th.number { text-align: right; }
label { display: block; margin: 0.6rem 0; }
input, select, button { font: inherit; padding: 0.3rem 0.5rem; }
.notice { padding: 0.6rem 1rem; background: #fff4d6; border-left: 4px solid #c98a00; }
`;
