import { createRequire } from "node:module";
import type { KeyRole } from "../../../authority/keyNames";
import { PkiError } from "../../../errors";
import type { StackKeys, StackKms, StackSettings } from "../../../keySources/stackKms";
import { AWS_REGION, type AwsConnection, awsKmsUri, isBareAwsKey, parseAwsKey, parseAwsKmsUri } from "../awsKeyUri";
import type * as source from "./awsKmsKeys";
import type { AwsKmsKeysArgs } from "./awsKmsKeysArgs";
import { operatorPolicy } from "./awsKmsPolicies";

// Only a stack that makes keys in AWS needs `@pulumi/aws`, which takes a second to load.
const load = createRequire(__filename);

/** AWS KMS in the root stack. */
export const stackKms: StackKms = {
  source: (args) => {
    const { AwsKmsKeys } = load("./awsKmsKeys") as typeof source;
    return new AwsKmsKeys(args);
  },
  keys,
  settingNames: { description: "keyDescription", policy: "keyPolicyFile" },
  rootKey: (settings, key) => {
    const kms = awsKmsUri(connectionOf(settings, key));
    return { uri: key, kms: kms === "awskms:" ? undefined : kms };
  },
  outputsOfRoot: (root) => ({ operatorIamPolicy: root.resourceName.apply(policyOf) }),
};

function keys(settings: StackSettings, roles: readonly KeyRole[]): StackKeys {
  const { AwsKmsKeys } = load("./awsKmsKeys") as typeof source;
  const args = argsOf(settings, roles);
  const intermediate = new AwsKmsKeys(args);
  const [rootRegion, rootProfile] = [rootRegionOf(settings), settings.optional("rootProfile")];
  if (rootRegion === undefined && rootProfile === undefined) {
    return {
      root: intermediate,
      intermediate,
      outputs: (existing) => ({
        operatorIamPolicy: intermediate.operatorPolicyWith(existing === undefined ? [] : [existing]),
        stepCaIamPolicy: intermediate.stepCaPolicy,
      }),
    };
  }
  const root = new AwsKmsKeys({
    ...args,
    region: rootRegion ?? args.region,
    profile: rootProfile ?? args.profile,
    existing: rootOf(args.existing),
    adopt: rootOf(args.adopt),
  });
  return {
    root,
    intermediate,
    outputs: (existing) => ({
      operatorIamPolicy: intermediate.operatorPolicy,
      // Another profile may belong to another account.
      rootOperatorIamPolicy: root.operatorPolicyWith(existing === undefined ? [] : [existing]),
      stepCaIamPolicy: intermediate.stepCaPolicy,
    }),
  };
}

function argsOf(settings: StackSettings, roles: readonly KeyRole[]): AwsKmsKeysArgs {
  return {
    region: settings.optional("region") ?? settings.ofPackage("aws", "region"),
    profile: settings.optional("profile"),
    credentialsFile: settings.optional("credentialsFile"),
    aliasPrefix: settings.optional("aliasPrefix"),
    description: settings.optional("keyDescription"),
    policy: settings.json("keyPolicyFile"),
    tags: settings.getObject("tags") as Record<string, string> | undefined,
    existing: settings.byRole<string>("existing", roles),
    adopt: settings.byRole<string>("adopt", roles),
    newKeys: settings.requireObject("newKeys") as KeyRole[],
    kmsUri: settings.requireBoolean("kmsUri"),
    deletionWindowInDays: settings.requireNumber("deletionWindowInDays"),
    multiRegion: settings.requireBoolean("multiRegion"),
  };
}

/** The region of the root's key, if it is set. The checks of the key source would call it by the other setting, `region`. */
function rootRegionOf(settings: StackSettings): string | undefined {
  const region = settings.optional("rootRegion");
  if (region !== undefined && !AWS_REGION.test(region)) {
    throw new PkiError(
      "CONFIG_INVALID",
      `kms-pki:rootRegion is "${region}", which is not an AWS region`,
      "Write it like us-east-1",
    );
  }
  return region;
}

function rootOf<Names extends object>(names: Names | undefined): Partial<Names> {
  return Object.fromEntries(Object.entries(names ?? {}).filter(([key]) => /^root(?:-g|$)/.test(key))) as Partial<Names>;
}

/** The connection to a key. The region in the key's own name counts, unless a setting differs. */
function connectionOf(settings: StackSettings, key: string): AwsConnection {
  const own = isBareAwsKey(key) ? {} : parseAwsKmsUri(key);
  const profile = own.profile ?? settings.optional("rootProfile") ?? settings.optional("profile");
  const credentialsFile = own.credentialsFile ?? settings.ofKms("awskms", "credentialsFile");
  const named = parseAwsKey(key).region;
  if (named !== undefined && profile === undefined && credentialsFile === undefined) {
    return {};
  }
  const region =
    named ?? settings.optional("rootRegion") ?? settings.optional("region") ?? settings.ofPackage("aws", "region");
  return { region, profile, credentialsFile };
}

function policyOf(arn: string | undefined): object {
  return operatorPolicy({ tags: [], keySpecs: [], existing: arn === undefined ? [] : [arn], aliases: [] });
}
