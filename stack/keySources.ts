import { createRequire } from "node:module";
import { Config, output, type Output } from "@pulumi/pulumi";
import {
  type KeyName,
  type KeyRole,
  type KeySource,
  type KeySources,
  PkiError,
  type PublicKey,
  SoftKeys,
} from "../provider";
import type * as awskms from "../provider/kms/awskms/program";
import type * as cloudkms from "../provider/kms/cloudkms/program";
import type * as yubikey from "../provider/kms/yubikey/program";
import { operatorPolicy } from "../provider/kms/awskms/program/awsKmsPolicies";
import { isAwsKey } from "./rootKey";
import { config, defined, jsonSetting, optional, pemSetting, serialSetting } from "./settings";

/** Where the keys of the stack come from. */
export interface StackKeys {
  readonly keys: KeySources;
  /** The outputs that only some sources give, once the keys are declared. @param root the key of an existing root */
  readonly outputs: (root?: PublicKey) => Record<string, Output<unknown>>;
}

const NO_OUTPUTS = (): Record<string, Output<unknown>> => ({});

// A source is loaded only by a stack that uses it: `@pulumi/aws` takes a second.
const load = createRequire(__filename);

const SOURCES: Readonly<Record<string, (roles: readonly KeyRole[]) => StackKeys>> = {
  softkms: () => all(new SoftKeys({ directory: config.require("keyDirectory") })),
  awskms: awsKeys,
  cloudkms: cloudKeys,
  yubikey: yubiKeys,
};

/** The sources that the settings `kms`, `rootKms` and `rootOnly` choose. */
export function stackKeys(): StackKeys {
  const { kms, rootKms } = chosen();
  if (rootKms === kms) {
    return withRootPolicy(source("kms", kms, ["root", "intermediate", "ssh-user-key", "ssh-host-key"]));
  }
  const root = source("rootKms", rootKms, ["root"]);
  const others = source("kms", kms, ["intermediate", "ssh-user-key", "ssh-host-key"]);
  return withRootPolicy({
    keys: { ...others.keys, root: root.keys.root ?? root.keys.intermediate },
    outputs: (existing) => bothOutputs(others.outputs(existing), root.outputs(existing)),
  });
}

/** Attestations are by key, and may come from both. */
function bothOutputs(
  others: Record<string, Output<unknown>>,
  root: Record<string, Output<unknown>>,
): Record<string, Output<unknown>> {
  const { attestations } = root;
  return {
    ...others,
    ...root,
    ...(attestations === undefined || others["attestations"] === undefined
      ? {}
      : {
          attestations: output([others["attestations"], attestations]).apply(
            (sources) => Object.assign({}, ...sources) as unknown,
          ),
        }),
  };
}

/** Whether there are SSH keys by default: a YubiKey has no slots for them. */
export function isSshDefault(): boolean {
  return chosen().kms !== "yubikey";
}

function chosen(): { kms: string; rootKms: string } {
  const kms = config.require("kms");
  if (!config.requireBoolean("rootOnly")) {
    return { kms, rootKms: optional("rootKms") ?? kms };
  }
  if (kms !== "yubikey") {
    throw new PkiError(
      "CONFIG_INVALID",
      `kms-pki:rootOnly is for kms-pki:kms yubikey, and that is "${kms}"`,
      "To have only the root in a YubiKey, set kms-pki:rootKms to yubikey and leave rootOnly out",
    );
  }
  return { kms: "softkms", rootKms: "yubikey" };
}

function source(setting: string, kms: string, roles: readonly KeyRole[]): StackKeys {
  const make = Object.hasOwn(SOURCES, kms) ? SOURCES[kms] : undefined;
  if (make === undefined) {
    throw new PkiError(
      "CONFIG_INVALID",
      `kms-pki:${setting} is "${kms}", which is no key management service that this stack knows`,
      `Choose one of ${Object.keys(SOURCES).join(", ")}`,
    );
  }
  return make(roles);
}

function all(keys: KeySource, outputs: StackKeys["outputs"] = NO_OUTPUTS): StackKeys {
  return { keys: { root: keys, intermediate: keys }, outputs };
}

/** The part of a setting by key that concerns some keys. */
function byRole<Value>(setting: string, roles: readonly KeyRole[]): Partial<Record<KeyRole, Value>> | undefined {
  const given = config.getObject<Record<string, Value>>(setting);
  const others: readonly string[] = (["root", "intermediate", "ssh-user-key", "ssh-host-key"] as const).filter(
    (role) => !roles.includes(role),
  );
  // Of a later generation of a key, too: root-g1.
  const isOthers = (key: string): boolean => others.includes(key.replace(/-g[0-9]+$/, ""));
  return given && Object.fromEntries(Object.entries(given).filter(([key]) => !isOthers(key)));
}

