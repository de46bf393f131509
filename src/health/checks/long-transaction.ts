import { openForSeconds } from '../../database/transaction-age.ts';
import { formatMs } from '../../output/text.ts';
import type { Check } from '../check.ts';
import { connected } from '../check.ts';
import { judge } from '../judge.ts';

/** The oldest open transaction: it keeps old row versions alive and blocks every ALTER TABLE. */
export const longTransaction: Check = {
  id: 'long-transaction',
  area: 'database',
  isRequired: false,
  run: async ({ config, database, signal }) => {
    const reach = connected(database, 'the database');
    if ('finding' in reach) return reach.finding;
    const source = 'information_schema.INNODB_TRX';
    const [row] = await reach.connection.read<{
      ageSeconds: number | null;
      threadId: number | null;
    }>(
      `/* scalectl:health */ SELECT ${openForSeconds} AS ageSeconds,
         trx.trx_mysql_thread_id AS threadId
       FROM information_schema.INNODB_TRX trx WHERE trx.trx_mysql_thread_id <> CONNECTION_ID()
       ORDER BY trx.trx_started LIMIT 1`,
      [],
      { signal },
    );
    const ageMs = (row?.ageSeconds ?? 0) * 1000;
    return judge({
      observed: ageMs,
      limits: config.health.thresholds.longTransaction,
      better: 'lower',
      unit: 'ms',
      message: row
        ? `oldest open transaction ${formatMs(ageMs)} (connection ${row.threadId})`
        : 'no open transaction',
      source,
      advice:
        `Find what holds it: SHOW PROCESSLIST; end it with KILL ${row?.threadId ?? ''}`.trim(),
    });
  },
};
