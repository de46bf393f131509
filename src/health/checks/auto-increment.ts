import { ownTablePattern } from '../../database/identifiers.ts';
import { formatRate, safeText } from '../../output/text.ts';
import type { Check } from '../check.ts';
import { connected, skipped } from '../check.ts';
import { judge } from '../judge.ts';

/** Greatest value of each integer type; unsigned ones reach twice as far. */
const greatest: Record<string, number> = {
  tinyint: 127,
  smallint: 32_767,
  mediumint: 8_388_607,
  int: 2_147_483_647,
  bigint: Number.MAX_SAFE_INTEGER,
};

/** The table whose AUTO_INCREMENT is nearest its end: after it no row can be inserted. */
export const autoIncrement: Check = {
  id: 'auto-increment',
  area: 'database',
  isRequired: false,
  run: async ({ config, database, signal }) => {
    const reach = connected(database, 'the database');
    if ('finding' in reach) return reach.finding;
    const source = 'information_schema.TABLES';
    const rows = await reach.connection.read<{
      tableName: string;
      next: number;
      type: string;
      columnType: string;
    }>(
      `/* scalectl:health */ SELECT t.TABLE_NAME AS tableName, t.AUTO_INCREMENT AS next,
         c.DATA_TYPE AS type, c.COLUMN_TYPE AS columnType
       FROM information_schema.TABLES t
       JOIN information_schema.COLUMNS c ON c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME
         AND c.EXTRA LIKE '%auto_increment%'
       WHERE t.TABLE_SCHEMA = ? AND t.AUTO_INCREMENT IS NOT NULL AND t.TABLE_NAME NOT LIKE ?`,
      [reach.connection.target.database, ownTablePattern],
      { signal },
    );
    const used = rows
      .map((row) => ({
        name: row.tableName,
        share: Number(row.next) / rangeOf(row.type, row.columnType),
      }))
      .sort((a, b) => b.share - a.share);
    const [fullest] = used;
    if (!fullest) return skipped('no table counts with AUTO_INCREMENT', source);
    return judge({
      observed: fullest.share,
      limits: config.health.thresholds.autoIncrement,
      better: 'lower',
      unit: 'share',
      message: `${safeText(fullest.name)} has used ${formatRate(fullest.share)} of its AUTO_INCREMENT range, the most of ${used.length} tables`,
      source,
      sampleSize: used.length,
      advice: `Change the column of ${safeText(fullest.name)} to BIGINT before the range ends.`,
    });
  },
};

function rangeOf(type: string, columnType: string): number {
  const signed = greatest[type] ?? Number.MAX_SAFE_INTEGER;
  return columnType.includes('unsigned') && type !== 'bigint' ? signed * 2 + 1 : signed;
}