function awsKeys(roles: readonly KeyRole[]): StackKeys {
  const { AwsKmsKeys } = load("../provider/kms/awskms/program") as typeof awskms;
  const settings: awskms.AwsKmsKeysArgs = {
    ...defined("region", optional("region") ?? new Config("aws").get("region")),
    ...defined("profile", optional("profile")),
    ...defined("credentialsFile", optional("credentialsFile")),
    ...defined("aliasPrefix", optional("aliasPrefix")),
    ...defined("description", optional("keyDescription")),
    ...defined("policy", jsonSetting("keyPolicyFile")),
    ...defined("tags", config.getObject<Record<string, string>>("tags")),
    ...defined("existing", byRole<string>("existing", roles)),
    ...defined("adopt", byRole<string>("adopt", roles)),
    newKeys: config.requireObject<KeyRole[]>("newKeys"),
    kmsUri: config.requireBoolean("kmsUri"),
    deletionWindowInDays: config.requireNumber("deletionWindowInDays"),
    multiRegion: config.requireBoolean("multiRegion"),
  };
  const keys = new AwsKmsKeys(settings);
  const [rootRegion, rootProfile] = [optional("rootRegion"), optional("rootProfile")];
  if (rootRegion === undefined && rootProfile === undefined) {
    return all(keys, (existing) => ({
      operatorIamPolicy: keys.operatorPolicyWith(awsKeyOf(existing)),
      stepCaIamPolicy: keys.stepCaPolicy,
    }));
  }
  const root = new AwsKmsKeys({
    ...settings,
    ...defined("region", rootRegion),
    ...defined("profile", rootProfile),
    existing: rootOf(settings.existing),
    adopt: rootOf(settings.adopt),
  });
  return {
    keys: { root, intermediate: keys },
    outputs: (existing) => ({
      operatorIamPolicy: keys.operatorPolicy,
      // Another profile may be one of another account.
      rootOperatorIamPolicy: root.operatorPolicyWith(awsKeyOf(existing)),
      stepCaIamPolicy: keys.stepCaPolicy,
    }),
  };
}

/** The key of an existing root, if it is in AWS. */
function awsKeyOf(root: PublicKey | undefined): PublicKey[] {
  return root === undefined || !isAwsKey(optional("rootKey") ?? "") ? [] : [root];
}

/** Adds the policy for the use of an existing root in AWS, if no key source in AWS gives one. */
function withRootPolicy({ keys, outputs }: StackKeys): StackKeys {
  return {
    keys,
    outputs(root) {
      const given = outputs(root);
      const [key] = "operatorIamPolicy" in given ? [] : awsKeyOf(root);
      return key === undefined ? given : { ...given, operatorIamPolicy: key.resourceName.apply(rootPolicy) };
    },
  };
}

function rootPolicy(arn: string | undefined): object {
  return operatorPolicy({ tags: [], keySpecs: [], existing: arn === undefined ? [] : [arn], aliases: [] });
}

function rootOf(keys: Partial<Record<KeyName, string>> = {}): Partial<Record<KeyName, string>> {
  return Object.fromEntries(Object.entries(keys).filter(([key]) => /^root(?:-g|$)/.test(key)));
}

function cloudKeys(roles: readonly KeyRole[]): StackKeys {
  const { CloudKmsKeys } = load("../provider/kms/cloudkms/program") as typeof cloudkms;
  const level = config.require<cloudkms.ProtectionLevel>("protectionLevel");
  const levels = config.getObject<Partial<Record<KeyRole, cloudkms.ProtectionLevel>>>("protectionLevels");
  const everyLevel = { root: level, intermediate: level, "ssh-user-key": level, "ssh-host-key": level };
  const keys = new CloudKmsKeys({
    ...defined("project", optional("project")),
    ...defined("credentialsFile", optional("credentialsFile")),
    ...defined("destroyScheduledDuration", optional("destroyScheduledDuration")),
    ...defined("stepCaMember", optional("stepCaMember")),
    ...defined("labels", config.getObject<Record<string, string>>("labels")),
    ...defined("existing", byRole("existing", roles) as cloudkms.ExistingCloudKeys | undefined),
    ...defined("adopt", byRole<string>("adopt", roles)),
    newKeys: config.requireObject<KeyRole[]>("newKeys"),
    kmsUri: config.requireBoolean("kmsUri"),
    location: config.require("location"),
    keyRing: config.require("keyRing"),
    protectionLevel: { ...everyLevel, ...levels },
  });
  return all(keys, () => ({ attestations: keys.attestations }));
}

function yubiKeys(roles: readonly KeyRole[]): StackKeys {
  const { YubiKeyKeys } = load("../provider/kms/yubikey/program") as typeof yubikey;
  // Slots and policies are checked by the source, which names what there is.
  const slot = (key: string): yubikey.Slot[] | undefined => optional(key)?.split(",") as yubikey.Slot[] | undefined;
  const slots = {
    ...defined("root", slot("rootSlot")),
    ...defined("intermediate", slot("intermediateSlot")),
    ...defined("ssh-user-key", slot("sshUserSlot")),
    ...defined("ssh-host-key", slot("sshHostSlot")),
  };
  const keys = new YubiKeyKeys({
    ...defined("serial", serialSetting()),
    ...defined("adopt", slotsIn(byRole("adopt", roles))),
    ...defined("attestationRootPem", pemSetting("attestationRootFile")),
    slots: Object.fromEntries(Object.entries(slots).filter(([role]) => roles.includes(role as KeyRole))),
    overwrite: Object.values(slotsIn(config.getObject<unknown[]>("overwrite")) ?? {}),
    pinPolicy: config.require<yubikey.PinPolicy>("pinPolicy"),
    touchPolicy: config.require<yubikey.TouchPolicy>("touchPolicy"),
    deleteKeys: config.requireBoolean("deleteKeys"),
  });
  return all(keys, () => ({ attestations: keys.attestations }));
}

/** The slots in a structured setting: for Pulumi, `82` there is a number. */
function slotsIn(setting: object | undefined): Record<string, yubikey.Slot> | undefined {
  return (
    setting && Object.fromEntries(Object.entries(setting).map(([name, slot]) => [name, String(slot) as yubikey.Slot]))
  );
}
