import { existsSync } from 'node:fs';
import path from 'node:path';
import { includedFile, readSource } from './included-file.ts';
import { calledFunction, childrenOf, isArray, nameOf, readLiteral } from './literal.ts';
import type { Literal, Reading } from './literal.ts';
import { isNode, lineOf, loadPhpParser } from './parse.ts';
import type { ParsePhp, PhpNode } from './parse.ts';

/** A constant as the platform sees it, or why its value cannot be told. */
export interface Constant {
  /** `includes/config.php, line 12` */
  place: string;
  reading: Reading;
}

export interface PhpConstants {
  /** By name, in the order of the first definition. */
  constants: ReadonlyMap<string, Constant>;
  /** What could not be followed: a computed include, a file that cannot be read or parsed. */
  problems: { name: string; place: string; reason: string }[];
}

/** `isCertain` is false inside a function, a loop or a condition that cannot be told from the source. */
type Definition = Constant & { isCertain: boolean };

/** Where the walk is: the file, and whether PHP gets there in any case. */
interface Position {
  file: string;
  isCertain: boolean;
}

/** A settings file that includes more than this includes the application. */
const mostFiles = 30;

/**
 * The constants that a PHP file and the files it includes define with literal values, met in the order in which PHP
 * would: the first definition counts. Nothing is run; `!defined(…)` and `file_exists(…)` around a definition are
 * the conditions that can be decided.
 * @param folder the platform's folder: relative includes are looked for there too, places are told from there
 */
export async function readPhpConstants(file: string, folder: string): Promise<PhpConstants> {
  const walk = new ConstantWalk(await loadPhpParser(), folder);
  walk.readFile({ file, isCertain: true }, null);
  const constants = [...walk.definitions.keys()].map(
    (name) => [name, walk.constant(name)] as const,
  );
  return { constants: new Map(constants), problems: walk.problems };
}

class ConstantWalk {
  readonly definitions = new Map<string, Definition[]>();
  readonly problems: PhpConstants['problems'] = [];
  private readonly visited = new Set<string>();
  private readonly parse: ParsePhp;
  private readonly folder: string;

  constructor(parse: ParsePhp, folder: string) {
    this.parse = parse;
    this.folder = folder;
  }

  /** @param includedAt where the include stands; null for the first file */
  readFile(at: Position, includedAt: string | null): void {
    if (this.visited.has(at.file) || this.visited.size >= mostFiles) return;
    this.visited.add(at.file);
    const name = this.placeOf(at.file, null);
    const source = readSource(at.file);
    if ('reason' in source) {
      // An include under a condition is optional: there is nothing to tell when it is not there.
      const isOptional = !at.isCertain && source.reason === 'no such file';
      if (!isOptional) this.problems.push({ name, place: includedAt ?? name, ...source });
      return;
    }
    const { statements, problem } = this.parse(source.content);
    for (const statement of statements) this.visit(statement, at);
    if (problem) {
      const { line, reason } = problem;
      this.problems.push({ name, place: this.placeOf(at.file, line), reason });
    }
  }

  /** What the name stands for after everything that has been read. */
  constant(name: string): Constant {
    const candidates: Definition[] = [];
    for (const definition of this.definitions.get(name) ?? []) {
      candidates.push(definition);
      if (definition.isCertain) break;
    }
    const [first, ...others] = candidates;
    if (!first) return { place: '', reading: { reason: `the constant ${name}, unknown here` } };
    const computed = candidates.find(({ reading }) => 'reason' in reading);
    if (computed) return computed;
    const other = others.find(({ reading }) => !isSame(reading, first.reading));
    return other
      ? { place: first.place, reading: { reason: `differs under a condition: ${other.place}` } }
      : first;
  }

  private visit(node: PhpNode, at: Position): void {
    switch (node.kind) {
      case 'constantstatement':
        for (const constant of nodesOf(node['constants'])) this.readConst(constant, at);
        return;
      case 'call':
        if (calledFunction(node) === 'define') this.readDefine(node, at);
        else this.visitAll(childrenOf(node), at);
        return;
      case 'include':
        this.follow(node, at);
        return;
      case 'if':
        this.branch(node, [node['body'], node['alternate']], at);
        return;
      case 'retif':
        this.branch(node, [node['trueExpr'], node['falseExpr']], at);
        return;
      case 'bin':
        this.visitOperands(node, at);
        return;
      default:
        this.visitAll(childrenOf(node), runsOnce.has(node.kind) ? at : unsure(at));
    }
  }

  private visitAll(nodes: readonly PhpNode[], at: Position): void {
    for (const node of nodes) this.visit(node, at);
  }

