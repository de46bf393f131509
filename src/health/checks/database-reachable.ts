import type { Check } from '../check.ts';
import { skipped } from '../check.ts';

/** A connection to the database and its first answer. */
export const databaseReachable: Check = {
  id: 'database-reachable',
  area: 'database',
  isRequired: true,
  run: ({ database }) => {
    const source = 'connect and SELECT VERSION()';
    if (database.state === 'not-configured') {
      return {
        ...skipped('no database is configured', source),
        status: 'unknown',
        advice: 'scalectl init',
      };
    }
    if (database.state === 'failed') {
      return {
        ...skipped(database.error.message, source),
        status: 'critical',
        advice: database.error.hint,
      };
    }
    const { connection, connectMs } = database;
    return {
      ...skipped(`${connection.flavor.label} answers at ${connection.target.label}`, source),
      status: 'ok',
      observed: Math.round(connectMs),
      unit: 'ms',
    };
  },
};
