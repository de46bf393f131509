import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const schemaFolder = path.posix.join(root.split(path.sep).join('/'), 'src/config/settings/');

/**
 * The type checker knows which property of the schema each access in the code means: a word search could not tell
 * database.port from cache.port.
 */
describe('a setting that nothing reads is a promise that is not kept', () => {
  it('so every one is read somewhere in src or commands', { timeout: 120_000 }, () => {
    const program = ts.createProgram(sourceFiles(), compilerOptions());
    const checker = program.getTypeChecker();
    const used = new Set<string>();
    for (const source of program.getSourceFiles()) {
      if (isOurs(source.fileName)) collect(source, checker, used);
    }
    expect(used.size).toBeGreaterThan(50);
    expect(unusedBelow(schemaType(program, checker), [], false, { checker, used })).toEqual([]);
  });
});

/** Adds the place of the declaration of each property of the schema that the code reads. */
function collect(node: ts.Node, checker: ts.TypeChecker, used: Set<string>): void {
  const note = (symbol: ts.Symbol | undefined): void => {
    for (const declaration of symbol?.declarations ?? []) used.add(placeOf(declaration));
  };
  if (ts.isPropertyAccessExpression(node)) note(checker.getSymbolAtLocation(node.name));
  if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)) {
    const name = node.propertyName ?? node.name;
    if (ts.isIdentifier(name)) note(checker.getTypeAtLocation(node.parent).getProperty(name.text));
  }
  if (ts.isElementAccessExpression(node)) {
    const key = checker.getTypeAtLocation(node.argumentExpression);
    const names = (key.isUnion() ? key.types : [key]).filter((type) => type.isStringLiteral());
    const type = checker.getTypeAtLocation(node.expression);
    for (const { value } of names) note(type.getProperty(value));
  }
  ts.forEachChild(node, (child) => collect(child, checker, used));
}

/** @param isPassedOn a group below a section is read: it may be handed on whole, as warning and critical are */
function unusedBelow(
  type: ts.Type,
  above: readonly string[],
  isPassedOn: boolean,
  known: { checker: ts.TypeChecker; used: ReadonlySet<string> },
): string[] {
  return type.getProperties().flatMap((property) => {
    const names = [...above, property.name];
    const isRead = (property.declarations ?? []).some((node) => known.used.has(placeOf(node)));
    const below = known.checker.getTypeOfSymbol(property);
    if (below.getProperty('isSetting')) return isRead || isPassedOn ? [] : [names.join('.')];
    return unusedBelow(below, names, isRead && names.length > 1, known);
  });
}

function schemaType(program: ts.Program, checker: ts.TypeChecker): ts.Type {
  const source = program.getSourceFile(`${schemaFolder}index.ts`);
  const module = source && checker.getSymbolAtLocation(source);
  const settings =
    module && checker.getExportsOfModule(module).find((it) => it.name === 'settings');
  if (!settings) throw new Error('the schema exports no settings');
  return checker.getTypeOfSymbol(settings);
}

function placeOf(declaration: ts.Node): string {
  return `${declaration.getSourceFile().fileName}:${declaration.pos}`;
}

function isOurs(file: string): boolean {
  const relative = path.relative(root, file).split(path.sep).join('/');
  return /^(src|commands)\//.test(relative) && !relative.startsWith('src/config/');
}

function sourceFiles(): string[] {
  return ['src', 'commands'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => path.join(root, folder, file)),
  );
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), (file) =>
    ts.sys.readFile(file),
  ) as { config: { compilerOptions: object } };
  return ts.convertCompilerOptionsFromJson(config.compilerOptions, root).options;
}
