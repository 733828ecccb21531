import { globSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { CHECKOUT } from "../engine/project";

/** A property of a class or an interface, as it is written. */
export interface WrittenProperty {
  readonly name: string;
  /** The doc comment, with names in place of links. */
  readonly doc: string;
  readonly isOptional: boolean;
  readonly type: ts.TypeNode;
}

type Declaration = ts.ClassDeclaration | ts.InterfaceDeclaration | ts.TypeAliasDeclaration;

/** The types of the package, as they are written in its sources. */
export class SourceTypes {
  readonly #checker: ts.TypeChecker;
  readonly #declarations = new Map<string, Declaration>();

  constructor() {
    const files = globSync("provider/**/*.ts", { cwd: CHECKOUT }).map((file) => join(CHECKOUT, file));
    const program = ts.createProgram(files, {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      exactOptionalPropertyTypes: true,
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      types: ["node"],
    });
    this.#checker = program.getTypeChecker();
    for (const file of program.getSourceFiles().filter(({ fileName }) => files.includes(fileName))) {
      ts.forEachChild(file, (node) => {
        if (isDeclaration(node)) {
          this.#declarations.set(node.name?.text ?? "", node);
        }
      });
    }
  }

  /** The declaration of a type of the package. */
  declaration(name: string): Declaration {
    const found = this.#declarations.get(name);
    if (found === undefined) {
      throw new Error(`the package declares no type ${name}`);
    }
    return found;
  }

  /** The declaration of a type where it is used; undefined for one that is not of the package. */
  used(node: ts.TypeReferenceNode): Declaration | undefined {
    const symbol = this.#checker.getSymbolAtLocation(node.typeName);
    const isAlias = symbol !== undefined && (symbol.flags & ts.SymbolFlags.Alias) !== 0;
    const [found] = (isAlias ? this.#checker.getAliasedSymbol(symbol) : symbol)?.declarations ?? [];
    return found !== undefined && isDeclaration(found) ? found : undefined;
  }

  /** The doc comment of a type. */
  doc(declaration: Declaration): string {
    const symbol = this.#checker.getSymbolAtLocation(nameOf(declaration));
    return docOf(symbol?.getDocumentationComment(this.#checker) ?? []);
  }

  /** The texts that a type allows; undefined if it is not made of texts alone. */
  literals(node: ts.TypeNode): readonly string[] | undefined {
    const type = this.#checker.getTypeFromTypeNode(node);
    const members = (type.isUnion() ? type.types : [type]).filter(
      ({ flags }) => (flags & ts.TypeFlags.Undefined) === 0,
    );
    return members.every((each) => each.isStringLiteral()) ? members.map((each) => each.value) : undefined;
  }

  /** The type of the parameter `args` of a constructor. */
  argumentsOf(className: string): ts.TypeNode {
    const constructor = this.declaration(className)
      .getChildren()
      .flatMap((node) => node.getChildren())
      .find(ts.isConstructorDeclaration);
    const type = constructor?.parameters.find(({ name }) => name.getText() === "args")?.type;
    if (type === undefined) {
      throw new Error(`the constructor of ${className} takes no arguments`);
    }
    return type;
  }

  /** The public properties of a type, inherited ones included, except those of Pulumi's SDK. */
  properties(name: string): WrittenProperty[] {
    return this.members(this.declaration(name));
  }

  /** The same of a type that is written in the place of its use. */
  members(node: ts.Node): WrittenProperty[] {
    return this.#checker.getPropertiesOfType(this.#checker.getTypeAtLocation(node)).flatMap((symbol) => {
      const written = symbol.declarations?.find(
        (each) => ts.isPropertyDeclaration(each) || ts.isPropertySignature(each) || ts.isGetAccessor(each),
      );
      const isOwn = written !== undefined && !written.getSourceFile().fileName.includes("node_modules");
      return isOwn && written.type !== undefined && !ts.isPrivateIdentifier(written.name)
        ? [
            {
              name: symbol.name,
              doc: docOf(symbol.getDocumentationComment(this.#checker)),
              isOptional: (symbol.flags & ts.SymbolFlags.Optional) !== 0,
              type: written.type,
            },
          ]
        : [];
    });
  }
}

function isDeclaration(node: ts.Node): node is Declaration {
  return ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
}

function nameOf({ name }: { readonly name?: ts.Identifier | undefined }): ts.Identifier {
  if (name === undefined) {
    throw new Error("a type has no name");
  }
  return name;
}

function docOf(parts: readonly ts.SymbolDisplayPart[]): string {
  return ts
    .displayPartsToString([...parts])
    .replaceAll(/\{@link ([^}]+?) *\}/g, "`$1`")
    .replaceAll(/\n(?!\n)/g, " ")
    .trim();
}
