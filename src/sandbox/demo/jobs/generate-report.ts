import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { Job } from './tools.ts';
import { textOf } from './tools.ts';

/** The reports of the shop; a `?` is the first day of the month. */
const reports = new Map([
  [
    'sales',
    'SELECT DATE(order_date) AS day, COUNT(*) AS orders, SUM(total_amount) AS total FROM orders WHERE order_date >= ? AND order_date < ? + INTERVAL 1 MONTH GROUP BY day ORDER BY day',
  ],
  [
    'gst',
    'SELECT DATE(bill_date) AS day, SUM(subtotal) AS subtotal, SUM(gst_amount) AS gst FROM bills WHERE bill_date >= ? AND bill_date < ? + INTERVAL 1 MONTH GROUP BY day ORDER BY day',
  ],
  ['stock', 'SELECT id, name, quantity_in_stock FROM products WHERE is_active = 1 ORDER BY id'],
  [
    'retailers',
    'SELECT id, username, created_at FROM users WHERE created_at >= ? AND created_at < ? + INTERVAL 1 MONTH ORDER BY id',
  ],
]);

/** Writes a report of a month as CSV into the folder `reports`. */
export const generateReport: Job = async (data, tools) => {
  const type = textOf(data, 'report_type') ?? '';
  const statement = reports.get(type);
  if (statement === undefined) throw new Error(`there is no report "${type}"`);
  const month = /^(\d{4})(\d{2})$/.exec(textOf(data, 'month') ?? '');
  if (month === null) throw new Error('month is not as in 202611');
  const firstDay = `${month[1]}-${month[2]}-01`;
  const database = await tools.database();
  const values = statement.includes('?') ? [firstDay, firstDay] : [];
  const rows = await database.read(`/* scalectl:sandbox */ ${statement}`, values);
  const folder = await tools.openFolder('reports');
  const file = `${type}-${firstDay.slice(0, 7)}.csv`;
  await writeFile(path.join(folder, file), rows.map(toCsvLine).join(''));
  return `${file}: ${rows.length} lines`;
};

function toCsvLine(row: Record<string, unknown>): string {
  const cells = Object.values(row).map((value) =>
    value instanceof Date ? value.toISOString() : String(value),
  );
  return `${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')}\n`;
}
