import { createRequire } from "node:module";
import { PkiError } from "../errors";
import type { KeySources } from "../authority/program/authorityArgs";
import type { KeySource } from "../keySources/keySource";
import type { StackKms } from "../keySources/stackKms";
import { kmsRegistry } from "../kms/registry/registry";
import { programArguments } from "./programValues";
import { isObject } from "./wire";

// What a KMS needs is loaded only for a program that uses it.
const load = createRequire(__filename);

const ROLES = ["root", "intermediate", "ssh"] as const;

/**
 * The key sources of an authority, for a program that cannot construct them: `{ softkms: {} }`, or one such object each for
 * `root`, `intermediate` and `ssh`.
 *
 * @param authority its name
 * @throws PkiError `INPUT_INVALID`
 */
export function keySourcesOf(authority: string, keys: unknown): KeySource | KeySources {
  const given = isObject(keys) ? keys : {};
  const roles = ROLES.filter((role) => given[role] !== undefined);
  if (roles.length === 0) {
    return keySource(authority, keys, "keys");
  }
  const sources = roles.map((role) => [role, keySource(authority, given[role], `keys.${role}`)] as const);
  const others = Object.entries(given).filter(([name]) => !roles.some((role) => role === name));
  return Object.fromEntries([...sources, ...others]) as unknown as KeySources;
}

function keySource(authority: string, given: unknown, property: string): KeySource {
  const schemes = kmsRegistry.all.map(({ scheme }) => scheme);
  const named = Object.entries(isObject(given) ? given : {}).filter(([, args]) => args !== undefined);
  const [[scheme, args] = []] = named;
  const descriptor = kmsRegistry.all.find((each) => each.scheme === scheme);
  if (named.length !== 1 || descriptor === undefined || !isObject(args)) {
    throw new PkiError(
      "INPUT_INVALID",
      `"${property}" of CertificateAuthority "${authority}" names ${named.length === 0 ? "no key management service" : named.map(([name]) => name).join(" and ")}`,
      `Give an object with exactly one of ${schemes.join(", ")}, such as { softkms: {} }`,
    );
  }
  const { stackKms } = load(descriptor.stackModule) as { readonly stackKms: StackKms };
  return stackKms.source(programArguments(args, {}));
}
