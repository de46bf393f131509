import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Import {
  file: string;
  /** A path from the root for our own files, the package's name for others. */
  target: string;
}

const imports = ['bin', 'commands', 'src'].flatMap(sourceFiles).flatMap(importsOf);

describe('the one arrow: bin → commands → src → templates', () => {
  it.each([
    ['src', ['bin/', 'commands/', 'test/']],
    ['commands', ['bin/', 'test/']],
    ['bin', ['test/']],
  ])('%s imports nothing that stands before it', (from, forbidden) => {
    const wrong = imports.filter(
      ({ file, target }) =>
        file.startsWith(`${from}/`) && forbidden.some((prefix) => target.startsWith(prefix)),
    );
    expect(wrong).toEqual([]);
  });
});

describe('a package is known in one place', () => {
  it.each([
    ['mysql2/promise', ['src/database/']],
    ['ioredis', ['src/redis/']],
    ['autocannon', ['src/loadtest/']],
    ['chalk', ['src/output/']],
    ['ora', ['src/output/']],
    ['cli-table3', ['src/output/']],
    ['@inquirer/prompts', ['src/output/']],
    ['commander', ['commands/program.ts']],
  ])('%s is imported only below %s', (name, places) => {
    const users = imports.filter(({ target }) => target === name);
    expect(users.length).toBeGreaterThan(0);
    expect(users.filter(({ file }) => !places.some((place) => file.startsWith(place)))).toEqual([]);
  });
});

describe('the engine', () => {
  it('is silent: nothing in src writes to the terminal but src/output', () => {
    const loud = sourceFiles('src')
      .filter((file) => !file.startsWith('src/output/'))
      .filter((file) => /\bconsole\.|process\.std(out|err)\b/.test(read(file)));
    expect(loud).toEqual([]);
  });

  it('sets no exit code and ends no process of its own, but for the second stop signal', () => {
    const enders = sourceFiles('src').filter((file) =>
      /process\.(exit\(|exitCode)/.test(read(file)),
    );
    expect(enders.filter((file) => file !== 'src/runtime/signals.ts')).toEqual([]);
  });
});

describe('start-up stays cheap', () => {
  it('commands load engines and drivers only inside run', () => {
    const heavy = /^(mysql2|ioredis|autocannon|chalk|ora|cli-table3|@inquirer|yaml|php-parser)/;
    const eager = imports.filter(
      ({ file, target }) => file.startsWith('commands/') && heavy.test(target),
    );
    expect(eager).toEqual([]);
  });
});

function sourceFiles(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sourceFiles(name);
    return /\.(ts|mjs)$/.test(entry.name) ? [name] : [];
  });
}

function importsOf(file: string): Import[] {
  // Types cost nothing at run time, but the arrow holds for them too.
  const pattern = /(?:from|import)\s*\(?\s*'([^']+)'/g;
  return [...read(file).matchAll(pattern)].map(([, specifier = '']) => ({
    file,
    target: specifier.startsWith('.')
      ? path.posix.join(path.posix.dirname(file), specifier)
      : specifier,
  }));
}

function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}
