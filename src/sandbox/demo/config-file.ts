import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';

import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/settings/index.ts';
import { shopPassword } from '../shop/passwords.ts';
import { shopAccounts } from '../shop/people.ts';
import { jobTypes } from './jobs/index.ts';

export interface DemoAddresses {
  databaseUrl: string;
  databasePassword: string | null;
  redisUrl: string | null;
  /** Null until the site is open. */
  siteUrl: string | null;
  /** The script that runs one job, read on standard input; null: jobs have no handlers. */
  jobScript: string | null;
}

/** Where the configuration of a demo stands in its folder. */
export function demoConfigFile(folder: string): string {
  return path.join(folder, 'scalectl.config.json');
}

/** Writes the configuration that every step of the round runs with, for this user alone: it holds passwords. */
export async function writeDemoConfig(folder: string, addresses: DemoAddresses): Promise<string> {
  const file = demoConfigFile(folder);
  const { databaseUrl, databasePassword, redisUrl, siteUrl, jobScript } = addresses;
  const settings = {
    database: {
      url: databaseUrl,
      ...(databasePassword === null ? {} : { password: databasePassword }),
    },
    ...(redisUrl === null ? {} : { cache: { driver: 'redis', url: redisUrl } }),
    ...(jobScript === null
      ? {}
      : {
          queue: {
            handlers: Object.fromEntries(
              jobTypes.map((type) => [type, { command: [process.execPath, jobScript, file] }]),
            ),
            // A failed job is tried again at once: the round shows in seconds what takes an hour elsewhere.
            retry: { firstDelay: '0s' },
          },
        }),
    ...(siteUrl === null
      ? {}
      : {
          loadtest: {
            target: siteUrl,
            login: { emails: [shopAccounts.retailer.email], password: shopPassword },
          },
          health: { urls: [`${siteUrl}/index.php`] },
        }),
  };
  await writeFile(file, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
  return file;
}

/** The settings of a demo's configuration file and of nothing else: no environment, no platform that lies near. */
export async function loadDemoConfig(file: string): Promise<Config> {
  const { values } = await loadConfig({
    workingDirectory: path.dirname(file),
    environment: {},
    file,
    discover: false,
  });
  return values;
}
