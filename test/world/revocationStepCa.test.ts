import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as pki from "../../provider";
import { freePort } from "../fixtures/freePort";
import { StepCa } from "../engine/stepCa";
import { openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { WorldProject } from "./worldProject";

void describe("step-ca's own list of leaves", { skip: missing("step-ca", "step", "openssl") }, () => {
  let project: WorldProject;
  let ca: StepCa;
  let url = "";
  const inScratch = (name: string): string => join(project.scratch, name);
  /** The list that step-ca serves, as openssl reads it. */
  const served = async (): Promise<string> => {
    const answer = await fetch(url);
    assert.equal(answer.status, 200);
    writeFileSync(inScratch("served.crl"), Buffer.from(await answer.arrayBuffer()));
    return openssl(["crl", "-noout", "-text", "-inform", "DER", "-in", inScratch("served.crl")]);
  };
  before(async () => {
    const [port, insecurePort] = [await freePort(), await freePort()];
    url = `http://127.0.0.1:${String(insecurePort)}/crl`;
    project = await WorldProject.program("");
    project.runsProgram(() => ({
      ca: new pki.CertificateAuthority("ca", {
        ...{ keys: new pki.SoftKeys(), ssh: false, address: `127.0.0.1:${String(port)}` },
        crl: { url: "http://pki.example.com/crl", stepCaUrl: url },
        caConfig: { insecureAddress: `127.0.0.1:${String(insecurePort)}` },
      }),
    }));
    await project.up();
    const exported = await project.kmsPki(["export", "--dir", "ca"]);
    assert.equal(exported.code, 0, exported.output);
    ca = await StepCa.start(join(project.directory, "ca"), project.passphraseFile, port, inScratch("step"));
  });
  after(async () => {
    await ca.stop();
    project.remove();
  });

  void it("is served and verifies, with the URL that the setting gives it", async () => {
    assert.match(await served(), new RegExp(`Issuing Distribution Point: critical[^]*URI:${url}\\b`));
    const issuing = join(project.directory, "ca", "intermediate_ca.crt");
    openssl(["crl", "-noout", "-verify", "-inform", "DER", "-in", inScratch("served.crl"), "-CAfile", issuing]);
  });

  void it("has a leaf from the moment that it is revoked, and the authority's list has not", async () => {
    const [certificate, key] = [inScratch("leaf.crt"), inScratch("leaf.key")];
    const password = ["--provisioner", "admin", "--provisioner-password-file", project.passphraseFile];
    await ca.step(["ca", "certificate", "leaf.example.com", certificate, key, ...password, "--force"]);
    const serial = openssl(["x509", "-noout", "-serial", "-in", certificate]).trim().replace("serial=", "");
    assert.doesNotMatch(await served(), new RegExp(serial));
    await ca.step(["ca", "revoke", "--cert", certificate, "--key", key, "--reasonCode", "1"]);
    assert.match(await served(), new RegExp(`Serial Number: ${serial}`));

    const own = ["-inform", "DER", "-in", join(project.directory, "ca", "intermediate.crl")];
    const text = openssl(["crl", "-noout", "-text", ...own]);
    assert.match(text, /No Revoked Certificates/);
    assert.match(text, /URI:http:\/\/pki\.example\.com\/crl\/intermediate\.crl/);
    const issuer = (args: readonly string[]): string => openssl(["crl", "-noout", "-issuer", ...args]);
    assert.equal(issuer(own), issuer(["-inform", "DER", "-in", inScratch("served.crl")]));
  });
});
