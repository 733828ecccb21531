import { formatDuration } from "../../words/duration";
import type { Problem } from "../../words/problem";
import { hasUnknown } from "../../words/unknown";
import { plainValues } from "../../resources/knownInputs";
import { milliseconds } from "../../rotation/schedule";
import { ROTATION_DEFAULTS, type RotationArgs } from "../../rotation/rotation";
import type { JsonObject } from "../../stepca/jsonObject";
import { mergeJson } from "../../stepca/config";
import { longestLeaf, type LongestLeaf } from "../../stepca/longestLeaf";
import type { CertificateAuthorityArgs } from "./authorityArgs";

const KINDS = ["tls", "sshUser", "sshHost"] as const;

/** The settings of an authority that determine how long its leaves live. */
type LeafSettings = Pick<CertificateAuthorityArgs, "claims" | "caConfig">;

/** The longest lifetimes of certificates that step-ca will issue; undefined while unknown. */
function leavesOf({ claims, caConfig }: LeafSettings): LongestLeaf | undefined {
  const plain = plainValues({ claims: claims ?? {}, caConfig: caConfig ?? {} });
  if (hasUnknown(plain)) {
    return undefined;
  }
  // The provisioners of the component set no durations.
  return longestLeaf(mergeJson({ authority: { claims: plain["claims"] } }, plain["caConfig"] as JsonObject));
}

/** Fills in the longest leaves of ca.json for a rotation that does not set them. */
export function withLongestLeaf(rotation: RotationArgs, settings: LeafSettings): RotationArgs {
  const found = leavesOf(settings);
  const given = rotation.longestLeaf;
  if (found === undefined || (given !== undefined && !isObject(given))) {
    return rotation;
  }
  const own = Object.fromEntries(KINDS.map((kind) => [kind, formatDuration(found[kind])]));
  return { ...rotation, longestLeaf: { ...own, ...given } };
}

/** Checks that the leaves of ca.json are not longer than the rotation expects. */
export function checkLongestLeaf({ longestLeaf: given = {} }: RotationArgs, settings: LeafSettings): Problem[] {
  const found = leavesOf(settings);
  if (found === undefined) {
    return KINDS.every((kind) => given[kind] !== undefined)
      ? []
      : [
          broken(
            "rotation.longestLeaf",
            "the claims of ca.json are unknown when the rotation is checked",
            "Give tls, sshUser and sshHost here, each the longest that the claims allow",
          ),
        ];
  }
  return KINDS.filter(
    (kind) => found[kind] * 1000 > milliseconds(given[kind] ?? ROTATION_DEFAULTS.longestLeaf[kind]),
  ).map((kind) =>
    broken(
      `rotation.longestLeaf.${kind}`,
      `it is shorter than the ${formatDuration(found[kind])} that the claims of ca.json allow`,
      "Omit it, or shorten the claims",
    ),
  );
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function broken(property: string, reason: string, remedy: string): Problem {
  return { code: "ROTATION_INVALID", property, reason, remedy };
}
