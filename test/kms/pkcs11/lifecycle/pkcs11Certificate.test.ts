import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { pkcs11CertificateLifecycle } from "../../../../provider/kms/pkcs11/lifecycle/pkcs11Certificate";
import type { Pkcs11KeyRecord } from "../../../../provider/kms/pkcs11/lifecycle/pkcs11Key";
import { certificateLifecycle } from "../../../../provider/lifecycle/certificate";
import type { StoredCertificateInputs } from "../../../../provider/lifecycle/storedCertificate";
import { withCode } from "../../../fixtures/withCode";
import { missingSoftHsm } from "../../../pkcs11/token";
import { idIn, TokenProject } from "./tokenRun";

void describe("A certificate beside its key in a PKCS#11 token", { skip: missingSoftHsm("cc") }, () => {
  let project: TokenProject;
  let key: Pkcs11KeyRecord;
  let inputs: StoredCertificateInputs;
  const issue = async (commonName: string): Promise<string> => {
    const { uri, kms, algorithm, publicKeyPem } = key;
    const { state } = await certificateLifecycle(project.process()).create({
      ...{ profile: "root", subject: { commonName }, signingKey: { uri, algorithm, kms }, publicKeyPem },
    });
    return state.certificatePem;
  };
  const stored = (): number =>
    project.tool("--list-objects", "--type", "cert").match(/Certificate Object/g)?.length ?? 0;
  before(async () => {
    project = new TokenProject();
    key = await project.create(project.inputs());
    const { uri, kms } = key;
    inputs = { uri, kms, certificatePem: await issue("First"), replaceOther: false, deleteCertificate: true };
  });

  void it("is stored so that OpenSC's tool can read it, and replaced by the next one", async () => {
    const lifecycle = pkcs11CertificateLifecycle(project.process());
    const { state } = await lifecycle.create(inputs);
    assert.match(project.tool("--list-objects", "--type", "cert"), /label: +ca-root\n +subject: +DN: CN=First/);
    const news = { ...inputs, certificatePem: await issue("Second") };
    assert.equal((await lifecycle.diff(state, news)).changes, true);
    const next = await lifecycle.update(state, news);
    assert.match(project.tool("--list-objects", "--type", "cert"), /subject: +DN: CN=Second/);
    assert.equal(stored(), 1);
    inputs = next;
  });

  void it("is stored again when it is missing", async () => {
    project.tool("--delete-object", "--type", "cert", "--id", idIn(key.uri));
    const lifecycle = pkcs11CertificateLifecycle(project.process());
    const found = await lifecycle.read({ ...inputs, status: "present" });
    assert.equal(found.status, "missing");
    assert.equal((await lifecycle.diff(found, inputs)).changes, true);
    await lifecycle.update(found, inputs);
    assert.equal(stored(), 1);
  });

  void it("does not replace another one unless allowed", async () => {
    const lifecycle = pkcs11CertificateLifecycle(project.process());
    const recorded = { ...inputs, certificatePem: await issue("Third"), status: "present" } as const;
    assert.equal((await lifecycle.read(recorded)).status, "changed");
    const news = { ...inputs, certificatePem: await issue("Fourth") };
    await assert.rejects(lifecycle.update(recorded, news), withCode("CERTIFICATE_EXISTS"));
    await lifecycle.update(recorded, { ...news, replaceOther: true });
    assert.equal(stored(), 1);
    inputs = news;
  });

  void it("is deleted with its resource if requested", async () => {
    const lifecycle = pkcs11CertificateLifecycle(project.process());
    await lifecycle.delete({ ...inputs, deleteCertificate: false, status: "present" });
    assert.equal(stored(), 1);
    await lifecycle.delete({ ...inputs, status: "present" });
    assert.equal(stored(), 0);
  });
});
