import { all, type Output } from "@pulumi/pulumi";
import type { Attestation } from "../kms/keyManager";
import type { KeyRole } from "../authority/keyNames";

/**
 * What the hardware that keys are in says of them, by key: `format`, `content` in base64, and of Cloud HSM `certChains`, the
 * certificates as PEM to verify it by.
 */
export type Attestations = Record<string, Attestation>;

/** Gathers what the keys of a source have recorded as JSON. */
export function attestationsOf(
  keys: ReadonlyMap<KeyRole, { readonly attestation: Output<string | undefined> }>,
): Output<Attestations> {
  const roles = [...keys.keys()];
  return all([...keys.values()].map(({ attestation }) => attestation)).apply((texts) =>
    Object.fromEntries(
      texts.flatMap((text, index) =>
        text === undefined ? [] : [[roles[index] ?? "", JSON.parse(text) as Attestation]],
      ),
    ),
  );
}
