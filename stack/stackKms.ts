import { createRequire } from "node:module";
import type { StackKms } from "../provider/keySources/stackKms";
import type { KmsDescriptor } from "../provider/kms/descriptor";
import { kmsRegistry } from "../provider/kms/registry/registry";

// A KMS's part is loaded only by a stack that uses it.
const load = createRequire(__filename);

/** The part of a KMS in the stack. */
export function partOf({ stackModule }: KmsDescriptor): StackKms {
  return (load(stackModule) as { readonly stackKms: StackKms }).stackKms;
}

/** The KMS of the key in `rootKey`; undefined for an unknown scheme. */
export function kmsOfRootKey(key: string): KmsDescriptor | undefined {
  const named = kmsRegistry.find(key);
  // One letter before a colon is a Windows drive.
  return named ?? (/^[a-z][a-z0-9+.-]+:/i.test(key) ? undefined : kmsRegistry.ofFiles);
}
