import { isMigrated } from '../../database/migrate.ts';
import { databaseOf, failed, skipped, works } from '../part.ts';
import type { Part } from '../part.ts';

export const select: Part = {
  id: 'database-select',
  area: 'database',
  prove: async (context) => {
    const database = await context.reachDatabase();
    if (database.state === 'not-configured') {
      return skipped('no database is configured', { next: 'scalectl init' });
    }
    if (database.state === 'failed') return failed(database.error.message, database.error.hint);
    const { connection } = database;
    const [row] = await connection.read<{ answer: number }>(
      '/* scalectl:doctor */ SELECT 6 * 7 AS answer',
    );
    if (row?.answer !== 42) return failed(`SELECT 6 * 7 answered ${row?.answer}`, null);
    return works(`${connection.flavor.label} at ${connection.target.label} answers SELECT`);
  },
};

export const ownTables: Part = {
  id: 'own-tables',
  area: 'database',
  prove: async (context) => {
    const reached = await databaseOf(context);
    if ('proof' in reached) return reached.proof;
    const missing: string[] = [];
    for (const area of ['queue', 'optimizer']) {
      if (!(await isMigrated(reached.database, area))) missing.push(area);
    }
    if (missing.length === 0) return works('the tables of queue and optimizer are there');
    return skipped(`not created yet: ${missing.join(', ')}`, { next: 'scalectl init' });
  },
};
