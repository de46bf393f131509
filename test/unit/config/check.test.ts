import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findDoubts } from '../../../src/config/check.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function doubtsOf(values: unknown, mode: number): Promise<string[]> {
  const folder = await temporaryFolder();
  const file = path.join(folder, 'scalectl.config.json');
  await writeFile(file, JSON.stringify(values), { mode });
  const environment = { SHOP_PASSWORD: 'geheim-4711' };
  return findDoubts(await loadConfig({ workingDirectory: folder, environment, discover: false }));
}

describe.skipIf(process.platform === 'win32')('a file that other accounts may read', () => {
  it('is a doubt when a secret stands in it', async () => {
    const [doubt] = await doubtsOf({ database: { password: 'geheim-4711' } }, 0o644);
    expect(doubt).toMatch(/is open to other accounts \(mode 644\) and gives database\.password/);
    expect(doubt).not.toContain('geheim');
  });

  it('is none when it only names where the secret is kept', async () => {
    const reference = { database: { password: { env: 'SHOP_PASSWORD' } } };
    expect(await doubtsOf(reference, 0o644)).toEqual([]);
  });

  it('is none when only its owner may read it', async () => {
    expect(await doubtsOf({ database: { password: 'geheim-4711' } }, 0o600)).toEqual([]);
  });
});