  private readConst(constant: PhpNode, at: Position): void {
    const { name, value } = constant as { name?: unknown; value?: unknown };
    if (isNode(name) && isNode(value)) this.define(nameOf(name), value, constant, at);
  }

  private readDefine(call: PhpNode, at: Position): void {
    const [name, value] = nodesOf(call['arguments']).map((argument) =>
      argument.kind === 'namedargument' && isNode(argument['value']) ? argument['value'] : argument,
    );
    if (!name || !value) return;
    if (name.kind === 'string') {
      this.define(String(name['value']).replace(/^\\/, ''), value, call, at);
      return;
    }
    const place = this.placeOf(at.file, lineOf(call));
    this.problems.push({ name: 'define()', place, reason: 'the name of the constant is computed' });
  }

  private define(name: string, value: PhpNode, node: PhpNode, at: Position): void {
    const place = this.placeOf(at.file, lineOf(node));
    const reading = readLiteral(value, (constant) => this.constant(constant).reading);
    const found = this.definitions.get(name) ?? [];
    this.definitions.set(name, [...found, { place, reading, isCertain: at.isCertain }]);
  }

  private follow(include: PhpNode, at: Position): void {
    const target = include['target'];
    if (!isNode(target)) return;
    const place = this.placeOf(at.file, lineOf(include));
    const file = includedFile(target, at.file, this.folder);
    if (file !== null) this.readFile({ ...at, file }, place);
    else {
      const reason = 'the path of the include is computed, so it was not followed';
      this.problems.push({ name: include['require'] ? 'require' : 'include', place, reason });
    }
  }

  private branch(node: PhpNode, [yes, no]: [unknown, unknown], at: Position): void {
    const test = isNode(node['test']) ? node['test'] : null;
    const outcome = test && this.decide(test, at);
    if (test) this.visit(test, at);
    const inside = outcome === null ? unsure(at) : at;
    if (isNode(yes) && outcome !== false) this.visit(yes, inside);
    if (isNode(no) && outcome !== true) this.visit(no, inside);
  }

  /** `defined('X') || define('X', …)`: the right side runs when the left one does not decide. */
  private visitOperands(node: PhpNode, at: Position): void {
    const { left, right } = node as { left?: unknown; right?: unknown };
    if (!isNode(left) || !isNode(right)) return;
    this.visit(left, at);
    const operator = String(node['type']);
    const isOr = operator === '||' || operator === 'or';
    const isAnd = operator === '&&' || operator === 'and';
    if (!isOr && !isAnd) {
      this.visit(right, operator === '??' ? unsure(at) : at);
      return;
    }
    const outcome = this.decide(left, at);
    if (outcome === null) this.visit(right, unsure(at));
    else if (outcome === isAnd) this.visit(right, at);
  }

  /** True or false where the source tells it, else null. */
  private decide(test: PhpNode, at: Position): boolean | null {
    if (test.kind === 'boolean') return test['value'] === true;
    if (test.kind === 'unary' && test['type'] === '!' && isNode(test['what'])) {
      const outcome = this.decide(test['what'], at);
      return outcome === null ? null : !outcome;
    }
    const [argument] = nodesOf(test['arguments']);
    const called = calledFunction(test);
    if (!argument || called === null) return null;
    if (called === 'defined' && argument.kind === 'string') {
      const found = this.definitions.get(String(argument['value']));
      if (!found) return false;
      return found.some(({ isCertain }) => isCertain) ? true : null;
    }
    if (!existenceTests.has(called)) return null;
    const file = includedFile(argument, at.file, this.folder);
    return file === null ? null : existsSync(file);
  }

  /** From the platform's folder, with slashes on every system: `includes/config.php, line 12`. */
  private placeOf(file: string, line: number | null): string {
    const relative = path.relative(this.folder, file) || path.basename(file);
    const name = relative.split(path.sep).join('/');
    return line === null ? name : `${name}, line ${line}`;
  }
}

const existenceTests = new Set(['file_exists', 'is_file', 'is_readable']);

/** Statements and expressions whose parts run exactly once, in order, when they are reached. */
const runsOnce = new Set([
  'assign',
  'block',
  'declare',
  'echo',
  'expressionstatement',
  'namespace',
  'return',
  'silent',
  'try',
]);

function unsure(at: Position): Position {
  return at.isCertain ? { ...at, isCertain: false } : at;
}

function nodesOf(value: unknown): PhpNode[] {
  return Array.isArray(value) ? (value as unknown[]).filter(isNode) : [];
}

function isSame(a: Reading, b: Reading): boolean {
  return 'value' in a && 'value' in b && plain(a.value) === plain(b.value);
}

function plain(value: Literal): string {
  return JSON.stringify(isArray(value) ? [...value] : value);
}
