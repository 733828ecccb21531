import ts from "typescript";
import { pluginType } from "../../provider/kms/resourceType";
import type { SourceTypes, WrittenProperty } from "./sourceTypes";

/** A type in the schema of a Pulumi package. */
export type TypeSpec = Readonly<Record<string, unknown>>;

/** The types of this package and of the SDK that stand for the type in their brackets. */
const TRANSPARENT = ["Input", "InputParts", "Output", "Readonly", "Partial"];

/** What programs in other languages cannot give: they give the other types of the union. */
const ONLY_IN_TYPESCRIPT = ["DeclaredCertificate"];

/** The type of an argument that takes another resource; its options do the same in other languages. */
const NOT_IN_A_SCHEMA = /^ProviderResource\b/;

const ANY: TypeSpec = { $ref: "pulumi.json#/Any" };

const KEYWORDS: ReadonlyMap<ts.SyntaxKind, TypeSpec> = new Map([
  [ts.SyntaxKind.StringKeyword, { type: "string" }],
  [ts.SyntaxKind.NumberKeyword, { type: "integer" }],
  [ts.SyntaxKind.BooleanKeyword, { type: "boolean" }],
  [ts.SyntaxKind.ObjectKeyword, ANY],
  [ts.SyntaxKind.UnknownKeyword, ANY],
]);

/** An argument that is null is none, as one that is undefined. */
function isNull(node: ts.TypeNode): boolean {
  return ts.isLiteralTypeNode(node) && node.literal.kind === ts.SyntaxKind.NullKeyword;
}

function isOnlyInTypeScript(node: ts.TypeNode): boolean {
  const inner = ts.isParenthesizedTypeNode(node) ? node.type : node;
  return ts.isFunctionTypeNode(inner) || ONLY_IN_TYPESCRIPT.includes(inner.getText());
}

/** Translates written types into the schema, and collects the objects among them. */
export class TypeSpecs {
  readonly #source: SourceTypes;
  readonly #added: Readonly<Record<string, readonly WrittenProperty[]>>;
  /** The objects, by their tokens. */
  readonly objects: Record<string, object> = {};

  /** @param added properties of objects that are not written with them, by the objects' names */
  constructor(source: SourceTypes, added: Readonly<Record<string, readonly WrittenProperty[]>>) {
    this.#source = source;
    this.#added = added;
  }

  /** The properties of a type, with their descriptions, and the names of those that must be there. */
  object(properties: readonly WrittenProperty[]): {
    properties: Readonly<Record<string, TypeSpec>>;
    required: string[];
  } {
    const described = properties
      .filter(({ type }) => !NOT_IN_A_SCHEMA.test(type.getText()))
      .map(({ name, doc, type }) => {
        const description = `${doc}${this.#choice(type, doc)}`.trim();
        return [name, { ...this.of(type), ...(description === "" ? {} : { description }) }] as const;
      });
    const required = properties
      .filter(({ isOptional, type }) => !isOptional && !mayBeAbsent(type))
      .map(({ name }) => name);
    return { properties: Object.fromEntries(described), required: required.sort() };
  }

  of(node: ts.TypeNode): TypeSpec {
    const keyword = KEYWORDS.get(node.kind);
    if (keyword !== undefined) {
      return keyword;
    }
    if (ts.isTemplateLiteralTypeNode(node) || this.#source.literals(node) !== undefined) {
      return { type: "string" };
    }
    if (ts.isLiteralTypeNode(node)) {
      return { type: "boolean" };
    }
    if (
      ts.isParenthesizedTypeNode(node) ||
      (ts.isTypeOperatorNode(node) && node.operator === ts.SyntaxKind.ReadonlyKeyword)
    ) {
      return this.of(node.type);
    }
    if (ts.isArrayTypeNode(node)) {
      return { type: "array", items: this.of(node.elementType) };
    }
    if (ts.isUnionTypeNode(node)) {
      return this.#union(node);
    }
    if (ts.isIndexedAccessTypeNode(node)) {
      const [owner, name] = [node.objectType.getText(), node.indexType.getText().slice(1, -1)];
      const property = this.#source.properties(owner).find((each) => each.name === name);
      return property === undefined ? ANY : this.of(property.type);
    }
    if (ts.isTypeReferenceNode(node)) {
      return this.#reference(node);
    }
    if (ts.isTypeLiteralNode(node)) {
      return this.#object(nameFromPlace(node), "", this.#source.members(node));
    }
    throw new Error(`the schema has no form for the type ${node.getText()}`);
  }

