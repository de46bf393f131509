import process from 'node:process';

import { beforeAll, describe } from 'vitest';

import { loadConfig } from '../../src/config/load.ts';
import { connectDatabase } from '../../src/database/connect.ts';
import type { Database } from '../../src/database/types.ts';
import { findServer } from '../../src/sandbox/programs.mjs';
import { startMariadb } from '../../src/sandbox/servers/mariadb.ts';
import type { MariadbServer } from '../../src/sandbox/servers/mariadb.ts';
import { atEndOfFile } from '../support/cleanups.ts';

/** The database servers that core paths are tried on, beside the MariaDB of every other test. */
export const databaseServers = [
  { server: 'mysql-9.7', label: 'MySQL 9.7', skipLocked: true },
  // Stands for XAMPP's 10.4: no SKIP LOCKED, no IGNORED index.
  { server: 'mariadb-10.5', label: 'MariaDB 10.5', skipLocked: false },
  { server: 'mariadb-11.8', label: 'MariaDB 11.8', skipLocked: true },
] as const;

export type DatabaseServer = (typeof databaseServers)[number];

/**
 * A suite for each database server: it is started once for the suite, and `server()` is there inside tests
 * and hooks. Where a server is not unpacked its suite is skipped; in CI that is a failure.
 */
export function describeEachDatabaseServer(
  title: string,
  suite: (server: () => MariadbServer, facts: DatabaseServer) => void,
): void {
  for (const facts of databaseServers) {
    describe(`${title} on ${facts.label}`, async () => {
      const program = await findServer(facts.server);
      if (!program && process.env['CI']) {
        throw new Error(`${facts.label} is missing: node bin/bootstrap.mjs --matrix unpacks it`);
      }
      describe.skipIf(!program)(program ? 'as unpacked' : 'which is not unpacked here', () => {
        let started: MariadbServer | null = null;
        beforeAll(async () => {
          started = await startMariadb({ server: facts.server });
          atEndOfFile(() => (started ? started.stop() : Promise.resolve()));
        });
        suite(() => {
          if (!started) throw new Error('the server is started before the first test, not earlier');
          return started;
        }, facts);
      });
    });
  }
}

/** scalectl's own connection to a URL, with every other setting at its default. */
export async function connectTo(url: string): Promise<Database> {
  const { values } = await loadConfig({
    workingDirectory: '/',
    environment: { SCALECTL_DB_URL: url },
    discover: false,
  });
  return connectDatabase(values.database);
}
