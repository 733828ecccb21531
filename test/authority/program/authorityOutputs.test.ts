import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Output, output } from "@pulumi/pulumi";
import {
  attestationsFrom,
  hideFromOutputs,
  NOTHING,
  outputsOf,
} from "../../../provider/authority/program/authorityOutputs";
import type { Attestations } from "../../../provider/keySources/attestations";
import type { KeySource } from "../../../provider/keySources/keySource";
import type { KeyRole } from "../../../provider/authority/keyNames";

/** A key source whose hardware attests some keys. */
function source(...roles: readonly KeyRole[]): KeySource {
  const attestation = { format: "YUBICO_PIV_ATTESTATION", content: "AAAA" };
  const attestations = output(Object.fromEntries(roles.map((role) => [role, attestation])));
  return { attestations } as unknown as KeySource;
}

const software = {} as KeySource;

function rolesIn(attestations: Output<Attestations | undefined>): Promise<string[] | undefined> {
  return new Promise((resolve) => {
    attestations.apply((value) => {
      resolve(value && Object.keys(value).sort());
    });
  });
}

void describe("The attestations of an authority", () => {
  void it("come from all its key sources", async () => {
    const keys = { root: source("root"), intermediate: source("intermediate", "ssh-user-key") };
    assert.deepEqual(await rolesIn(attestationsFrom(keys)), ["intermediate", "root", "ssh-user-key"]);
    const one = source("root", "intermediate");
    assert.deepEqual(await rolesIn(attestationsFrom({ root: one, intermediate: one })), ["intermediate", "root"]);
  });

  void it("come from hardware key sources only", async () => {
    assert.deepEqual(await rolesIn(attestationsFrom({ root: source("root"), intermediate: software })), ["root"]);
    assert.equal(await rolesIn(attestationsFrom({ intermediate: software, ssh: software })), undefined);
  });
});

void describe("The outputs of a component", () => {
  void it("are its properties, without hidden ones and those of the SDK", () => {
    const [rootKey, hidden] = [output("softkms:path=root.pem"), output("root")];
    const component = { urn: output("urn"), __name: "ca", rootKey, root: hidden, lastRun: NOTHING };
    hideFromOutputs(component, ["root"]);
    assert.deepEqual(Object.keys(outputsOf(component)), ["rootKey"]);
    assert.equal(outputsOf(component)["rootKey"], rootKey);
    assert.equal(component.root, hidden);
  });
});
