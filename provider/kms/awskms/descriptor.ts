import { join } from "node:path";
import type { KmsContext, KmsDescriptor } from "../descriptor";
import { installed } from "../installed";
import { oneForEachWay } from "../oneForEachWay";
import { AWS_ALGORITHMS } from "./awsAlgorithms";
import {
  AWS_URI_ATTRIBUTES,
  type AwsConnection,
  awsKeyUri,
  awsKmsUri,
  isBareAwsKey,
  parseAwsKey,
  parseAwsKmsUri,
} from "./awsKeyUri";
import type { AwsKms } from "./awskms";

const PACKAGE = "@aws-sdk/client-kms";

/** AWS Key Management Service. */
export const awskms: KmsDescriptor<AwsKms> = {
  scheme: "awskms",
  olderScheme: "aws",
  title: "AWS KMS",
  packageName: PACKAGE,
  algorithms: AWS_ALGORITHMS,
  uriAttributes: AWS_URI_ATTRIBUTES,
  isBareKeyName: isBareAwsKey,
  // Only AWS knows which key an alias stands for.
  canonicalKeyUri: (text) => {
    const { keyId } = parseAwsKey(text);
    return keyId.includes("alias/") ? undefined : awsKeyUri(keyId);
  },
  open: (context) => oneForEachWay("awskms:", (kms) => load(parseAwsKmsUri(kms), context)),
  searchKeys: async (state, context) =>
    (await import("./unknownAwsKeys.js")).unknownAwsKeys(state, (connection) => load(connection, context)),
  keyResource: "ExistingKey",
  placeFiles: (kmsUri, place) => {
    const { credentialsFile, ...connection } = parseAwsKmsUri(kmsUri);
    return credentialsFile === undefined
      ? kmsUri
      : awsKmsUri({ ...connection, credentialsFile: place(credentialsFile) });
  },
  takeover: async () => (await import("./awsTakeover.js")).awsTakeover,
  settings: [
    "region",
    "profile",
    "credentialsFile",
    "aliasPrefix",
    "keyDescription",
    "keyPolicyFile",
    "tags",
    "existing",
    "adopt",
    "newKeys",
    "kmsUri",
    "deletionWindowInDays",
    "multiRegion",
    "rootRegion",
    "rootProfile",
  ],
  hasSshKeysByDefault: true,
  canHoldRootOnly: false,
  stackModule: join(__dirname, "program", "stackKeys.js"),
};

async function load(connection: AwsConnection, { secrets }: KmsContext): Promise<AwsKms> {
  const { AwsKms } = await installed(`A key in ${awskms.title}`, PACKAGE, () => import("./awskms.js"));
  return new AwsKms({ ...connection, rootDirectory: secrets.rootDirectory });
}
