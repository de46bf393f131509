import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { calledFunction } from './literal.ts';
import { isNode } from './parse.ts';
import type { PhpNode } from './parse.ts';

/** Settings are short; what is larger is an application in one file, and parsing it would delay every command. */
const largestFileBytes = 512 * 1024;

/** The text of a settings file, or why it was not read. */
export function readSource(file: string): { content: string } | { reason: string } {
  try {
    const { size } = statSync(file);
    if (size > largestFileBytes) {
      return { reason: `larger than ${largestFileBytes / 1024} KB, so not read` };
    }
    return { content: readFileSync(file, 'utf8') };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { reason: 'no such file' };
    return { reason: code === 'EACCES' ? 'no permission to read it' : `cannot be read (${code})` };
  }
}

/**
 * The file that an include names: a literal path, also one built from `__DIR__`, `__FILE__` and `dirname()`.
 * A relative one is looked for beside the including file, then in the platform's folder; null when it is computed.
 */
export function includedFile(target: PhpNode, file: string, folder: string): string | null {
  const named = literalPath(target, file);
  if (named === null) return null;
  if (path.isAbsolute(named)) return path.normalize(named);
  const besideFile = path.resolve(path.dirname(file), named);
  const inFolder = path.resolve(folder, named);
  return !existsSync(besideFile) && existsSync(inFolder) ? inFolder : besideFile;
}

function literalPath(node: PhpNode, file: string): string | null {
  if (node.kind === 'string') return String(node['value']);
  if (node.kind === 'magic') return magicPath(node['value'], file);
  if (node.kind === 'name') return node['name'] === 'DIRECTORY_SEPARATOR' ? '/' : null;
  if (node.kind === 'bin' && node['type'] === '.') {
    const left = isNode(node['left']) ? literalPath(node['left'], file) : null;
    const right = isNode(node['right']) ? literalPath(node['right'], file) : null;
    return left === null || right === null ? null : left + right;
  }
  return calledFunction(node) === 'dirname' ? directoryName(node, file) : null;
}

function magicPath(name: unknown, file: string): string | null {
  if (name === '__DIR__') return path.dirname(file);
  return name === '__FILE__' ? file : null;
}

function directoryName(call: PhpNode, file: string): string | null {
  const [of, levels] = call['arguments'] as unknown[];
  const from = isNode(of) ? literalPath(of, file) : null;
  if (from === null) return null;
  const times = isNode(levels) && levels.kind === 'number' ? Number(levels['value']) : 1;
  let folder = from;
  for (let i = 0; i < Math.min(times, 50); i += 1) folder = path.dirname(folder);
  return folder;
}
