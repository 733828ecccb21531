import { isAuthorityId } from "../ownerMark";

/** The tag that finds a key again after its creation was interrupted. */
export const OWNER_TAG = "pulumi-kms-pki";

/** The characters that AWS does not allow in tags. A value may have 256 characters. */
const NOT_IN_TAGS = /[^\p{L}\p{N}\s_.:/=+\-@]/gu;
const TAG_LENGTH = 256;
const ADOPTED = ":adopted";

/** The key that a resource declares, with the tags that it may have. */
export interface AwsKeyOwner {
  /** As the last run recorded it; undefined if no key can bear one yet. */
  readonly authorityId: string | undefined;
  /** Whether the key may bear the tag of 0.1.0, which names no authority. */
  readonly formerMarks: boolean;
  /** The resource's URN, and its former URNs from aliases. */
  readonly urns: readonly string[];
}

/**
 * The owner of a key, by its tag. `own`: made for this key of the authority. `former`: made by 0.1.0, perhaps for it,
 * perhaps for another checkout. `adopted`: adopted for it. `another`: belongs to someone else. `nobody`: has no known
 * owner.
 */
export type TaggedOwner = "own" | "former" | "adopted" | "another" | "nobody";

/** The tag of a key: `<project>/<stack>/<authority id>/<name>`. 0.1.0 had no id in it. */
export function ownerTag(project: string, stack: string, authorityId: string, name: string): string {
  return `${project}/${stack}/${authorityId}/${name}`.replace(NOT_IN_TAGS, "_").slice(0, TAG_LENGTH - ADOPTED.length);
}

/** The pattern with which IAM matches the tags of an authority's keys; without an id, of all keys of the stack. */
export function ownerTagPattern(project: string, stack: string, authorityId: string | undefined): string {
  return `${project}/${stack}/${authorityId === undefined ? "" : `${authorityId}/`}*`;
}

/**
 * The tag of an adopted key. Such a key is released when the stack gives it up, and it does not count as made by mistake.
 */
export function adoptedTag(tag: string): string {
  return `${tag}${ADOPTED}`;
}

/**
 * Reads the owner of a key. If the tag has an id, project and stack are ignored, because they can be renamed.
 *
 * @param value of the tag; undefined if the key has none
 */
export function taggedOwner(value: string | undefined, owner: AwsKeyOwner): TaggedOwner {
  if (value === undefined) {
    return "nobody";
  }
  const isAdopted = value.endsWith(ADOPTED);
  const whose = whoseTag(isAdopted ? value.slice(0, -ADOPTED.length) : value, owner);
  return isAdopted && whose !== "another" ? "adopted" : whose;
}

function whoseTag(tag: string, { authorityId, formerMarks, urns }: AwsKeyOwner): "own" | "former" | "another" {
  const [project = "", stack = "", id, ...name] = tag.split("/");
  if (isAuthorityId(id) && name.length > 0) {
    const own = urns.map((urn) => ownerTag(project, stack, id, resourceOf(urn).name));
    return id === authorityId && own.includes(tag) ? "own" : "another";
  }
  return formerMarks && urns.some((urn) => formerTag(urn) === tag) ? "former" : "another";
}

/** The tag as 0.1.0 made it. */
function formerTag(urn: string): string {
  const { project, stack, name } = resourceOf(urn);
  return `${project}/${stack}/${name}`;
}

function resourceOf(urn: string): { project: string; stack: string; name: string } {
  const [, , stack = "", , project = ""] = urn.split(":");
  return { project, stack, name: urn.slice(urn.lastIndexOf("::") + 2) };
}
