import { all, type Output } from "@pulumi/pulumi";
import type { KeyRole } from "./keySource";

/** What the hardware that keys are in says of them, by key: `format`, and `content` in base64. */
export type Attestations = Record<string, { format: string; content: string }>;

/** Gathers what the keys of a source have recorded as JSON. */
export function attestationsOf(
  keys: ReadonlyMap<KeyRole, { readonly attestation: Output<string | undefined> }>,
): Output<Attestations> {
  const roles = [...keys.keys()];
  return all([...keys.values()].map(({ attestation }) => attestation)).apply((texts) =>
    Object.fromEntries(
      texts.flatMap((text, index) =>
        text === undefined ? [] : [[roles[index] ?? "", JSON.parse(text) as { format: string; content: string }]],
      ),
    ),
  );
}
