import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { loadPhpParser } from '../../../config/php/parse.ts';
import { findIndexLists } from './index-lists.ts';
import type { ListedIndex } from './index-lists.ts';
import { makesIndex } from './old-index.ts';
import { listPhpFiles } from './php-files.ts';
import { findSql } from './php-sql.ts';
import type { FoundSql } from './php-sql.ts';
import { hole } from './template.ts';

/** What stands in one PHP file. */
export interface ScannedFile {
  /** From the folder on. */
  readonly file: string;
  readonly statements: readonly FoundSql[];
  /** Arrays that may name indexes; only where a statement of the file makes one for names from elsewhere. */
  readonly indexLists: readonly (readonly ListedIndex[])[];
}

export interface ScannedFolder {
  readonly files: readonly ScannedFile[];
  /** Files, and parts of files, that were not read, and why. */
  readonly skipped: readonly {
    readonly file: string;
    readonly line: number | null;
    readonly reason: string;
  }[];
}

/** Most files of a site hold none, and parsing is what takes the time. */
const wanted = {
  statements: /\b(?:select|insert|update|delete|replace|alter|create)\s/i,
  indexes: /\balter\s+table\s|\bcreate\s+(?:unique\s+|fulltext\s+|spatial\s+)?index\s/i,
};

/**
 * Reads the PHP files of a folder; nothing of them runs.
 * @param what `indexes` reads only the files with statements that may make an index
 * @throws ScalectlError `input-invalid` when there is no such folder
 */
export async function readPhpFolder(
  folder: string,
  what: keyof typeof wanted,
  signal: AbortSignal,
): Promise<ScannedFolder> {
  const { files, skipped } = await listPhpFiles(folder, signal);
  const parse = await loadPhpParser();
  const read: ScannedFile[] = [];
  const unread = skipped.map((entry) => ({ ...entry, line: null as number | null }));
  for (const file of files) {
    signal.throwIfAborted();
    let content: string;
    try {
      content = await readFile(path.join(folder, file), 'utf8');
    } catch (error) {
      unread.push({ file, line: null, reason: error instanceof Error ? error.message : '' });
      continue;
    }
    if (!wanted[what].test(content)) continue;
    const { statements, problem } = parse(content);
    if (problem) unread.push({ file, ...problem });
    const found = findSql(statements);
    const isLoop = found.some(({ template }) => makesIndex(template) && template.includes(hole));
    read.push({
      file,
      statements: found,
      indexLists: isLoop ? findIndexLists(statements) : [],
    });
  }
  return { files: read, skipped: unread };
}
