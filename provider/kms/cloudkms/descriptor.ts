import { join } from "node:path";
import type { KmsContext, KmsDescriptor } from "../descriptor";
import { installed } from "../installed";
import { oneForEachWay } from "../oneForEachWay";
import { CLOUD_ALGORITHMS } from "./cloudAlgorithms";
import {
  CLOUD_URI_ATTRIBUTES,
  type CloudConnection,
  cloudKmsUri,
  isBareCloudKey,
  parseCloudKey,
  parseCloudKmsUri,
} from "./cloudKeyUri";
import type { CloudKms } from "./cloudkms";

const PACKAGE = "@google-cloud/kms";

/** Google Cloud Key Management Service. */
export const cloudkms: KmsDescriptor<CloudKms> = {
  scheme: "cloudkms",
  title: "Cloud KMS",
  packageName: PACKAGE,
  algorithms: CLOUD_ALGORITHMS,
  uriAttributes: CLOUD_URI_ATTRIBUTES,
  isBareKeyName: isBareCloudKey,
  canonicalKeyUri: parseCloudKey,
  open: (context) => oneForEachWay("cloudkms:", (kms) => load(parseCloudKmsUri(kms), context)),
  searchKeys: async (state, context) =>
    (await import("./unknownCloudKeys.js")).unknownCloudKeys(state, (connection) => load(connection, context)),
  keyResource: "ExistingKey",
  placeFiles: (kmsUri, place) => {
    const { credentialsFile } = parseCloudKmsUri(kmsUri);
    return credentialsFile === undefined ? kmsUri : cloudKmsUri({ credentialsFile: place(credentialsFile) });
  },
  takeover: async () => (await import("./cloudTakeover.js")).cloudTakeover,
  settings: [
    "project",
    "credentialsFile",
    "destroyScheduledDuration",
    "stepCaMember",
    "labels",
    "existing",
    "adopt",
    "newKeys",
    "kmsUri",
    "location",
    "keyRing",
    "protectionLevel",
    "protectionLevels",
  ],
  hasSshKeysByDefault: true,
  canHoldRootOnly: false,
  stackModule: join(__dirname, "program", "stackKeys.js"),
};

async function load(connection: CloudConnection, { secrets, notice }: KmsContext): Promise<CloudKms> {
  const { CloudKms } = await installed(`A key in ${cloudkms.title}`, PACKAGE, () => import("./cloudkms.js"));
  return new CloudKms({ ...connection, rootDirectory: secrets.rootDirectory, notice });
}
