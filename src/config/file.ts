import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Node } from 'jsonc-parser';
import type { Document } from 'yaml';
import { ScalectlError } from '../errors.ts';

/** A configuration file as it stands, with the place of each value for messages. */
export interface ConfigFile {
  file: string;
  values: Record<string, unknown>;
  /** `line 4, column 12` of the value at a path, where it is there. */
  placeOf: (path: readonly string[]) => string | null;
}

const names = ['scalectl.config.json', 'scalectl.config.yaml', 'scalectl.config.yml'];

/** The file upward from the working directory, then in the user's configuration folder; null when there is none. */
export function findConfigFile(
  workingDirectory: string,
  environment: NodeJS.ProcessEnv,
): string | null {
  for (let folder = path.resolve(workingDirectory); ; folder = path.dirname(folder)) {
    const found = firstExisting(folder);
    if (found) return found;
    if (folder === path.dirname(folder)) break;
  }
  return firstExisting(userConfigFolder(environment));
}

/** `~/.config/scalectl`, or where the system keeps such things. */
export function userConfigFolder(environment: NodeJS.ProcessEnv): string {
  if (process.platform === 'win32') {
    return path.join(
      environment['APPDATA'] ?? path.join(os.homedir(), 'AppData', 'Roaming'),
      'scalectl',
    );
  }
  return path.join(
    environment['XDG_CONFIG_HOME'] || path.join(os.homedir(), '.config'),
    'scalectl',
  );
}

function firstExisting(folder: string): string | null {
  const file = names.map((name) => path.join(folder, name)).find((name) => existsSync(name));
  if (file !== undefined) refusePlanted(file, folder);
  return file ?? null;
}

/** A configuration names commands to run: one that another user left in /tmp must not be found by itself. */
function refusePlanted(file: string, folder: string): void {
  const ownId = process.getuid?.();
  if (ownId === undefined) return;
  const isOpenToAll = (statSync(folder).mode & 0o002) !== 0;
  const { uid } = statSync(file);
  if (!isOpenToAll || uid === ownId || uid === 0) return;
  throw new ScalectlError(
    'config-unreadable',
    `${file} belongs to another user and lies in a folder that everybody may write to`,
    { hint: `If it is to be trusted: --config ${file}` },
  );
}

/** @throws ScalectlError `config-unreadable` with line and column when the file is torn or not an object */
export async function readConfigFile(file: string): Promise<ConfigFile> {
  let content: string;
  try {
    content = (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    throw new ScalectlError('config-unreadable', `cannot read ${file}: ${reasonOf(error)}`, {
      hint: 'Name an existing file with --config, or run: scalectl init',
      cause: error,
    });
  }
  return /\.ya?ml$/i.test(file) ? parseYaml(file, content) : parseJson(file, content);
}

async function parseJson(file: string, content: string): Promise<ConfigFile> {
  const { findNodeAtLocation, getNodeValue, parseTree, printParseErrorCode } =
    await import('jsonc-parser');
  const errors: { error: number; offset: number; length: number }[] = [];
  const tree = parseTree(content, errors, { disallowComments: true });
  const first = errors[0];
  if (first || !tree) {
    const reason = first ? words(printParseErrorCode(first.error)) : 'the file is empty';
    throw unreadable(file, placeAt(content, first?.offset ?? 0), reason);
  }
  const repeated = findRepeatedName(tree);
  if (repeated) {
    const reason = `"${String(repeated.value)}" stands twice; only one would count`;
    throw unreadable(file, placeAt(content, repeated.offset), reason);
  }
  return {
    file,
    values: asObject(file, getNodeValue(tree)),
    placeOf: (at) => {
      const node = findNodeAtLocation(tree, [...at]);
      return node ? placeAt(content, node.offset) : null;
    },
  };
}

/** The second of two equal names in one object. */
function findRepeatedName(node: Node): Node | null {
  const seen = new Set<unknown>();
  for (const child of node.children ?? []) {
    const [name] = child.children ?? [];
    if (node.type === 'object' && name) {
      if (seen.has(name.value)) return name;
      seen.add(name.value);
    }
    const below = findRepeatedName(child);
    if (below) return below;
  }
  return null;
}

async function parseYaml(file: string, content: string): Promise<ConfigFile> {
  const { LineCounter, isNode, parseDocument, visit } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `line ${line}, column ${col}`;
  };
  const first = document.errors[0];
  // Behind a colon some messages quote the source, which may be a password.
  if (first) throw unreadable(file, place(first.pos[0]), first.message.replace(/: ".*$/s, ''));
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document)) return;
      const reason = 'an alias without its anchor; put a text that begins with * in quotes';
      throw unreadable(file, place(alias.range?.[0] ?? 0), reason);
    },
  });
  return {
    file,
    values: asObject(file, plainValue(file, document)),
    placeOf: (at) => {
      const node: unknown = document.getIn(at, true);
      return isNode(node) && node.range ? place(node.range[0]) : null;
    },
  };
}

/** @throws ScalectlError when anchors refer to themselves or unfold to millions of values */
function plainValue(file: string, document: Document): unknown {
  try {
    const value: unknown = document.toJS();
    JSON.stringify(value);
    return value ?? {};
  } catch {
    throw unreadable(file, 'line 1, column 1', 'its anchors refer to themselves or to too much');
  }
}

function asObject(file: string, value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw unreadable(file, 'line 1, column 1', 'the file must hold one object of sections');
}

function unreadable(file: string, place: string, reason: string): ScalectlError {
  return new ScalectlError('config-unreadable', `${file}, ${place}: ${reason}`, {
    hint: 'Mend the file; scalectl config check reads it again.',
  });
}

function placeAt(content: string, offset: number): string {
  const before = content.slice(0, offset).split('\n');
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

/** `CommaExpected` → `comma expected` */
function words(code: string): string {
  return code.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EISDIR') return 'it is a folder';
  if (code === 'EACCES') return 'this account may not read it';
  return code === 'ENOENT' ? 'no such file' : message;
}
