import { html } from './html.ts';
import type { Html } from './html.ts';
import { localTime, renderPage, rupees } from './layout.ts';
import type { Page } from './shop.ts';
import { readAdminOverview } from './shop-queries.ts';

export const adminDashboardPage: Page = async (request, shop) => {
  const adminId = request.session?.adminId ?? null;
  const overview = adminId === null ? null : await readAdminOverview(shop.database, adminId);
  if (overview === null) return { location: '/admin/login.php' };
  const body = html`<ul>
      <li>Pending applications: ${overview.pendingApplications}</li>
      <li>Pending payments: ${overview.pendingPayments}</li>
      <li>Orders: ${overview.orders}</li>
      <li>Billed: ${rupees(overview.billed)}</li>
    </ul>
    <h2>Latest applications</h2>
    ${table(
      ['Name', 'Email', 'Status', 'Applied'],
      overview.latestApplications.map((application) => [
        application.name,
        application.email,
        application.status,
        localTime(application.applied_date),
      ]),
    )}
    <h2>Latest pending payments</h2>
    ${table(
      ['Order', 'Retailer', 'Amount', 'Since'],
      overview.latestPendingPayments.map((payment) => [
        payment.order_number,
        payment.username,
        rupees(payment.amount),
        localTime(payment.created_at),
      ]),
    )}`;
  const visitor = { kind: 'admin', name: overview.username } as const;
  return { status: 200, page: renderPage('Admin dashboard', visitor, body) };
};

function table(heads: string[], rows: string[][]): Html {
  return html`<table>
    <thead>
      <tr>
        ${heads.map((head) => html`<th>${head}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (row) =>
          html`<tr>
            ${row.map((cell) => html`<td>${cell}</td>`)}
          </tr> `,
      )}
    </tbody>
  </table>`;
}
