import type { Input } from "../pulumi";

/** A value that may be an Output, whole or in parts. */
export type InputParts<Value> = Input<PartsOf<Value>>;

type PartsOf<Value> = Value extends readonly (infer Item)[]
  ? readonly InputParts<Item>[]
  : Value extends object
    ? { readonly [Name in keyof Value]: InputParts<Value[Name]> }
    : Value;
