import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { commandOf } from '../../../src/schedule/invocation.ts';
import { describeSite } from '../../../src/schedule/site-round.ts';
import type { SiteRound } from '../../../src/schedule/site-round.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function site(
  file: object | null,
  environment: Record<string, string> = {},
  profile?: string,
): Promise<SiteRound & { folder: string }> {
  const folder = await temporaryFolder();
  const script = path.join(folder, 'lib', 'scalectl.js');
  await mkdir(path.dirname(script));
  await writeFile(script, '');
  await symlink(script, path.join(folder, 'scalectl'));
  if (file) await writeFile(path.join(folder, 'scalectl.config.json'), JSON.stringify(file));
  const config = await loadConfig({
    workingDirectory: folder,
    environment,
    discover: false,
    ...(profile === undefined ? {} : { profile }),
  });
  const program = { node: '/usr/bin/node', script: path.join(folder, 'scalectl') };
  const found = await describeSite(config, program, { HOME: folder, ...environment });
  return { ...found, folder };
}

/** Root is warned on top. */
function warningsOf({ warnings }: SiteRound): string[] {
  return warnings.filter((warning) => !warning.includes('those of root'));
}

describe('the daily round of a site', () => {
  it('is called with the script itself, not its link, and the absolute configuration file', async () => {
    const { round, folder } = await site(
      { schedule: { stateDir: 'state' }, profiles: { staging: {} } },
      {},
      'staging',
    );
    expect(commandOf('health', round.invocation)).toEqual([
      '/usr/bin/node',
      path.join(folder, 'lib', 'scalectl.js'),
      'schedule',
      'run',
      'health',
      '--config',
      path.join(folder, 'scalectl.config.json'),
      '--profile',
      'staging',
      '--state-dir',
      path.join(folder, 'state'),
    ]);
  });

  it('never has a secret in its command line, wherever the secret stands', async () => {
    const url = 'mysql://shop:verysecret@127.0.0.1/shop';
    const { round, warnings } = await site(
      { database: { url } },
      { SCALECTL_REDIS_URL: 'redis://:alsosecret@h/0' },
    );
    const everything = JSON.stringify([commandOf('health', round.invocation), warnings]);
    expect(everything).not.toMatch(/verysecret|alsosecret/);
  });

  it('warns of settings that only the environment has', async () => {
    const found = await site(
      {},
      { SCALECTL_DB_URL: 'mysql://a@b/c', SCALECTL_SCHEDULE_TARGET: 'crontab' },
    );
    expect(warningsOf(found)).toEqual([
      'scheduled runs will not have what is set outside the configuration file: database.url (SCALECTL_DB_URL)',
    ]);
  });

  it('warns of variables that the file takes a secret from', async () => {
    const found = await site({ database: { password: { env: 'SHOP_PW' } } }, { SHOP_PW: 'geheim' });
    expect(warningsOf(found)).toEqual([expect.stringContaining('SHOP_PW; use {"file":"PATH"}')]);
  });

  it('warns when there is no configuration at all', async () => {
    expect(warningsOf(await site(null))).toEqual([
      expect.stringContaining('there is no configuration file'),
    ]);
  });

  it('has its state below the home folder, one folder for each name', async () => {
    const unnamed = await site({});
    expect(unnamed.state.dir.endsWith(path.join('scalectl', 'site'))).toBe(true);
    const named = await site({ schedule: { name: 'shop2' } });
    expect(named.state.dir.endsWith(path.join('scalectl', 'shop2'))).toBe(true);
  });

  it('with an impossible cron expression is a wrong setting, by name, value and place', async () => {
    await expect(site({ schedule: { health: { cron: '61 * * * *' } } })).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringMatching(
        /schedule\.health\.cron.*61 \* \* \* \*.*five fields.*scalectl\.config\.json/s,
      ) as unknown,
    });
  });
});
