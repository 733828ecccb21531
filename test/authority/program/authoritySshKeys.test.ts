import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { output, type Output } from "@pulumi/pulumi";
import { AuthoritySshKeys } from "../../../provider/authority/program/authoritySshKeys";
import type { SigningKey } from "../../../provider/resources/signingKey";
import { authorityPlan } from "../../../provider/authority/plan";
import type { AuthorityKey } from "../../../provider/authority/plannedKey";
import { temporaryDirectory } from "../../fixtures/temporaryDirectory";
import { ARGS, day } from "../../rotation/rotations";
import { STRUCTURE } from "../structure";
import { missing, runTool } from "../../tools";
import { keyPair } from "../../x509/keySigner";

const keyOf = (part: string, generation: number): string =>
  keyPair("ECDSA_P256", `${part} ${String(generation)}`)
    .publicKey.export({ type: "spki", format: "pem" })
    .toString();

const KEYS = {
  key: ({ part, number }: AuthorityKey): SigningKey => ({
    uri: output(`${part} ${String(number)}`),
    algorithm: output("ECDSA_P256"),
    publicKeyPem: output(keyOf(part, number)),
    kms: output<string | undefined>(undefined),
  }),
};

function valueOf<Value>(value: Output<Value>): Promise<Value> {
  return new Promise((resolve) => value.apply(resolve));
}

function sshKeysAt(at: number): AuthoritySshKeys {
  const { ssh } = authorityPlan("ca", { ...STRUCTURE, rotation: ARGS }, day(at));
  assert.ok(ssh !== undefined);
  return new AuthoritySshKeys(ssh, KEYS);
}

/** From the key as ssh-keygen converts it. */
function fingerprintOf(pem: string): string {
  const file = join(temporaryDirectory(), "key.pem");
  writeFileSync(file, pem);
  writeFileSync(file, runTool("ssh-keygen", ["-i", "-m", "PKCS8", "-f", file]));
  return runTool("ssh-keygen", ["-l", "-f", file]).split(" ")[1] ?? "";
}

void describe("The SSH keys of an authority", { skip: missing("ssh-keygen") }, () => {
  // Keys change on day 60, are published from 55 and gone from 92.
  const moments = [
    { when: "before the next is published", at: 10, signs: 0, others: [] },
    { when: "while the next is published", at: 55, signs: 0, others: [1] },
    { when: "while the old one retires", at: 60, signs: 1, others: [0] },
    { when: "when the old one is gone", at: 92, signs: 1, others: [] },
  ];
  for (const { when, at, signs, others } of moments) {
    void it(`sign with one key, and list each of the others twice in ca.json, ${when}`, async () => {
      const keys = sshKeysAt(at);
      for (const type of ["user", "host"] as const) {
        assert.equal(await valueOf(keys.uri(type)), `ssh-${type} ${String(signs)}`);
        const { fingerprint } = await valueOf(keys.active(type));
        assert.equal(fingerprint, fingerprintOf(keyOf(`ssh-${type}`, signs)));
      }
      const expected = (["host", "user"] as const).flatMap((type) =>
        others.flatMap((number) =>
          [false, true].map((federated) => ({ type, federated, pem: keyOf(`ssh-${type}`, number) })),
        ),
      );
      const entries = await valueOf(keys.entries);
      assert.deepEqual(
        entries.map(({ type, federated, key }) => ({
          type,
          federated,
          pem: createPublicKey({ key, format: "jwk" }).export({ type: "spki", format: "pem" }).toString(),
        })),
        expected,
      );
      assert.deepEqual(
        entries.map(({ key }) => key.kid),
        expected.map(({ pem }) => `kms-pki:${fingerprintOf(pem)}`),
      );
    });
  }
});
