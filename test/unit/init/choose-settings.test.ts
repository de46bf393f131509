import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import type { LoadOptions } from '../../../src/config/load.ts';
import { chooseSettings } from '../../../src/init/choose-settings.ts';
import type { ChosenSettings } from '../../../src/init/choose-settings.ts';
import { folderWith } from '../config/folders.ts';

async function choose(
  options: Partial<LoadOptions>,
  references?: ReadonlyMap<string, string>,
): Promise<ChosenSettings & { values: Record<string, unknown> }> {
  const loaded = await loadConfig({
    workingDirectory: folderWith({}),
    environment: {},
    ...options,
  });
  const chosen = chooseSettings(loaded, references);
  const values = Object.fromEntries(chosen.edits.map(({ path, value }) => [path.join('.'), value]));
  return { ...chosen, values };
}

describe('what init writes', () => {
  it('is a reference for a URL with a password from the environment', async () => {
    const chosen = await choose({ environment: { SCALECTL_DB_URL: 'mysql://u:geheim-1@h/d' } });
    expect(chosen.values).toEqual({ 'database.url': { env: 'SCALECTL_DB_URL' } });
    expect(chosen).toMatchObject({ secretsInClear: [], variables: ['SCALECTL_DB_URL'] });
  });

  it('is the URL itself when no password stands in it', async () => {
    const chosen = await choose({ environment: { SCALECTL_DB_URL: 'mysql://root@h/d' } });
    expect(chosen.values).toEqual({ 'database.url': 'mysql://root@h/d' });
  });

  it('keeps the password of a flag apart from the URL', async () => {
    const chosen = await choose({ flags: { 'database.url': 'mysql://u:ge%40heim@h/d' } });
    expect(chosen.values).toEqual({
      'database.url': 'mysql://u@h/d',
      'database.password': 'ge@heim',
    });
    expect(chosen.secretsInClear).toEqual(['database.password']);
  });

  it('refers to the variable that the operator wants to keep it in', async () => {
    const chosen = await choose(
      { flags: { 'database.url': 'mysql://u@h/d', 'database.password': 'geheim' } },
      new Map([['database.password', 'SHOP_PASSWORD']]),
    );
    expect(chosen.values['database.password']).toEqual({ env: 'SHOP_PASSWORD' });
    expect(chosen.secretsInClear).toEqual([]);
  });

  it('has durations with their unit, numbers as numbers, and nothing that is a default', async () => {
    const chosen = await choose({
      environment: { SCALECTL_DATABASE_READ_TIMEOUT: '1500ms', SCALECTL_QUEUE_CONCURRENCY: '8' },
    });
    expect(chosen.values).toEqual({ 'database.readTimeout': '1.5s', 'queue.concurrency': 8 });
  });

  it('names the folder of the platform and copies nothing of its settings', async () => {
    const folder = folderWith({
      'includes/config.php': "<?php define('DB_NAME', 'shop'); define('DB_PASS', 'geheim-2');",
    });
    const chosen = await choose({ flags: { 'platform.dir': folder } });
    expect(chosen.values).toEqual({ 'platform.dir': folder });
  });

  it('says that a declined platform is not to be read', async () => {
    const chosen = await choose({ flags: { 'platform.dir': null } });
    expect(chosen.values).toEqual({ 'platform.dir': null });
  });

  it('leaves what the file says alone', async () => {
    const workingDirectory = folderWith({
      'scalectl.config.json': '{"database":{"name":"shop","password":"geheim-3"}}',
    });
    expect((await choose({ workingDirectory })).edits).toEqual([]);
  });

  it('goes into the profile that is in use', async () => {
    const workingDirectory = folderWith({ 'scalectl.config.json': '{"profiles":{"staging":{}}}' });
    const chosen = await choose({
      workingDirectory,
      profile: 'staging',
      environment: { SCALECTL_DATABASE_NAME: 'staging' },
    });
    expect(chosen.values).toEqual({ 'profiles.staging.database.name': 'staging' });
  });
});
