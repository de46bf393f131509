import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { connectDatabase } from '../../src/database/connect.ts';
import { createMysqlStore } from '../../src/queue/stores/mysql/store.ts';
import { startMariadb } from '../../src/sandbox/servers/mariadb.ts';
import { freshDatabase } from '../support/database.ts';
import { toolOrSkip } from '../support/tool.ts';

const php = await toolOrSkip('php');
const script = fileURLToPath(new URL('queue-add.php', import.meta.url));

describe.skipIf(!php)('a PHP page', () => {
  it('adds a job in its own transaction: it is there after the commit, and not after a rollback', async () => {
    await using server = await startMariadb();
    const test = await freshDatabase(server.url);
    const config = await loadConfig({
      workingDirectory: '/',
      environment: { SCALECTL_DB_URL: test.url },
      discover: false,
    });
    await using database = await connectDatabase(config.values.database);
    const store = createMysqlStore(database);
    await store.prepare();
    const add = (end: 'commit' | 'rollback'): void => {
      const url = new URL(test.url);
      const login = [url.hostname, url.port, url.username, test.name];
      execFileSync(php?.command ?? 'php', [...(php?.args ?? []), script, ...login, end], {
        env: { ...process.env, ...php?.env, SHOP_PASSWORD: url.password },
      });
    };
    add('rollback');
    expect(await store.stats()).toMatchObject({ pending: 0, total: 0 });
    add('commit');
    expect(await store.stats()).toMatchObject({ pending: 1, total: 1 });
    const [job] = await store.list({ status: 'pending', type: null, limit: 10 });
    expect(job).toMatchObject({ type: 'process_payment', priority: 'normal', attempts: 0 });
    expect((await store.find(job?.id ?? 0))?.data).toBe('{"order_id":7}');
    await test.drop();
  });
});
