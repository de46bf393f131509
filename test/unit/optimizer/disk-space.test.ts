import os from 'node:os';
import { describe, expect, it } from 'vitest';
import { freeByFileSystem, tellUnknownSpace } from '../../../src/optimizer/disk-space.ts';

describe('free disk space', () => {
  it('is read from the file system of this host, and else it is told why not', async () => {
    const here = { folder: os.tmpdir(), host: os.hostname() };
    expect((await freeByFileSystem(here)).bytes).toBeGreaterThan(0);
    expect(await freeByFileSystem({ ...here, host: 'db.example' })).toEqual({
      bytes: null,
      why: 'the data is on the host db.example',
    });
    const missing = await freeByFileSystem({ ...here, folder: '/no/such/folder' });
    expect(missing.why).toBe('the data folder /no/such/folder cannot be looked at (ENOENT)');
  });

  it('that is not known is told with what the largest index takes, where one is proposed', () => {
    const unknown = { bytes: null, why: 'the data is on the host db.example' };
    expect(tellUnknownSpace([2 ** 20, 2 ** 21], unknown)).toBe(
      'free disk space: the data is on the host db.example; building the largest index proposed here takes about 4.00 MB',
    );
    expect(tellUnknownSpace([], unknown)).toBeNull();
    expect(tellUnknownSpace([1], { bytes: 5, why: null })).toBeNull();
  });
});
