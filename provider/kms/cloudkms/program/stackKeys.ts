import { createRequire } from "node:module";
import type { KeyRole } from "../../../authority/keyNames";
import type { StackKeys, StackKms, StackSettings } from "../../../keySources/stackKms";
import { cloudKmsUri, isBareCloudKey, parseCloudKmsUri } from "../cloudKeyUri";
import type * as source from "./cloudKmsKeys";
import type { CloudKmsKeysArgs, ProtectionLevel } from "./cloudKmsKeysArgs";

// Only a stack that makes keys in Google Cloud needs `@pulumi/gcp`, which takes a second to load.
const load = createRequire(__filename);

/** Cloud KMS in the root stack. */
export const stackKms: StackKms = {
  source: (args) => {
    const { CloudKmsKeys } = load("./cloudKmsKeys") as typeof source;
    return new CloudKmsKeys(args);
  },
  keys,
  settingNames: { protectionLevel: "protectionLevels" }, // which names single keys; kms-pki:protectionLevel names all
  rootKey: (settings, key) => {
    const own = isBareCloudKey(key) ? {} : parseCloudKmsUri(key);
    const kms = cloudKmsUri({ credentialsFile: settings.ofKms("cloudkms", "credentialsFile"), ...own });
    return { uri: key, kms: kms === "cloudkms:" ? undefined : kms };
  },
};

function keys(settings: StackSettings, roles: readonly KeyRole[]): StackKeys {
  const { CloudKmsKeys } = load("./cloudKmsKeys") as typeof source;
  const made = new CloudKmsKeys(argsOf(settings, roles));
  return { root: made, intermediate: made, outputs: () => ({}) };
}

function argsOf(settings: StackSettings, roles: readonly KeyRole[]): CloudKmsKeysArgs {
  const level = settings.require("protectionLevel") as ProtectionLevel; // checked by the source
  const levels = settings.getObject("protectionLevels") as Partial<Record<KeyRole, ProtectionLevel>> | undefined;
  const everyLevel = { root: level, intermediate: level, "ssh-user-key": level, "ssh-host-key": level };
  return {
    project: settings.optional("project"),
    credentialsFile: settings.optional("credentialsFile"),
    destroyScheduledDuration: settings.optional("destroyScheduledDuration"),
    stepCaMember: settings.optional("stepCaMember"),
    labels: settings.getObject("labels") as Record<string, string> | undefined,
    existing: settings.byRole("existing", roles),
    adopt: settings.byRole<string>("adopt", roles),
    newKeys: settings.requireObject("newKeys") as KeyRole[],
    kmsUri: settings.requireBoolean("kmsUri"),
    location: settings.require("location"),
    keyRing: settings.require("keyRing"),
    protectionLevel: { ...everyLevel, ...levels },
  };
}
