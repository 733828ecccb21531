import type { Input } from "@pulumi/pulumi";
import type { DistinguishedName } from "../x509/distinguishedName";

/** A {@link DistinguishedName} whose attributes may be Outputs. */
export type DistinguishedNameArgs = {
  readonly [Attribute in keyof DistinguishedName]: Input<AttributeArgs<DistinguishedName[Attribute]>>;
};

/** A string, or a list of strings for an attribute that may occur more than once. */
type AttributeArgs<Value> = Value extends readonly string[] ? readonly Input<string>[] : Value | undefined;
