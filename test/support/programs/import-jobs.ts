// Imports a folder of job files, as `queue import` does, and says how far it is.
import process from 'node:process';
import { loadConfig } from '../../../src/config/load.ts';
import { connectDatabase } from '../../../src/database/connect.ts';
import { importFolder } from '../../../src/queue/intake/import-folder.ts';
import { createMysqlStore } from '../../../src/queue/stores/mysql/store.ts';

const { url, folder, isRenaming } = JSON.parse(process.argv[2] ?? '') as {
  url: string;
  folder: string;
  isRenaming: boolean;
};
const { values } = await loadConfig({
  workingDirectory: '/',
  environment: { SCALECTL_DB_URL: url },
  discover: false,
});
await using database = await connectDatabase(values.database);
const result = await importFolder({
  store: createMysqlStore(database),
  folder,
  dataBytes: 1024 ** 2,
  isRenaming,
  isDryRun: false,
  onProgress: (files) => process.stdout.write(`${files}\n`),
});
process.stdout.write(`${JSON.stringify(result)}\n`);
