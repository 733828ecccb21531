import { CertificateAuthority } from "../authority/program/certificateAuthority";
import { all, type ComponentResourceOptions, type Inputs, type Output } from "../pulumi";
import { wireIssuer } from "../resources/certificate";
import { issuerReference } from "../resources/wiredIssuer";
import { keySourcesOf } from "./keySources";
import { type Form, programArguments } from "./programValues";
import { ADOPTED_FORM, KEY_FORM } from "./resourceTypes";
import { isObject, isSealed, type Properties } from "./wire";

/** The forms of the arguments that are plain objects in a program. As a whole, they must be known. */
const FORMS: Readonly<Record<string, Form>> = {
  root: { key: KEY_FORM, adopt: ADOPTED_FORM },
  intermediate: { adopt: ADOPTED_FORM },
};

/** An authority, as the engine receives it. */
interface PluginAuthority {
  readonly urn: Output<string>;
  readonly outputs: Inputs;
}

/** Declares an authority for a program in another language. */
export function declareAuthority(name: string, args: Properties, opts: ComponentResourceOptions): PluginAuthority {
  const { keys, authorityName, ...others } = args;
  const known = Object.entries(FORMS).filter(([each]) => isObject(others[each]) && !isSealed(others[each]));
  const given = programArguments({ ...others, name: authorityName }, Object.fromEntries(known));
  const authority = new CertificateAuthority(name, { ...given, keys: keySourcesOf(name, keys) }, opts);
  const { outputs } = authority;
  return {
    urn: authority.urn,
    outputs: {
      ...outputs,
      outputs: all(outputs),
      rootAsIssuer: issuerReference(wireIssuer(authority.root)),
      intermediateAsIssuer: issuerReference(wireIssuer(authority.intermediate)),
    },
  };
}
