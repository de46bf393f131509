/** Lines of a plain table: the first column to the left, the others to the right, rates as whole numbers. */
export function rateTable(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string[] {
  const cells = [
    head,
    ...rows.map((row) =>
      row.map((cell) => (typeof cell === 'number' ? Math.round(cell).toLocaleString('en') : cell)),
    ),
  ];
  const widths = head.map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)));
  return cells.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  '),
  );
}
