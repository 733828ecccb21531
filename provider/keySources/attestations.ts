import { all, type Output } from "../pulumi";
import type { Attestation } from "../kms/keyManager";
import type { KeyRole } from "../authority/keyNames";

/**
 * The hardware's attestations of its keys, by key: `format`, `content` in base64, and for Cloud HSM `certChains`, the
 * certificates to verify it, as PEM.
 */
export type Attestations = Record<string, Attestation>;

/** Collects the attestations that the keys of a source have recorded as JSON. */
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
