import { type Asn1Text, anyStringType } from "./asn1Primitive";
import { ATTRIBUTES, type AttributeRules } from "./attributeTypes";
import type { Attribute, LintedName } from "./certificateSyntax";
import { MalformedError } from "./asn1Element";

/** An attribute of a distinguished name, with what is known about its type. */
export interface NameAttribute {
  readonly id: string;
  /** The name, or the object identifier of an unknown attribute. */
  readonly label: string;
  readonly rules: AttributeRules | undefined;
  /** Undefined if the value is not a string. */
  readonly text: Asn1Text | undefined;
}

/** All attributes of a distinguished name, in their order. */
export function attributesOf(name: LintedName): NameAttribute[] {
  return name.value.flat().map(nameAttribute);
}

/** The texts of an attribute in a distinguished name. */
export function textsOf(name: LintedName, id: string): string[] {
  return attributesOf(name)
    .filter((attribute) => attribute.id === id)
    .map(({ text }) => text?.text ?? "");
}

function nameAttribute({ type, value }: Attribute): NameAttribute {
  const rules = ATTRIBUTES[type];
  const string = anyStringType();
  return {
    id: type,
    label: rules?.name ?? type,
    rules,
    text: string.accepts(value.tag) ? readText(value) : undefined,
  };
}

function readText(value: Attribute["value"]): Asn1Text | undefined {
  try {
    return anyStringType().read(value, "", []);
  } catch (error) {
    if (error instanceof MalformedError) {
      return undefined;
    }
    throw error;
  }
}
