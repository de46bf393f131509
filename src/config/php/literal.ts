import { isNode } from './parse.ts';
import type { PhpNode } from './parse.ts';

/** A value as PHP holds it, as far as it can stand in the source: an array is a map from its keys. */
export type Literal = string | number | boolean | null | ReadonlyMap<string | number, Literal>;

/** A value that stands in the source, or why none does. */
export type Reading = { value: Literal } | { reason: string };

/** What a constant holds at this point of the file. */
export type LookUp = (constant: string) => Reading;

/** Reads an expression that is a literal, or names a constant that is one. Nothing is computed. */
export function readLiteral(node: PhpNode, lookUp: LookUp): Reading {
  switch (node.kind) {
    case 'string':
      return readString(node);
    case 'nowdoc':
      return { value: String(node['value']) };
    case 'encapsed':
      return readHeredoc(node);
    case 'number':
      return readNumber(String(node['value']));
    case 'boolean':
      return { value: node['value'] === true };
    case 'nullkeyword':
      return { value: null };
    case 'unary':
      return readSigned(node, lookUp);
    case 'array':
      return readArray(node, lookUp);
    case 'name':
      return lookUp(nameOf(node));
    case 'offsetlookup':
      return readOffset(node, lookUp);
    default:
      return { reason: howComputed(node) };
  }
}

/** `DB_HOST` of `\DB_HOST`. */
export function nameOf(node: PhpNode): string {
  return String(node['name']).replace(/^\\/, '');
}

/** The function that a call names, in small letters; null for methods and computed names. */
export function calledFunction(node: PhpNode): string | null {
  const what = node['what'];
  return node.kind === 'call' && isNode(what) && what.kind === 'name'
    ? nameOf(what).toLowerCase()
    : null;
}

/** The nodes directly below a node, in the order of the source. */
export function childrenOf(node: PhpNode): PhpNode[] {
  return Object.entries(node).flatMap(([name, child]) => {
    if (name === 'loc') return [];
    return (Array.isArray(child) ? (child as unknown[]) : [child]).filter(isNode);
  });
}

function readString(node: PhpNode): Reading {
  const value = String(node['value']);
  // The parser turns "\xE2" into a letter of its own instead of one byte of three: a wrong password, silently.
  const hasByteEscape = /\\(x[89a-f][0-9a-f]|[2-3][0-7]{2})/i.test(String(node['raw']));
  if (node['isDoubleQuote'] === true && hasByteEscape) return { reason: 'text written in bytes' };
  if (value.includes('\uFFFD')) return { reason: 'text that is not UTF-8' };
  return { value };
}

/** A heredoc without variables and escapes; `"a$b"` has the same kind and is computed. */
function readHeredoc(node: PhpNode): Reading {
  const parts = (node['value'] as PhpNode[]).map((part) => part['expression']);
  const isPlain =
    node['type'] === 'heredoc' &&
    !String(node['raw']).includes('\\') &&
    parts.every((part) => isNode(part) && part.kind === 'string');
  if (!isPlain) return { reason: 'a text with variables in it' };
  return { value: parts.map((part) => String((part as PhpNode)['value'])).join('') };
}

function readNumber(source: string): Reading {
  const digits = source.replaceAll('_', '').toLowerCase();
  const octal = /^0o?([0-7]+)$/.exec(digits)?.[1];
  return { value: octal === undefined ? Number(digits) : Number.parseInt(octal, 8) };
}

function readSigned(node: PhpNode, lookUp: LookUp): Reading {
  const sign = node['type'];
  const what = node['what'];
  if (!isNode(what) || (sign !== '-' && sign !== '+')) return { reason: howComputed(node) };
  const reading = readLiteral(what, lookUp);
  if ('reason' in reading || typeof reading.value !== 'number') {
    return { reason: howComputed(node) };
  }
  return { value: sign === '-' ? -reading.value : reading.value };
}

function readArray(node: PhpNode, lookUp: LookUp): Reading {
  const entries = new Map<string | number, Literal>();
  let next = 0;
  for (const item of node['items'] as unknown[]) {
    if (!isNode(item) || item.kind !== 'entry') return { reason: 'a computed array' };
    const value = item['value'];
    if (!isNode(value) || item['unpack'] === true) return { reason: 'a computed array' };
    const reading = readLiteral(value, lookUp);
    if ('reason' in reading) return reading;
    const key = isNode(item['key']) ? readLiteral(item['key'], lookUp) : { value: next };
    if ('reason' in key) return key;
    const name = arrayKey(key.value);
    if (typeof name === 'number') next = Math.max(next, name + 1);
    entries.set(name, reading.value);
  }
  return { value: entries };
}

function readOffset(node: PhpNode, lookUp: LookUp): Reading {
  const { what, offset } = node as { what?: unknown; offset?: unknown };
  if (!isNode(what) || !isNode(offset)) return { reason: howComputed(node) };
  const array = readLiteral(what, lookUp);
  if ('reason' in array) return array;
  const key = readLiteral(offset, lookUp);
  if ('reason' in key) return key;
  const value = isArray(array.value) ? array.value.get(arrayKey(key.value)) : undefined;
  return value === undefined ? { reason: 'an array entry that is not there' } : { value };
}

export function isArray(value: Literal): value is ReadonlyMap<string | number, Literal> {
  return typeof value === 'object' && value !== null;
}

/** PHP turns `'5'` into 5 where it is a key. */
function arrayKey(key: Literal): string | number {
  const text = isArray(key) || key === null ? '' : String(key);
  return /^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : text;
}

/** In words, without a value of the source: that could be a secret. */
function howComputed(node: PhpNode): string {
  const call = firstCall(node);
  if (call !== null) return `computed with ${call}()`;
  switch (node.kind) {
    case 'bin':
      return node['type'] === '.' ? 'a concatenation' : 'a computed expression';
    case 'retif':
      return 'chosen under a condition';
    case 'variable':
      return `the variable $${String(node['name'])}`;
    case 'offsetlookup':
      return 'an entry of a variable';
    case 'magic':
      return String(node['raw']);
    default:
      return 'a computed expression';
  }
}

function firstCall(node: PhpNode): string | null {
  const name = calledFunction(node);
  if (name !== null) return name;
  for (const child of childrenOf(node)) {
    const below = firstCall(child);
    if (below !== null) return below;
  }
  return null;
}