  /** The texts to choose from, unless the doc comment names them. */
  #choice(node: ts.TypeNode, doc: string): string {
    if (ts.isTypeReferenceNode(node) && TRANSPARENT.includes(node.typeName.getText())) {
      return node.typeArguments?.map((each) => this.#choice(each, doc)).join("") ?? "";
    }
    const texts = this.#source.literals(ts.isArrayTypeNode(node) ? node.elementType : node) ?? [];
    return texts.length < 2 || texts.every((text) => doc.includes(text))
      ? ""
      : ` One of ${texts.map((text) => `\`${text}\``).join(", ")}.`;
  }

  #union(node: ts.UnionTypeNode): TypeSpec {
    const types = node.types.filter(
      (each) => each.kind !== ts.SyntaxKind.UndefinedKeyword && !isNull(each) && !isOnlyInTypeScript(each),
    );
    const objects = types.flatMap((each) => this.#membersOf(each) ?? []);
    if (types.length > 1 && types.every((each) => this.#membersOf(each) !== undefined)) {
      // SDKs translate the names in an object, but not in a choice of objects. So one object has what either may have.
      return this.#object(
        nameFromPlace(node),
        "",
        objects.map((property) => ({ ...property, isOptional: true })),
      );
    }
    // For the same reason, an argument is an object or a word, but not either. A word has an argument of its own.
    const specs = (objects.length > 0 ? types.filter((each) => !ts.isLiteralTypeNode(each)) : types).map((each) =>
      this.of(each),
    );
    const different = [...new Map(specs.map((spec) => [JSON.stringify(spec), spec])).values()];
    const [first = ANY] = different;
    return different.length === 1 ? first : { oneOf: different };
  }

  /** The properties of an object of this package; undefined for another type. */
  #membersOf(node: ts.TypeNode): readonly WrittenProperty[] | undefined {
    if (ts.isTypeLiteralNode(node)) {
      return this.#source.members(node);
    }
    const declaration = ts.isTypeReferenceNode(node) ? this.#source.used(node) : undefined;
    return declaration === undefined || (ts.isTypeAliasDeclaration(declaration) && !isObjectType(declaration.type))
      ? undefined
      : this.#source.members(declaration);
  }

  #reference(node: ts.TypeReferenceNode): TypeSpec {
    const name = node.typeName.getText();
    const [first, second] = node.typeArguments ?? [];
    if (TRANSPARENT.includes(name) && first !== undefined) {
      return this.of(first);
    }
    if (name === "Record" && second !== undefined) {
      return { type: "object", additionalProperties: this.of(second) };
    }
    if (name === "JsonObject") {
      return ANY;
    }
    const declaration = this.#source.used(node);
    if (declaration === undefined) {
      throw new Error(`the package declares no type ${name}`);
    }
    const isOtherName = ts.isTypeAliasDeclaration(declaration) && !isObjectType(declaration.type);
    return isOtherName
      ? this.of(declaration.type)
      : this.#object(
          name.replace(/(?:Args|Input)$/, ""),
          this.#source.doc(declaration),
          this.#source.members(declaration),
        );
  }

  #object(name: string, description: string, written: readonly WrittenProperty[]): TypeSpec {
    const token = pluginType(name);
    if (this.objects[token] === undefined) {
      this.objects[token] = {}; // of itself, if it holds itself
      const properties = this.object([...written, ...(this.#added[name] ?? [])]);
      this.objects[token] = { ...(description === "" ? {} : { description }), type: "object", ...properties };
    }
    return { $ref: `#/types/${token}` };
  }
}

/** The name of an object that is written in the place of its use: `RotationSsh` for `ssh` of `RotationArgs`. */
function nameFromPlace(node: ts.Node): string {
  const { parent } = node;
  if (ts.isInterfaceDeclaration(parent) || ts.isTypeAliasDeclaration(parent)) {
    return parent.name.text.replace(/Args$/, "");
  }
  const outer = nameFromPlace(parent);
  const name = ts.isPropertySignature(parent) ? parent.name.getText() : "";
  return outer + name.charAt(0).toUpperCase() + name.slice(1);
}

function isObjectType(node: ts.TypeNode): boolean {
  const isPart = ts.isTypeReferenceNode(node) && ["Pick", "Omit"].includes(node.typeName.getText());
  return isPart || ts.isMappedTypeNode(node) || ts.isTypeLiteralNode(node) || ts.isIntersectionTypeNode(node);
}

function mayBeAbsent(node: ts.TypeNode): boolean {
  if (node.kind === ts.SyntaxKind.UndefinedKeyword) {
    return true;
  }
  if (ts.isUnionTypeNode(node)) {
    return node.types.some(mayBeAbsent);
  }
  return ts.isTypeReferenceNode(node) && (node.typeArguments ?? []).some(mayBeAbsent);
}
