import type { DistinguishedName } from "../x509/distinguishedName";
import type { InputParts } from "./inputParts";

/** A {@link DistinguishedName} whose attributes may be Outputs. */
export type DistinguishedNameArgs = {
  readonly [Attribute in keyof DistinguishedName]: InputParts<DistinguishedName[Attribute] | undefined>;
};
