import type { Node } from 'jsonc-parser';
import { isSecretField } from './secret-values.ts';
import { maskUrl } from './redact.ts';
import { listSettings } from './settings/index.ts';

/** One value of a configuration file: `{ path: ['database', 'url'], value: 'mysql://…' }`. */
export interface FileEdit {
  path: readonly string[];
  value: unknown;
}

/**
 * The text of a configuration file with values put in. What stands there already stays as it is, its form included; a
 * value that is the same changes nothing.
 * @param content null: there is no file yet
 */
export async function editConfigText(
  content: string | null,
  edits: readonly FileEdit[],
  format: 'json' | 'yaml',
): Promise<string> {
  return format === 'yaml' ? editYaml(content, edits) : editJson(content, edits);
}

export function formatOfFile(file: string): 'json' | 'yaml' {
  return /\.ya?ml$/i.test(file) ? 'yaml' : 'json';
}

/** The text as it may be shown: passwords and the like masked, of URLs only the password. */
export async function maskConfigText(content: string, format: 'json' | 'yaml'): Promise<string> {
  const texts = format === 'yaml' ? await textsInYaml(content) : await textsInJson(content);
  let shown = content;
  // From the end, so that the offsets before it stay right.
  for (const { path, value, offset, length } of texts.sort((a, b) => b.offset - a.offset)) {
    const masked = isSecretPath(path) ? '******' : maskUrl(value);
    if (masked === value) continue;
    shown = shown.slice(0, offset) + JSON.stringify(masked) + shown.slice(offset + length);
  }
  return shown;
}

interface TextAt {
  path: readonly string[];
  value: string;
  offset: number;
  length: number;
}

async function editJson(content: string | null, edits: readonly FileEdit[]): Promise<string> {
  const { applyEdits, findNodeAtLocation, getNodeValue, modify, parseTree } =
    await import('jsonc-parser');
  let text = content ?? '{}\n';
  const formattingOptions = { tabSize: 2, insertSpaces: true, eol: eolOf(text) };
  for (const { path, value } of edits) {
    const tree = parseTree(text);
    const node = tree && findNodeAtLocation(tree, [...path]);
    if (node && isSame(getNodeValue(node), value)) continue;
    text = applyEdits(text, modify(text, [...path], value, { formattingOptions }));
  }
  return text;
}

async function editYaml(content: string | null, edits: readonly FileEdit[]): Promise<string> {
  const { parseDocument } = await import('yaml');
  const document = parseDocument(content ?? '');
  let isChanged = false;
  for (const { path, value } of edits) {
    if (document.hasIn(path) && isSame(toPlain(document.getIn(path)), value)) continue;
    document.setIn(path, document.createNode(value));
    isChanged = true;
  }
  return isChanged ? document.toString({ lineWidth: 0 }) : (content ?? '');
}

function toPlain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function eolOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

async function textsInJson(content: string): Promise<TextAt[]> {
  const { getNodePath, parseTree } = await import('jsonc-parser');
  const texts: TextAt[] = [];
  const visit = (node: Node): void => {
    const isName = node.parent?.type === 'property' && node.parent.children?.[0] === node;
    if (node.type === 'string' && !isName) {
      const { offset, length } = node;
      texts.push({
        path: getNodePath(node).map(String),
        value: String(node.value),
        offset,
        length,
      });
    }
    for (const child of node.children ?? []) visit(child);
  };
  const tree = parseTree(content);
  if (tree) visit(tree);
  return texts;
}

async function textsInYaml(content: string): Promise<TextAt[]> {
  const { isPair, isScalar, parseDocument, visit } = await import('yaml');
  const texts: TextAt[] = [];
  visit(parseDocument(content), {
    Scalar: (key, node, above) => {
      if (key === 'key' || !node.range || typeof node.value !== 'string') return;
      const path = above.flatMap((step) =>
        isPair(step) && isScalar(step.key) ? [String(step.key.value)] : [],
      );
      const [offset, end] = node.range;
      texts.push({ path, value: node.value, offset, length: end - offset });
    },
  });
  return texts;
}

/** `{"env"}` and `{"file"}` only say where a secret is: they may be seen. */
function isSecretPath(path: readonly string[]): boolean {
  const at = (path[0] === 'profiles' ? path.slice(2) : path).join('.');
  const setting = listSettings().find((entry) => entry.path === at)?.setting;
  if (setting) return setting.secret && !/(^|\.)url$/i.test(at);
  const name = path.at(-1) ?? '';
  return isSecretField(name) && name !== 'env' && name !== 'file';
}
