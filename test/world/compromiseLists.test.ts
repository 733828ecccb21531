import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { execFileSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { UP_WITHOUT_PREVIEW } from "../engine/project";
import { countingCalls } from "../engine/providerCalls";
import { WorldProject } from "./worldProject";

/** A list of an authority, as openssl reads it. */
async function textOf(project: WorldProject, name: string): Promise<string> {
  const crls = (await project.outputs())["crls"] as { readonly name: string; readonly pem: string }[];
  const { pem = "" } = crls.find((each) => each.name === name) ?? {};
  return execFileSync("openssl", ["crl", "-noout", "-text"], { input: pem, encoding: "utf8" });
}

/** The serial numbers on a list with their reasons. */
async function listedOn(project: WorldProject, name: string): Promise<string[]> {
  return [...(await textOf(project, name)).matchAll(/Serial Number: (\w+)[^]*?Reason Code: \n\s*(.+)/g)].map(
    ([, serial, reason]) => `${String(serial).toLowerCase()} ${String(reason)}`,
  );
}

void describe("A compromised key of an authority with revocation lists", () => {
  let project: WorldProject;
  before(async () => {
    project = await WorldProject.rootStack({ "kms-pki:ssh": "false" });
    await project.setConfigObject("kms-pki:crl", { url: "http://pki.example.com/crl" });
    await project.up();
  });
  after(() => {
    project.remove();
  });

  const listed = (name: string): Promise<string[]> => listedOn(project, name);

  void it("is on the list of its root, which signs once more, and its own list is never issued again", async () => {
    const { serialNumber } = new X509Certificate(await project.output("intermediateCertificate"));
    assert.deepEqual(await listed("root"), []);
    await project.setConfigObject("kms-pki:compromised", ["intermediate"]);
    const { calls } = await countingCalls(project, UP_WITHOUT_PREVIEW);
    // The next intermediate, its list, and the root's list.
    assert.deepEqual([calls.generateKeyPair, calls.sign], [1, 3]);
    assert.deepEqual(await listed("root"), [`${serialNumber.toLowerCase()} Key Compromise`]);
    assert.deepEqual(
      ((await project.outputs())["crls"] as { readonly name: string }[]).map(({ name }) => name),
      ["root", "intermediate-g1"],
    );
    const inAYear = new Date(Date.now() + 365 * 86_400_000).toISOString();
    project.setEnvironment({ KMS_PKI_NOW: inAYear, KMS_PKI_TEST_CLOCK: "1" });
    // Only the lists of those in service are due.
    assert.equal((await countingCalls(project, UP_WITHOUT_PREVIEW)).calls.sign, 2);
    assert.equal((await listed("root")).length, 1);
  });

  void it("is not the only thing on a list: an authority revokes what its CAs issued, and refuses what no list can hold", async () => {
    await project.setConfigObject("kms-pki:revoked", [
      { issuer: "intermediate-g1", serialNumber: "5a17c3f09d", reason: "superseded" },
    ]);
    assert.equal((await countingCalls(project, UP_WITHOUT_PREVIEW)).calls.sign, 1);
    assert.deepEqual(await listed("intermediate-g1"), ["5a17c3f09d Superseded"]);
    await project.setConfigObject("kms-pki:revoked", [{ issuer: "leaf", serialNumber: "xyz" }]);
    const run = await project.pulumi(["preview"]);
    assert.match(run.output, /kms-pki:revoked\[0\]\.issuer: INPUT_INVALID/);
    assert.match(run.output, /kms-pki:revoked\[0\]\.serialNumber/);
    await project.setConfigObject("kms-pki:revoked", []);
    await project.up();
    assert.deepEqual(await listed("intermediate-g1"), ["5a17c3f09d Superseded"], "for good");
  });

  void it("takes the lists of a root along", async () => {
    await project.setConfigObject("kms-pki:compromised", ["intermediate", "root"]);
    await project.up();
    const crls = (await project.outputs())["crls"] as { readonly name: string }[];
    assert.deepEqual(
      crls.map(({ name }) => name),
      ["root-g1", "intermediate-g1"],
    );
    const again = await countingCalls(project, UP_WITHOUT_PREVIEW);
    assert.equal(again.calls.sign, 0);
  });
});

void describe("A certificate that the program revokes, and a compromise withdraws", () => {
  void it("is one entry, for the graver reason", async () => {
    const project = await WorldProject.rootStack({ "kms-pki:ssh": "false" });
    try {
      await project.setConfigObject("kms-pki:crl", { url: "http://pki.example.com/crl" });
      await project.up();
      const serial = new X509Certificate(await project.output("intermediateCertificate")).serialNumber.toLowerCase();
      const revoke = async (...entries: object[]): Promise<string[]> => {
        await project.setConfigObject(
          "kms-pki:revoked",
          entries.map((entry) => ({ issuer: "root", ...entry })),
        );
        await project.up();
        return listedOn(project, "root");
      };
      const revokedAt = "2026-01-02T03:04:05Z";
      assert.deepEqual(await revoke({ serialNumber: serial, reason: "superseded", revokedAt }), [
        `${serial} Superseded`,
      ]);

      await project.setConfigObject("kms-pki:compromised", ["intermediate"]);
      await project.up();
      assert.deepEqual(await listedOn(project, "root"), [`${serial} Key Compromise`]);
      assert.match(await textOf(project, "root"), /Revocation Date: Jan {2}2 03:04:05 2026 GMT/);
      const again = await project.pulumi(["up", "--yes", "--skip-preview", "--expect-no-changes"]);
      assert.equal(again.code, 0, again.output);

      // RFC 5280 has a reason of its own for the key of a CA.
      const written = `00:${serial.toUpperCase()}`;
      assert.deepEqual(await revoke({ serialNumber: written, reason: "cACompromise" }), [`${serial} CA Compromise`]);
      assert.deepEqual(await revoke({ serialNumber: written, reason: "certificateHold" }), [
        `${serial} Key Compromise`,
      ]);
      assert.deepEqual(await revoke(), [`${serial} Key Compromise`]);
    } finally {
      project.remove();
    }
  });
});
