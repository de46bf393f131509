/** Reads where this machine gets its packages from, so that another suite can be had from the same mirror. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * @typedef {object} AptSource
 * @property {string[]} uris
 * @property {string[]} suites
 * @property {string[]} components
 * @property {string | null} signedBy a path, or a whole key as deb822 writes it
 */

/**
 * The source of the distribution's own archive, or null when none is recognised.
 * @param {string} codename such as `bookworm`
 * @param {string} [folder] apt's configuration folder
 * @returns {AptSource | null}
 */
export function findArchiveSource(codename, folder = '/etc/apt') {
  const suites = new Set([codename, 'stable', 'oldstable', 'testing', 'unstable', 'sid']);
  const source = readSources(folder).find(
    (entry) => entry.components.includes('main') && entry.suites.some((suite) => suites.has(suite)),
  );
  return source ?? null;
}

/**
 * A deb822 file that names the same mirror and key with another suite.
 * @param {AptSource} source
 * @param {string} suite
 */
export function sourceOfSuite(source, suite) {
  return [
    'Types: deb',
    `URIs: ${source.uris.join(' ')}`,
    `Suites: ${suite}`,
    'Components: main',
    ...(source.signedBy === null ? [] : [`Signed-By: ${source.signedBy}`]),
    '',
  ].join('\n');
}

/** @param {string} folder */
function readSources(folder) {
  const files = [
    path.join(folder, 'sources.list'),
    ...listFiles(path.join(folder, 'sources.list.d')),
  ];
  return files.flatMap((file) => {
    const text = readOrEmpty(file);
    if (file.endsWith('.sources')) return parseStanzas(text);
    return file.endsWith('.list') ? parseLines(text) : [];
  });
}

/**
 * The deb822 form: stanzas of `Name: value`, lines that start with a blank continue the one before.
 * @param {string} text
 * @returns {AptSource[]}
 */
export function parseStanzas(text) {
  const withoutComments = text.replace(/^#.*\n?/gm, '');
  return withoutComments.split(/\n[ \t]*\n/).flatMap((stanza) => {
    /** @type {Record<string, string>} */
    const fields = {};
    for (const field of stanza.split(/\n(?![ \t])/)) {
      const match = /^([A-Za-z-]+):([^]*)$/.exec(field.trim());
      if (match?.[1]) fields[match[1].toLowerCase()] = (match[2] ?? '').trim();
    }
    if (!words(fields.types).includes('deb') || /^(no|false|0)$/i.test(fields.enabled ?? '')) {
      return [];
    }
    return [
      {
        uris: words(fields.uris),
        suites: words(fields.suites),
        components: words(fields.components),
        signedBy: fields['signed-by'] ?? null,
      },
    ];
  });
}

/**
 * The one-line form: `deb [signed-by=… arch=…] URI suite component…`.
 * @param {string} text
 * @returns {AptSource[]}
 */
export function parseLines(text) {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line);
    if (!match?.[2] || !match[3]) return [];
    const signedBy = /(?:^|\s)signed-by=(\S+)/.exec(match[1] ?? '')?.[1] ?? null;
    return [{ uris: [match[2]], suites: [match[3]], components: words(match[4]), signedBy }];
  });
}

/** @param {string | undefined} text */
function words(text) {
  return (text ?? '').split(/\s+/).filter(Boolean);
}

/** @param {string} folder */
function listFiles(folder) {
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => path.join(folder, name));
  } catch {
    // A machine without the folder has its sources in sources.list.
    return [];
  }
}

/** @param {string} file */
function readOrEmpty(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Not there, or kept from this user: as if it named nothing.
    return '';
  }
}
