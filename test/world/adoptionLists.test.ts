import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { countingCalls } from "../engine/providerCalls";
import { UP } from "../engine/project";
import { openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { adoptBoth, foreignCa } from "./foreignCa";
import type { ListOutput } from "./listsOf";

const skip = missing("openssl");
const LISTS = { url: "http://pki.example.com/crl" };

void describe("The revocation lists of an adopted CA", { skip }, () => {
  void it("are signed by its keys, while its certificates stay, and revoke what it issued before", async () => {
    const { project, rootPem, intermediatePem } = await foreignCa();
    try {
      await adoptBoth(project);
      await project.setConfigObject("kms-pki:crl", LISTS);
      const serialNumber = openssl(["x509", "-noout", "-serial"], intermediatePem).trim().replace("serial=", "");
      await project.setConfigObject("kms-pki:revoked", [{ issuer: "root", serialNumber: serialNumber.toLowerCase() }]);
      const { run, calls } = await countingCalls(project, UP);
      assert.equal(calls.sign, 2, "the two lists");
      assert.match(run.output, /crlDistributionPoints: the certificate says nothing, the program http:/);
      const { rootCertificate, intermediateCertificate, crls } = await project.outputs();
      assert.deepEqual([rootCertificate, intermediateCertificate], [rootPem, intermediatePem]);
      const [root] = crls as ListOutput[];
      const files = ["root.crt", "root.crl.pem", "intermediate.crt"].map((name) => join(project.directory, name));
      writeFileSync(files[1] ?? "", root?.pem ?? "");
      const [rootFile = "", listFile = "", file = ""] = files;
      const check = ["verify", "-crl_check", "-CAfile", rootFile, "-CRLfile", listFile, file];
      assert.throws(() => openssl(check), /certificate revoked/);
      await project.succeed([...UP, "--expect-no-changes"]);
    } finally {
      project.remove();
    }
  });
});

void describe("A compromised key of an adopted CA", { skip }, () => {
  void it("takes the adopted intermediate out of service, which the list of the adopted root revokes", async () => {
    const { project, rootPem, intermediatePem } = await foreignCa();
    try {
      await adoptBoth(project);
      await project.setConfigObject("kms-pki:crl", LISTS);
      await project.up();
      await project.setConfigObject("kms-pki:compromised", ["intermediate"]);
      await project.up();
      const outputs = await project.outputs();
      assert.equal(outputs["rootCertificate"], rootPem);
      assert.notEqual(outputs["intermediateCertificate"], intermediatePem);
      const { certificates } = outputs["compromise"] as { certificates: { name: string; certificate: string }[] };
      assert.deepEqual(
        certificates.map(({ name, certificate }) => [name, certificate]),
        [["intermediate", intermediatePem]],
      );
      const [list] = outputs["crls"] as ListOutput[];
      assert.match(openssl(["crl", "-noout", "-text"], list?.pem ?? ""), /Key Compromise/);
      await project.succeed([...UP, "--expect-no-changes"]);
    } finally {
      project.remove();
    }
  });

  void it("is never used when it is named with the adoption: its certificate is taken up only to be revoked", async () => {
    const { project, intermediatePem } = await foreignCa();
    try {
      await adoptBoth(project);
      await project.setConfigObject("kms-pki:compromised", ["intermediate"]);
      await project.up();
      const { compromise, intermediateCertificate } = await project.outputs();
      assert.notEqual(intermediateCertificate, intermediatePem);
      const { certificates } = compromise as { certificates: { certificate: string }[] };
      assert.deepEqual(
        certificates.map(({ certificate }) => certificate),
        [intermediatePem],
      );
    } finally {
      project.remove();
    }
  });
});
