import { kmsRegistry } from "../../kms/registry/registry";
import { resourceType } from "../../kms/resourceType";
import type { CompromisedKey } from "../../inputs/withdrawal";
import { recordedResources, type RecordedResources } from "../../keySources/recordedResources";
import { nameIn } from "../../keySources/resourceUrns";
import { problemsOf } from "../../words/problem";
import { publicKeyPem, readCertificate } from "../../x509/certificate";
import { addCompromisedKeys } from "../../resources/compromisedKeys";
import { markCompromised } from "../../resources/signingKey";
import type { AuthorityPlan } from "../plan";
import { AUTHORITY_TYPE } from "./rotationReadiness";
import type { AuthoritySettings } from "./authoritySettings";
import { isExistingRoot } from "./existingRoot";

/**
 * Lets the whole program know the compromised keys of an authority, so that nothing is signed with one that has another
 * name or another resource.
 */
export function announceCompromisedKeys({ root }: AuthoritySettings, { keys, withdrawn }: AuthorityPlan): void {
  const names = keys.filter(({ state }) => state === "compromised").map(({ name }) => name);
  const isRootWithdrawn = withdrawn.some(({ kind, key }) => kind === "root" && key === undefined);
  const existing = isRootWithdrawn && isExistingRoot(root) ? root : undefined;
  if (existing !== undefined) {
    markCompromised(existing.key);
  }
  if (names.length > 0 || existing !== undefined) {
    addCompromisedKeys(
      recordedResources().then((recorded) => [
        ...recordedKeys(recorded, names),
        ...keyOfCertificate(existing?.certificatePem),
      ]),
    );
  }
}

/**
 * The recorded keys of an authority by the names of their resources. Not by their whole URNs, which would wait for the
 * authority's parents, and so perhaps for what they depend on.
 */
function recordedKeys(recorded: RecordedResources, names: readonly string[]): CompromisedKey[] {
  const types = new Set(kmsRegistry.all.map(({ keyResource }) => `${AUTHORITY_TYPE}$${resourceType(keyResource)}`));
  return [...recorded].flatMap(([urn, { uri, publicKeyPem: pem }]) => {
    const type = urn.slice(0, urn.lastIndexOf("::"));
    const isNamed = names.includes(nameIn(urn)) && [...types].some((each) => type.endsWith(each));
    return isNamed && typeof uri === "string" && typeof pem === "string" ? [{ uri, publicKeyPem: pem }] : [];
  });
}

/** The key of an existing root that the program gives as a text. Nothing waits for another. */
function keyOfCertificate(pem: unknown): CompromisedKey[] {
  const found: CompromisedKey[] = [];
  if (typeof pem === "string") {
    problemsOf(() => found.push({ publicKeyPem: publicKeyPem(readCertificate(pem).publicKey) }), "");
  }
  return found;
}
