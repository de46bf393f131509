import { beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { probeCapabilities } from '../../src/database/capabilities.ts';
import type { Capability } from '../../src/database/capabilities.ts';
import { connectDatabase } from '../../src/database/connect.ts';
import { freshDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';

let test: TestDatabase;

beforeAll(async () => {
  test = await freshDatabase();
});

describe('what an account may do', () => {
  it('is everything for an account with all rights, and the probe leaves nothing behind', async () => {
    const found = await probe(test.url);
    expect(found.map(({ verdict }) => verdict)).toEqual(found.map(() => 'works'));
    expect(await test.query('SHOW TABLES')).toEqual([]);
  });

  it('is told with the GRANT for an account on one database only', async () => {
    const found = await probe(await urlOfAccount('ALL'));
    const byName = new Map(found.map((capability) => [capability.name, capability]));
    expect(byName.get('create tables and indexes')?.verdict).toBe('works');
    expect(byName.get('find slow statements by digest')).toMatchObject({ verdict: 'partly' });
    expect(byName.get('find slow statements by digest')?.remedy).toMatch(
      /^GRANT SELECT ON performance_schema\.\* TO 'account_all'@'%'$/,
    );
    expect(byName.get('find transactions that block others')?.remedy).toContain('GRANT PROCESS');
  });

  it('says not here when tables cannot be created', async () => {
    const found = await probe(await urlOfAccount('SELECT'));
    expect(found[0]).toMatchObject({ name: 'create tables and indexes', verdict: 'not-here' });
    expect(found[0]?.remedy).toContain('GRANT CREATE, ALTER, INDEX, DROP');
  });
});

async function urlOfAccount(rights: string): Promise<string> {
  const user = `account_${rights.toLowerCase()}`;
  await test.query(`CREATE OR REPLACE USER ${user}@'%' IDENTIFIED BY 'geheim-12'`);
  await test.query(`GRANT ${rights} ON ${test.name}.* TO ${user}@'%'`);
  return Object.assign(new URL(test.url), { username: user, password: 'geheim-12' }).href;
}

async function probe(url: string): Promise<Capability[]> {
  const { values } = await loadConfig({
    workingDirectory: '/',
    environment: { SCALECTL_DB_URL: url },
    discover: false,
  });
  await using database = await connectDatabase(values.database);
  return await probeCapabilities(database);
}
