import { calledFunction } from '../../../config/php/literal.ts';
import { isNode } from '../../../config/php/parse.ts';
import type { PhpNode } from '../../../config/php/parse.ts';

/** Stands for a part of a text that PHP puts in at run time; no text of a program holds this character. */
export const hole = '\uE000';

/**
 * The text of an expression, with a hole for each part that is only known at run time: variables and calls in it, and
 * what `sprintf` fills in. null for an expression that holds no text of its own.
 */
export function readTemplate(node: PhpNode): string | null {
  switch (node.kind) {
    case 'string':
    case 'nowdoc':
      return String(node['value']);
    case 'encapsed':
      return node['type'] === 'shell' ? null : readParts(node);
    case 'bin':
      return node['type'] === '.' ? readConcatenation(node) : null;
    case 'call':
      return calledFunction(node) === 'sprintf' ? readFormat(node) : null;
    default:
      return null;
  }
}

/** The expressions behind the holes: a text may stand in there, too. */
export function holesOf(node: PhpNode): PhpNode[] {
  switch (node.kind) {
    case 'encapsed':
      return partsOf(node).filter((part) => part.kind !== 'string');
    case 'bin':
      return sidesOf(node).flatMap((side) => (readTemplate(side) === null ? side : holesOf(side)));
    case 'call':
      return argumentsOf(node).slice(1);
    default:
      return [];
  }
}

/** The variable that a concatenation begins with: `$sql` of `$sql . ' LIMIT 5'`. */
export function leadingVariable(node: PhpNode): string | null {
  if (node.kind === 'variable' && typeof node['name'] === 'string') return node['name'];
  if (node.kind === 'encapsed') {
    const [first] = partsOf(node);
    return first ? leadingVariable(first) : null;
  }
  const left = node['left'];
  return node.kind === 'bin' && node['type'] === '.' && isNode(left) ? leadingVariable(left) : null;
}

export function argumentsOf(node: PhpNode): PhpNode[] {
  const given = node['arguments'];
  return Array.isArray(given) ? (given as unknown[]).filter(isNode) : [];
}

function readParts(node: PhpNode): string {
  return partsOf(node)
    .map((part) => (part.kind === 'string' ? String(part['value']) : hole))
    .join('');
}

function partsOf(node: PhpNode): PhpNode[] {
  const parts = Array.isArray(node['value']) ? (node['value'] as unknown[]) : [];
  return parts
    .map((part) => (isNode(part) && isNode(part['expression']) ? part['expression'] : part))
    .filter(isNode);
}

function readConcatenation(node: PhpNode): string | null {
  const texts = sidesOf(node).map((side) =>
    side.kind === 'number' ? String(side['value']) : readTemplate(side),
  );
  return texts.every((text) => text === null) ? null : texts.map((text) => text ?? hole).join('');
}

function sidesOf(node: PhpNode): PhpNode[] {
  return [node['left'], node['right']].filter(isNode);
}

/** `%d`, `%2$s`, `%05.2f` are holes; `%%` is a percent sign. */
function readFormat(node: PhpNode): string | null {
  const [format] = argumentsOf(node);
  const text = format ? readTemplate(format) : null;
  return (
    text?.replaceAll(/%(?:(%)|(?:\d+\$)?[-+0 ]*(?:'.)?\d*(?:\.\d+)?[a-zA-Z])/g, (_, percent) =>
      percent === undefined ? hole : '%',
    ) ?? null
  );
}
