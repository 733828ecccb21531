import { type KeyRole, type KeySources, PkiError, type ExistingKey } from "../provider";
import type { StackKeys as KeysOfKms, StackOutputs } from "../provider/keySources/stackKms";
import type { KmsDescriptor } from "../provider/kms/descriptor";
import { KEY_ROLES } from "../provider/authority/keyNames";
import { kmsRegistry } from "../provider/kms/registry/registry";
import { isRootExternal } from "./externalRoot";
import { config, optional, stackSettings } from "./settings";
import { kmsOfRootKey, partOf } from "./stackKms";

/** The sources of the stack's keys. */
export interface StackKeys {
  readonly keys: KeySources;
  /** The outputs that only some sources have, once the keys are declared. @param root the key of an existing root */
  readonly outputs: (root?: ExistingKey) => StackOutputs;
}

/** The sources that the settings `kms`, `rootKms` and `rootOnly` choose. */
export function stackKeys(): StackKeys {
  const { kms, rootKms } = chosenKms();
  if (rootKms === kms) {
    const { root, intermediate, outputs } = source(kms, KEY_ROLES);
    return { keys: { root, intermediate }, outputs: withOutputsOfRoot(outputs, kms) };
  }
  const root = source(rootKms, ["root"]);
  const others = source(
    kms,
    KEY_ROLES.filter((role) => role !== "root"),
  );
  return {
    keys: { root: root.root, intermediate: others.intermediate },
    outputs: withOutputsOfRoot(
      (existing) => ({ ...others.outputs(existing), ...root.outputs(existing) }),
      kms,
      rootKms,
    ),
  };
}

/** Whether there are SSH keys by default. */
export function isSshDefault(): boolean {
  return chosenKms().kms.hasSshKeysByDefault;
}

/** The KMSs that the settings `kms`, `rootKms` and `rootOnly` choose. */
export function chosenKms(): { kms: KmsDescriptor; rootKms: KmsDescriptor } {
  const kms = chosenBy("kms", config.require("kms"));
  if (!config.requireBoolean("rootOnly")) {
    const rootKms = optional("rootKms");
    return { kms, rootKms: rootKms === undefined || isRootExternal() ? kms : chosenBy("rootKms", rootKms) };
  }
  if (!kms.canHoldRootOnly) {
    throw rootOnlyRefused(kms);
  }
  return { kms: kmsRegistry.ofFiles, rootKms: kms };
}

function rootOnlyRefused({ scheme }: KmsDescriptor): PkiError {
  const able = kmsRegistry.all.filter(({ canHoldRootOnly }) => canHoldRootOnly);
  const list = (words: readonly string[]): string => words.join(" or ");
  const schemes = list(able.map((kms) => kms.scheme));
  return new PkiError(
    "CONFIG_INVALID",
    `kms-pki:rootOnly requires kms-pki:kms ${schemes}, but that is "${scheme}"`,
    `To put only the root in ${list(able.map(({ title }) => title))}, set kms-pki:rootKms to ${schemes} and omit rootOnly`,
  );
}

function chosenBy(setting: string, scheme: string): KmsDescriptor {
  const kms = kmsRegistry.all.find((each) => each.scheme === scheme);
  if (kms === undefined) {
    throw new PkiError(
      "CONFIG_INVALID",
      `kms-pki:${setting} is "${scheme}", which is not a known key management service`,
      `Choose one of ${kmsRegistry.all.map((each) => each.scheme).join(", ")}`,
    );
  }
  return kms;
}

/** The keys in a KMS, which receives an existing root only if it is in this KMS. */
function source(kms: KmsDescriptor, roles: readonly KeyRole[]): KeysOfKms {
  const made = partOf(kms).keys(stackSettings, roles);
  return { ...made, outputs: (root) => made.outputs(root === undefined || kms !== kmsOfRoot() ? undefined : root) };
}

/** Adds the outputs of the KMS of an existing root, if the stack has no other key in it. */
function withOutputsOfRoot(outputs: StackKeys["outputs"], ...used: readonly KmsDescriptor[]): StackKeys["outputs"] {
  return (root) => {
    const kms = root === undefined ? undefined : kmsOfRoot();
    return root === undefined || kms === undefined || used.includes(kms)
      ? outputs(root)
      : { ...outputs(root), ...partOf(kms).outputsOfRoot?.(root) };
  };
}

function kmsOfRoot(): KmsDescriptor | undefined {
  const key = optional("rootKey");
  return key === undefined ? undefined : kmsOfRootKey(key);
}
