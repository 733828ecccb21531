import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import type { PivKeyInputs, PivKeyRecord } from "../../../../provider/kms/yubikey/lifecycle/pivKeyRecord";
import { pivKeyLifecycle } from "../../../../provider/kms/yubikey/lifecycle/pivKey";
import type { Lifecycle } from "../../../../provider/lifecycle/provider";
import { contextWith, type FakeYubiKey, PIN } from "../../../fixtures/fakeYubiKey";
import { Project } from "../../../fixtures/lifecycleContext";

/** The inputs of a key in slot 9a of the YubiKey 11. */
export const INPUTS: PivKeyInputs = {
  slot: "9a",
  kms: "yubikey:serial=11",
  algorithm: "ECDSA_P256",
  pinPolicy: "always",
  touchPolicy: "never",
  use: "new",
  deleteKey: false,
  owner: "urn:pulumi:prod::acme::t::ca-root-key",
};

/** A project whose user has given the PIN. */
export function projectWithPin(): Project {
  const project = new Project();
  project.environment["KMS_PKI_PIN"] = PIN;
  return project;
}

/** One provider process that handles keys, and its messages. */
export class KeyRun {
  readonly project = projectWithPin();
  readonly lifecycle: Lifecycle<PivKeyInputs, PivKeyRecord>;

  constructor(...devices: readonly FakeYubiKey[]) {
    this.lifecycle = pivKeyLifecycle(contextWith(this.project, ...devices));
  }

  get notices(): string {
    return this.project.notices.join("\n");
  }

  async create(change: Partial<PivKeyInputs> = {}): Promise<PivKeyRecord> {
    const { inputs, problems } = await this.lifecycle.check({}, { ...INPUTS, ...change });
    assert.deepEqual(problems, []);
    return (await this.lifecycle.create(inputs)).state;
  }
}

/** Whether a record is of the key that the slot holds. */
export function isOfKeyIn(device: FakeYubiKey, { slot, publicKeyPem }: PivKeyRecord): boolean {
  return device.keys.get(slot)?.publicKey.equals(createPublicKey(publicKeyPem)) === true;
}
