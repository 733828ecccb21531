import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { UP } from "../engine/project";
import { ForeignCa } from "../fixtures/foreignCa";
import { openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { exampleProgram } from "./exampleProgram";
import { WorldProject } from "./worldProject";

void describe("examples/google-ca-service", { skip: missing("openssl") }, () => {
  const google = new ForeignCa({ hasPolicyCa: true });
  let project: WorldProject;
  before(async () => {
    project = await WorldProject.program("");
    project.setEnvironment({ KMS_PKI_TEST_CA_SERVICE: google.directory });
    for (const [key, value] of Object.entries({ location: "us-central1", pool: "pool" })) {
      await project.setConfig(`acme:${key}`, value);
    }
    project.runsProgram(exampleProgram("google-ca-service"));
  });
  after(() => {
    project.remove();
  });
  const outputs = async (): Promise<Record<string, string>> =>
    (await project.outputs())["ca"] as Record<string, string>;
  const verify = async (): Promise<void> => {
    const { rootCertificate = "", intermediateBundle = "" } = await outputs();
    assert.equal(rootCertificate, google.rootPem);
    const file = (name: string, content: string): string => {
      writeFileSync(join(project.scratch, name), content);
      return join(project.scratch, name);
    };
    const [root, bundle] = [file("root.pem", rootCertificate), file("bundle.pem", intermediateBundle)];
    assert.match(openssl(["verify", "-x509_strict", "-CAfile", root, "-untrusted", bundle, bundle]), /OK/);
  };

  void it("has its certificate and ca.json after the first up", async () => {
    await project.succeed(["preview"]);
    await project.up();
    await verify();
    await project.succeed([...UP, "--expect-no-changes"]);
    assert.equal((await project.kmsPki(["export", "--dir", "ca"])).code, 0);
  });

  void it("renews by another number with the same key, and revokes nothing", async () => {
    const before = await outputs();
    await project.setConfig("acme:issue", "2");
    await project.up();
    const now = await outputs();
    assert.notEqual(now["intermediateCertificate"], before["intermediateCertificate"]);
    assert.equal(now["intermediateKey"], before["intermediateKey"]);
    await verify();
    assert.equal(existsSync(join(google.directory, "revoked")), false);
    await project.succeed([...UP, "--expect-no-changes"]);
  });
});
