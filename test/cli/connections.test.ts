import { expect, it } from 'vitest';
import { atEndOfFile } from '../support/cleanups.ts';
import { freshDatabase } from '../support/database.ts';
import { runScalectl } from '../support/scalectl.ts';

const password = 'geheim-4711';

it('wrong password, missing database and missing privilege are three different sentences', async () => {
  const database = await freshDatabase();
  const user = `limited_${database.name.slice(-8)}`;
  await database.query(`CREATE USER ${user}@'%' IDENTIFIED BY '${password}'`);
  await database.query(`GRANT SELECT ON ${database.name}.* TO ${user}@'%'`);
  atEndOfFile(async () => void (await database.query(`DROP USER ${user}@'%'`)));
  const url = new URL(database.url);
  url.username = user;
  const sentence = async (given: string, name: string, code: string): Promise<string> => {
    url.password = given;
    url.pathname = `/${name}`;
    const env = { SCALECTL_DB_URL: url.href };
    const { json, stdout } = await runScalectl(['optimize-db', 'plan', '--json'], { env });
    expect(json?.error, stdout).toMatchObject({ code });
    expect(stdout).not.toContain(given);
    expect(json?.error?.message).toContain(url.host);
    return json?.error?.message ?? '';
  };
  const sentences = [
    await sentence('wrong-4711', database.name, 'access-denied'),
    await sentence(password, 'mysql', 'privilege-missing'),
  ];
  const admin = new URL(database.url);
  admin.pathname = '/not_there';
  const env = { SCALECTL_DB_URL: admin.href };
  const missing = await runScalectl(['optimize-db', 'plan', '--json'], { env });
  expect(missing).toMatchObject({ exitCode: 78, json: { error: { code: 'database-missing' } } });
  expect(new Set([...sentences, missing.json?.error?.message]).size).toBe(3);
});
