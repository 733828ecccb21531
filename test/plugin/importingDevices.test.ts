import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { FakeYubiKey, contextWith } from "../fixtures/fakeYubiKey";
import { openssl } from "../fixtures/openssl";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { withCode } from "../fixtures/withCode";
import { projectWithPin } from "../kms/yubikey/lifecycle/pivKeyRun";
import { TokenProject } from "../kms/pkcs11/lifecycle/tokenRun";
import { missingSoftHsm } from "../pkcs11/token";
import { missing } from "../tools";
import { readCertificate } from "../../provider/x509/certificate";
import { importedThing } from "./importedThing";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

void describe("An import out of a YubiKey", { skip: missing("openssl") }, () => {
  const project = projectWithPin();
  const device = new FakeYubiKey(11, "5.7.1");
  const context = contextWith(project, device, new FakeYubiKey(12));
  let certificatePem: string;

  before(() => {
    const publicKey = device.put("9a", "ECDSA_P384", { pinPolicy: "once", touchPolicy: "cached" });
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "pub.pem"), publicKey.export({ type: "spki", format: "pem" }));
    openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", join(directory, "ca.key")]);
    const request = openssl(["req", "-new", "-key", join(directory, "ca.key"), "-subj", "/CN=Somebody"]);
    const arguments_ = ["-signkey", join(directory, "ca.key"), "-force_pubkey", join(directory, "pub.pem")];
    certificatePem = readCertificate(openssl(["x509", "-req", ...arguments_], request)).toString();
    device.certificates.set("9a", readCertificate(certificatePem).raw);
    device.put("9c");
  });

  void it("takes the device by its number, and a key with its policies", async () => {
    for (const id of ["11", "yubikey:serial=11"]) {
      assert.deepEqual((await importedThing(context, "YubiKey", id)).args, { serial: 11 });
    }
    const { id, args } = await importedThing(context, "PivKey", "yubikey:serial=11;slot-id=9a");
    assert.equal(id, "yubikey:serial=11/9a");
    assert.deepEqual(args, {
      ...{ slot: "9a", kms: "yubikey:serial=11", algorithm: "ECDSA_P384", pinPolicy: "once", touchPolicy: "cached" },
      use: "adopt",
    });
    assert.deepEqual(
      device.takeCalls().filter((call) => call !== "verifyPin"),
      [],
    );
  });

  void it("takes the certificate of a slot, and writes nothing", async () => {
    const { args } = await importedThing(context, "PivCertificate", "yubikey:serial=11;slot-id=9a");
    assert.equal(args["certificatePem"], certificatePem);
    assert.deepEqual(device.takeCalls(), []);
    await assert.rejects(
      importedThing(context, "PivCertificate", "yubikey:serial=11;slot-id=9c"),
      withCode("INPUT_INVALID", /slot 9c has no certificate/),
    );
  });

  void it("tells that a slot is empty, and that several devices are plugged in", async () => {
    await assert.rejects(importedThing(context, "PivKey", "yubikey:serial=12;slot-id=9a"), withCode("KEY_NOT_FOUND"));
    await assert.rejects(importedThing(context, "PivKey", "yubikey:slot-id=9a"), withCode("CARD_AMBIGUOUS"));
  });
});

void describe("An import out of a PKCS#11 token", { skip: missingSoftHsm("cc", "openssl") }, () => {
  let project: TokenProject;
  before(() => {
    project = new TokenProject();
    project.tool("--keypairgen", "--key-type", "EC:prime256v1", "--label", "their root", "--id", "0a1b");
  });

  void it("takes a key by either of its names, and makes and signs nothing", async () => {
    for (const name of ["id=0a1b", "object=their%20root"]) {
      const { args } = await importedThing(project.process(), "Pkcs11Key", `${project.kms("ca")};${name}`);
      assert.deepEqual(args, {
        ...{ kms: project.kms("ca"), adopt: "pkcs11:id=0a1b;object=their%20root", algorithm: "ECDSA_P256" },
      });
    }
    assert.equal(project.module.count("C_Sign") + project.module.count("C_GenerateKeyPair"), 0);
  });

  void it("takes the certificate beside a key, and stores nothing", async () => {
    const uri = `${project.kms("ca")};id=0a1b`;
    await assert.rejects(
      importedThing(project.process(), "Pkcs11Certificate", uri),
      withCode("INPUT_INVALID", /has no certificate to import/),
    );
    const keyFile = join(temporaryDirectory(), "key");
    const pem = openssl(["req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", keyFile, "-subj", "/CN=A"]);
    const der = join(project.directory, "a.der");
    writeFileSync(der, readCertificate(pem).raw);
    project.tool("--write-object", der, "--type", "cert", "--id", "0a1b", "--label", "their root");
    project.module.clear();
    const { args } = await importedThing(project.process(), "Pkcs11Certificate", uri);
    assert.equal(args["certificatePem"], readCertificate(pem).toString());
    assert.equal(project.module.count("C_CreateObject") + project.module.count("C_DestroyObject"), 0);
  });
});
