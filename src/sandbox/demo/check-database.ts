import { connectDatabase } from '../../database/connect.ts';
import { createSandbox } from '../servers/sandbox.ts';
import { loadDemoConfig, writeDemoConfig } from './config-file.ts';
import { refuseTables } from './named-database.ts';
import type { NamedDatabase } from './named-database.ts';

/**
 * Whether a demo would take the database, without changing anything in it.
 * @returns its label, without the password
 * @throws ScalectlError `refused` when it holds tables, and what connecting throws
 */
export async function checkNamedDatabase(
  named: NamedDatabase,
  signal: AbortSignal,
): Promise<string> {
  await using sandbox = await createSandbox();
  const configFile = await writeDemoConfig(sandbox.folder, {
    databaseUrl: named.url,
    databasePassword: named.password,
    redisUrl: null,
    siteUrl: null,
    jobScript: null,
  });
  const settings = await loadDemoConfig(configFile);
  await using database = await connectDatabase(settings.database, { signal });
  await refuseTables(database);
  return database.target.label;
}
