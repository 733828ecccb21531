import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import ts from "typescript";
import { CHECKOUT } from "../engine/project";

/** One file that imports another, or a package. */
export interface Import {
  /** The importing file, as in `FILES`. */
  readonly from: string;
  /** A file as in `FILES`, or a package. */
  readonly to: string;
  readonly isPackage: boolean;
  /** It has no effect at run time. */
  readonly typeOnly: boolean;
  /** It takes place when a function is called, not when the file is loaded. */
  readonly lazy: boolean;
}

/** Every source file of the package and of the root stack, without `provider/` and the extension. */
export const FILES: readonly string[] = [
  "../index",
  ...sourcesIn("stack").map((file) => `../stack/${file}`),
  ...sourcesIn("provider"),
];

const KNOWN: ReadonlySet<string> = new Set(FILES);

/** Every import of every file. */
export const IMPORTS: readonly Import[] = FILES.flatMap((file) => importsIn(file, sourceOf(file)));

/** The text of a file. */
export function sourceOf(file: string): string {
  return readFileSync(join(CHECKOUT, "provider", `${file}.ts`), "utf8");
}

/** The text of a file without its comments. */
export function codeOf(file: string): string {
  const source = ts.createSourceFile(file, sourceOf(file), ts.ScriptTarget.ES2023, true);
  return ts.createPrinter({ removeComments: true }).printFile(source);
}

/** The folder of a file, below `provider/`. A file outside any folder counts as its own folder. */
export function roomOf(file: string): string {
  return file.startsWith("../") ? "root stack" : file.includes("/") ? dirname(file) : `${file}.ts`;
}

/**
 * The imports of a file, in any form: `import`, `import type`, `export from`, `import x = require()`, `import()`, `typeof
 * import()`, `require()`, and functions made by `createRequire`.
 */
export function importsIn(file: string, text: string): Import[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  const requires = ["require", ...requireNames(source)];
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean, lazy = false): void => {
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) {
      const isPackage = !specifier.text.startsWith(".");
      found.push({
        from: file,
        to: isPackage ? specifier.text : resolved(file, specifier.text),
        isPackage,
        typeOnly,
        lazy,
      });
    }
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, isTypeOnly(node.importClause));
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isExternalModuleReference(node)) {
      add(node.expression, ts.isImportEqualsDeclaration(node.parent) && node.parent.isTypeOnly);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true);
    } else if (ts.isCallExpression(node) && isLoad(node.expression, requires)) {
      add(node.arguments[0], false, isInFunction(node));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function sourcesIn(folder: string): string[] {
  return readdirSync(join(CHECKOUT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.replace(/\.ts$/, ""))
    .sort();
}

function resolved(from: string, specifier: string): string {
  const path = normalize(join(dirname(from), specifier)).replace(/\.js$/, "");
  return KNOWN.has(path) ? path : normalize(join(path, "index"));
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  const names = clause?.namedBindings;
  return (
    clause?.phaseModifier === ts.SyntaxKind.TypeKeyword ||
    (names !== undefined && ts.isNamedImports(names) && names.elements.every((element) => element.isTypeOnly))
  );
}

/** The variables and parameters that hold a function made by `createRequire`. */
function requireNames(source: ts.SourceFile): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    const isNamed = (ts.isVariableDeclaration(node) || ts.isParameter(node)) && ts.isIdentifier(node.name);
    if (isNamed && node.initializer !== undefined && isCreateRequire(node.initializer)) {
      names.push(node.name.getText(source));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}

function isCreateRequire(node: ts.Node): boolean {
  return ts.isCallExpression(node) && /(?:^|\.)createRequire$/.test(node.expression.getText());
}

function isLoad(callee: ts.Expression, requires: readonly string[]): boolean {
  return (
    callee.kind === ts.SyntaxKind.ImportKeyword ||
    isCreateRequire(callee) ||
    (ts.isIdentifier(callee) && requires.includes(callee.text))
  );
}

function isInFunction(node: ts.Node): boolean {
  return ts.findAncestor(node, ts.isFunctionLike) !== undefined;
}
