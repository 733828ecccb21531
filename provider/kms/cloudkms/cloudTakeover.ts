import { given, type KeyTakeover, ofEach, type StepCaKms } from "../takeover";
import { type CloudConnection, cloudKmsUri, parseCloudKey, parseCloudKmsUri } from "./cloudKeyUri";
import { usableVersions } from "./cloudKeyVersions";
import type { CloudKms } from "./cloudkms";

/** Takes over the versions that a step-ca has in Cloud KMS. Rings, keys and versions stay as they are. */
export const cloudTakeover: KeyTakeover<CloudKms> = {
  source: { name: "CloudKmsKeys", module: "pulumi-kms-pki/cloudkms" },
  connection: (kms) => cloudKmsUri(connectionOf(kms)),
  secrets: () => ({}),
  async rootCandidates(kms, { uri }) {
    // `step-cloudkms-init` makes the keys of an authority in one ring.
    return usableVersions(await kms.listVersions(`${placeOf(uri).ring}/cryptoKeys/root`));
  },
  async settings({ block, password, keys, place }, kms) {
    const { credentialsFile } = connectionOf({ block, password });
    const home = keys["intermediate"] ?? keys["root"];
    const { project, location, keyRing, ring } = placeOf(home?.uri ?? "");
    const versions = ofEach(keys, ({ uri }) => parseCloudKey(uri));
    const named = Object.entries(versions).filter(([role, name]) => name.startsWith(`${ring}/cryptoKeys/${role}/`));
    const levels: Record<string, string> = {};
    for (const [role, name] of Object.entries(versions)) {
      const level = await kms.versionLevel(name);
      if (level !== "SOFTWARE") {
        levels[role] = level;
      }
    }
    return given<unknown>({
      ...{ project, location, keyRing },
      credentialsFile: credentialsFile === undefined ? undefined : place(credentialsFile),
      kmsUri: block["uri"] === undefined ? undefined : true,
      protectionLevels: Object.keys(levels).length === 0 ? undefined : levels,
      // A later generation is a version of the same key, which the stack does not make either.
      existing: {
        ...versions,
        keyRing: true,
        cryptoKeys: Object.fromEntries(named.map(([role]) => [role, true])),
      },
    });
  },
  argumentsOf: ({ protectionLevels, ...args }) => given({ ...args, protectionLevel: protectionLevels }),
};

/** step-ca reads the uri first. */
function connectionOf({ block }: StepCaKms): CloudConnection {
  const inUri = block["uri"] === undefined ? {} : parseCloudKmsUri(block["uri"]);
  return given({ credentialsFile: inUri.credentialsFile ?? block["credentialsfile"] });
}

/** The ring of a version. */
function placeOf(uri: string): { project: string; location: string; keyRing: string; ring: string } {
  const [, project = "", , location = "", , keyRing = ""] = parseCloudKey(uri).split("/");
  return { project, location, keyRing, ring: `projects/${project}/locations/${location}/keyRings/${keyRing}` };
}
