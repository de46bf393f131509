import { describe, expect, it } from 'vitest';

import { parseLines, parseStanzas, sourceOfSuite } from '../../../bin/bootstrap/apt-sources.mjs';

describe("the machine's package sources", () => {
  it('are read from deb822 stanzas, without what is switched off', () => {
    const text = [
      '# a comment',
      'Types: deb deb-src',
      'URIs: http://mirror.example/debian',
      'Suites: bookworm bookworm-updates',
      'Components: main',
      'Signed-By: /usr/share/keyrings/key.gpg',
      '',
      'Types: deb',
      'Enabled: no',
      'URIs: http://other.example/',
      'Suites: x',
      'Components: main',
    ].join('\n');
    expect(parseStanzas(text)).toEqual([
      {
        uris: ['http://mirror.example/debian'],
        suites: ['bookworm', 'bookworm-updates'],
        components: ['main'],
        signedBy: '/usr/share/keyrings/key.gpg',
      },
    ]);
  });

  it('are read from lines with and without options', () => {
    const text = [
      'deb http://mirror.example/debian bookworm main contrib # as installed',
      'deb [arch=amd64 signed-by=/etc/key.asc] http://other.example/ stable main',
      '# deb http://off.example/ bookworm main',
      'deb-src http://mirror.example/debian bookworm main',
    ].join('\n');
    expect(parseLines(text)).toMatchObject([
      { suites: ['bookworm'], components: ['main', 'contrib'], signedBy: null },
      { uris: ['http://other.example/'], signedBy: '/etc/key.asc' },
    ]);
  });

  it('give another suite of the same mirror with the same key', () => {
    const [source] = parseLines(
      'deb [signed-by=/k.gpg] http://mirror.example/debian bookworm main',
    );
    if (!source) throw new Error('the line was not read');
    const stanza = sourceOfSuite(source, 'trixie');
    expect(parseStanzas(stanza)).toEqual([{ ...source, suites: ['trixie'] }]);
  });
});
