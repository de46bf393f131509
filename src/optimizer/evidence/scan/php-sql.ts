import { calledFunction, childrenOf } from '../../../config/php/literal.ts';
import { isNode, lineOf } from '../../../config/php/parse.ts';
import type { PhpNode } from '../../../config/php/parse.ts';
import { argumentsOf, hole, holesOf, leadingVariable, readTemplate } from './template.ts';

/** A text that reads as SQL, where it stands in a PHP file. */
export interface FoundSql {
  /** With holes for what is only known at run time. */
  readonly template: string;
  readonly line: number | null;
  /** Why its text is not known as a whole; null when it is. */
  readonly dynamic: string | null;
}

/** Functions and methods that are given a statement. */
const queryCalls = new Set(
  'query prepare exec real_query multi_query execute_query unbuffered_query unbufferedquery get_results get_row get_var get_col mysqli_query mysqli_prepare mysqli_real_query mysqli_multi_query mysqli_execute_query mysql_query pg_query'.split(
    ' ',
  ),
);

/** Finds the statements in the texts of a file. */
export function findSql(statements: readonly PhpNode[]): FoundSql[] {
  const found: FoundSql[] = [];
  readScope(statements, found);
  return found.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

/** A text that was given to a variable, and may be added to. */
interface Build {
  template: string;
  readonly line: number | null;
  readonly block: object;
  dynamic: string | null;
}

/** A function, or the top of the file: its variables are its own. */
interface Scope {
  readonly builds: Map<string, Build[]>;
  /** Variables that are passed to a call that takes a statement. */
  readonly asked: Set<string>;
  readonly found: FoundSql[];
}

function readScope(statements: readonly PhpNode[], found: FoundSql[]): void {
  const scope: Scope = { builds: new Map(), asked: new Set(), found };
  for (const statement of statements) visit(statement, statements, scope);
  for (const [name, builds] of scope.builds) {
    const isAsked = scope.asked.has(name) || /sql|query/i.test(name);
    for (const { template, line, dynamic } of builds) {
      if (isSql(template, isAsked)) found.push({ template, line, dynamic });
    }
  }
}

const scopeKinds = new Set(['function', 'method', 'closure', 'arrowfunc']);

/** What stands in these may run or not, or several times; a body of one statement has no block of its own. */
const blockKinds = new Set('block if for foreach while do switch case try catch retif'.split(' '));

function visit(node: PhpNode, block: object, scope: Scope): void {
  if (scopeKinds.has(node.kind)) {
    const { body } = node;
    if (isNode(body)) readScope(body.kind === 'block' ? childrenOf(body) : [body], scope.found);
    for (const child of childrenOf(node)) if (child !== body) visit(child, block, scope);
    return;
  }
  if (node.kind === 'assign' && assign(node, block, scope)) return;
  const template = readTemplate(node);
  if (template !== null) {
    const leading = leadingVariable(node);
    if (leading !== null)
      markBuilds(scope, leading, `it is put together in line ${String(lineOf(node))}`);
    if (isSql(template, false)) scope.found.push({ template, line: lineOf(node), dynamic: null });
    for (const inside of holesOf(node)) visit(inside, block, scope);
    return;
  }
  if (node.kind === 'call' && isQueryCall(node)) {
    visitQuery(node, block, scope);
    return;
  }
  const inner = blockKinds.has(node.kind) ? node : block;
  for (const child of childrenOf(node)) visit(child, inner, scope);
}

/** @returns true when the assignment was a text and is dealt with */
function assign(node: PhpNode, block: object, scope: Scope): boolean {
  const { left, right, operator } = node;
  if (!isNode(left) || !isNode(right) || left.kind !== 'variable') return false;
  if (typeof left['name'] !== 'string') return false;
  const name = left['name'];
  const builds = scope.builds.get(name) ?? [];
  if (operator === '.=') {
    addTo(builds, block, readTemplate(right) ?? hole, lineOf(node));
    for (const inside of readTemplate(right) === null ? [right] : holesOf(right)) {
      visit(inside, block, scope);
    }
    return true;
  }
  const template = readTemplate(right);
  if (operator !== '=' || template === null) return false;
  const leading = leadingVariable(right);
  if (leading === name) addTo(builds, block, template.slice(hole.length), lineOf(node));
  else {
    if (leading !== null)
      markBuilds(scope, leading, `it is put together in line ${String(lineOf(node))}`);
    builds.push({ template, line: lineOf(right) ?? lineOf(node), block, dynamic: null });
  }
  scope.builds.set(name, builds);
  for (const inside of holesOf(right)) visit(inside, block, scope);
  return true;
}

/** What is added in the same block is a part of the text; under a condition or in a loop it may be or not. */
function addTo(builds: Build[], block: object, text: string, line: number | null): void {
  const last = builds.at(-1);
  if (!last) return;
  const isOneBlock = builds.every((build) => build.block === block);
  if (isOneBlock || (last.block === block && builds.length === 1)) last.template += text;
  else
    for (const build of builds) build.dynamic ??= `a part is added to it in line ${String(line)}`;
}

function markBuilds(scope: Scope, name: string, reason: string): void {
  for (const build of scope.builds.get(name) ?? []) build.dynamic ??= reason;
}

function isQueryCall(node: PhpNode): boolean {
  const name = calledFunction(node);
  if (name !== null) return queryCalls.has(name);
  const what = node['what'];
  const member = isNode(what) ? what['offset'] : null;
  const text = isNode(member) ? member['name'] : null;
  return typeof text === 'string' && queryCalls.has(text.toLowerCase());
}

function visitQuery(node: PhpNode, block: object, scope: Scope): void {
  const what = node['what'];
  if (isNode(what)) visit(what, block, scope);
  for (const given of argumentsOf(node)) {
    if (given.kind === 'variable' && typeof given['name'] === 'string')
      scope.asked.add(given['name']);
    const template = readTemplate(given);
    if (template !== null && isSql(template, true) && !isSql(template, false)) {
      scope.found.push({ template, line: lineOf(given), dynamic: null });
      for (const inside of holesOf(given)) visit(inside, block, scope);
    } else visit(given, block, scope);
  }
}

const beginnings: readonly RegExp[] = [
  /^SELECT\s[^]*\sFROM\s/,
  /^WITH\s[^]*\sSELECT\s/,
  /^INSERT\s[^]*\sINTO\s/,
  /^INSERT\s+INTO\s/,
  /^REPLACE\s+INTO\s/,
  /^UPDATE\s[^]*\sSET\s/,
  /^DELETE\s+FROM\s/,
  /^ALTER\s+TABLE\s/,
  /^CREATE\s+(?:UNIQUE\s+|FULLTEXT\s+|SPATIAL\s+)?INDEX\s/,
];

/** @param isAsked the text is given to a database: keywords may be in small letters; else it could be a sentence */
function isSql(template: string, isAsked: boolean): boolean {
  const text = template.replace(/^(?:\s|\(|\/\*[^]*?\*\/|--\s.*\n|#.*\n)+/, '');
  return beginnings.some((pattern) =>
    (isAsked ? new RegExp(pattern.source, 'i') : pattern).test(text),
  );
}
