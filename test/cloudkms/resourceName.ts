import { invalidArgument } from "./cloudKmsError";

const ID = "[a-zA-Z0-9_-]{1,63}";
const LOCATION = "projects/[^/]+/locations/[a-zA-Z0-9-]+";
const FORMS = {
  Location: LOCATION,
  KeyRing: `${LOCATION}/keyRings/${ID}`,
  CryptoKey: `${LOCATION}/keyRings/${ID}/cryptoKeys/${ID}`,
  CryptoKeyVersion: `${LOCATION}/keyRings/${ID}/cryptoKeys/${ID}/cryptoKeyVersions/[1-9][0-9]*`,
};

/** The kinds of named resources. */
export type ResourceKind = keyof typeof FORMS;

/** The name, if it has the form of its kind; otherwise the request is refused. */
export function nameOf(kind: ResourceKind, name = ""): string {
  if (!new RegExp(`^${FORMS[kind]}$`).test(name)) {
    throw invalidArgument(
      `${name === "" ? "Resource name [] (empty)" : name} is not a valid resource type for this request.`,
    );
  }
  return name;
}

/** The name of a resource to create in another. */
export function childName(parent: string, collection: string, id = ""): string {
  if (!new RegExp(`^${ID}$`).test(id)) {
    throw invalidArgument(`Resource id "${id}" must match the regular expression [a-zA-Z0-9_-]{1,63}.`);
  }
  return `${parent}/${collection}/${id}`;
}

/** The parent of a resource: `a/b` for `a/b/c/d`. */
export function parentOf(name: string): string {
  return name.split("/").slice(0, -2).join("/");
}
