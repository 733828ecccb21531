import { given, type KeyTakeover, ofEach, type StepCaKms } from "../takeover";
import { type AwsConnection, awsKeyId, awsKeyUri, awsKmsUri, parseAwsKey, parseAwsKmsUri } from "./awsKeyUri";
import type { AwsKms } from "./awskms";
import { listAliases } from "./awskmsKeys";

/** An alias of a root's key. `step-awskms-init` gives `alias/root-<digits>`. */
const ROOT_ALIAS = /(?:^alias\/|[/_-])root(?:[/_-]|$)/;

/** Takes over the keys that a step-ca has in AWS KMS. The keys, their tags and their aliases stay as they are. */
export const awsTakeover: KeyTakeover<AwsKms> = {
  source: { name: "AwsKmsKeys", module: "pulumi-kms-pki/awskms" },
  connection: (kms) => awsKmsUri(connectionOf(kms)),
  secrets: () => ({}),
  async rootCandidates(kms) {
    const aliases = [...(await listAliases(kms))];
    return aliases.filter(([alias]) => ROOT_ALIAS.test(alias)).map(([, keyId]) => awsKeyUri(keyId));
  },
  settings({ block, password, keys, place }) {
    const { region, profile, credentialsFile } = connectionOf({ block, password });
    const [rootRegion, otherRegion] = [keys["root"], keys["intermediate"]].map((key) => regionOf(key?.resourceName));
    return given<unknown>({
      region: region ?? (keys["intermediate"] === undefined ? rootRegion : undefined),
      profile,
      credentialsFile: credentialsFile === undefined ? undefined : place(credentialsFile),
      rootRegion: otherRegion === undefined || rootRegion === otherRegion ? undefined : rootRegion,
      kmsUri: block["uri"] === undefined ? undefined : true,
      existing: ofEach(keys, ({ uri }) => awsKeyId(uri)),
    });
  },
};

/** step-ca reads the uri first. */
function connectionOf({ block }: StepCaKms): AwsConnection {
  const inUri = block["uri"] === undefined ? {} : parseAwsKmsUri(block["uri"]);
  return given({
    region: inUri.region ?? block["region"],
    profile: inUri.profile ?? block["profile"],
    credentialsFile: inUri.credentialsFile ?? block["credentialsfile"],
  });
}

function regionOf(arn: string | undefined): string | undefined {
  return arn === undefined ? undefined : parseAwsKey(arn).region;
}
