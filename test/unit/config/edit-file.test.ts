import { describe, expect, it } from 'vitest';
import { editConfigText, maskConfigText } from '../../../src/config/edit-file.ts';

describe('editing a configuration file', () => {
  const edits = [{ path: ['database', 'pool', 'size'], value: 5 }];

  it('makes a JSON file that is not there yet', async () => {
    const text = await editConfigText(null, edits, 'json');
    expect(JSON.parse(text)).toEqual({ database: { pool: { size: 5 } } });
    expect(text.endsWith('}\n')).toBe(true);
  });

  it('leaves the form of what stands there', async () => {
    const before = '{\n  "queue": {"handlers": { }},\n  "database": {"name": "shop"}\n}\n';
    const after = await editConfigText(before, edits, 'json');
    expect(after).toContain('"queue": {"handlers": { }},');
    expect(JSON.parse(after)).toMatchObject({ database: { name: 'shop', pool: { size: 5 } } });
  });

  it('changes nothing when all is there already', async () => {
    const json = '{ "database": { "pool": { "size": 5 } } }';
    expect(await editConfigText(json, edits, 'json')).toBe(json);
    const yaml = 'database: { pool: { size: 5 } } # ours\n';
    expect(await editConfigText(yaml, edits, 'yaml')).toBe(yaml);
  });

  it('keeps the comments of a YAML file', async () => {
    const after = await editConfigText('# the shop\ndatabase:\n  name: shop\n', edits, 'yaml');
    expect(after).toBe('# the shop\ndatabase:\n  name: shop\n  pool:\n    size: 5\n');
  });
});

describe('the text of a configuration file as it may be shown', () => {
  it('has no password of its own, of a profile, in a URL or in a handler', async () => {
    const shown = await maskConfigText(
      JSON.stringify({
        database: { url: 'mysql://u:geheim-1@h/d', password: 'geheim-2' },
        profiles: { staging: { cache: { password: 'geheim-3' } } },
        queue: { handlers: { x: { command: ['sh'], secret: 'geheim-4' } } },
      }),
      'json',
    );
    expect(shown).not.toContain('geheim');
    expect(shown).toContain('mysql://u:******@h/d');
    expect(shown).toContain('"command":["sh"]');
  });

  it('says where a secret is kept', async () => {
    const text = '{"database":{"password":{"env":"SHOP_PASSWORD"}}}';
    expect(await maskConfigText(text, 'json')).toBe(text);
  });

  it('masks YAML too', async () => {
    const shown = await maskConfigText('database:\n  password: geheim-5 # old\n', 'yaml');
    expect(shown).toBe('database:\n  password: "******" # old\n');
  });
});
