import { isAuthorityId } from "../ownerMark";

/** The tag by which a key is found again whose creation was cut off. */
export const OWNER_TAG = "pulumi-kms-pki";

/** What AWS allows in no tag, whose value may have 256 characters. */
const NOT_IN_TAGS = /[^\p{L}\p{N}\s_.:/=+\-@]/gu;
const TAG_LENGTH = 256;
const ADOPTED = ":adopted";

/** The key that a resource declares, by what its tag may say. */
export interface AwsKeyOwner {
  /** As the last run recorded it; undefined when no key can bear one. */
  readonly authorityId: string | undefined;
  /** Whether the key may bear the tag of 0.1.0, which names no authority. */
  readonly formerMarks: boolean;
  /** The resource's URN, and those that it had by its aliases. */
  readonly urns: readonly string[];
}

/**
 * Whose a key is by its tag: made for this very key of an authority; perhaps made for it by 0.1.0, or for another checkout;
 * taken over for it; anybody else's; or nobody's that is known.
 */
export type TaggedOwner = "own" | "former" | "adopted" | "another" | "nobody";

/** The tag of a key: `<project>/<stack>/<authority id>/<name>`. 0.1.0 had no id in it. */
export function ownerTag(project: string, stack: string, authorityId: string, name: string): string {
  return `${project}/${stack}/${authorityId}/${name}`.replace(NOT_IN_TAGS, "_").slice(0, TAG_LENGTH - ADOPTED.length);
}

/** What IAM compares the tags of an authority's keys with; without an id, those of all keys of the stack. */
export function ownerTagPattern(project: string, stack: string, authorityId: string | undefined): string {
  return `${project}/${stack}/${authorityId === undefined ? "" : `${authorityId}/`}*`;
}

/** What the tag of a key that was taken over says: it is released when it is given up, and nobody made it by mistake. */
export function adoptedTag(tag: string): string {
  return `${tag}${ADOPTED}`;
}

/**
 * Reads whose a key is. Project and stack tell nothing where there is an id: they can be renamed.
 *
 * @param value of the tag; undefined where the key has none
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

/** As 0.1.0 made it. */
function formerTag(urn: string): string {
  const { project, stack, name } = resourceOf(urn);
  return `${project}/${stack}/${name}`;
}

function resourceOf(urn: string): { project: string; stack: string; name: string } {
  const [, , stack = "", , project = ""] = urn.split(":");
  return { project, stack, name: urn.slice(urn.lastIndexOf("::") + 2) };
}
