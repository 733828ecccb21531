import assert from "node:assert/strict";
import { existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { X509Certificate } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { missing } from "../tools";
import { countingCalls } from "./providerCalls";
import { PulumiProject, UP, UP_WITHOUT_PREVIEW } from "./project";

void describe("The root stack on softkms", { skip: missing("pulumi") }, () => {
  let project: PulumiProject;
  before(async () => {
    project = await PulumiProject.rootStack();
  });
  after(() => {
    project.remove();
  });

  void it("signs nothing, reads no key and writes nothing in a preview", async () => {
    const { run, calls } = await countingCalls(project, ["preview"]);
    assert.match(run.output, /\+ 10 to create/);
    assert.deepEqual(calls, { sign: 0, generateKeyPair: 0, createPrivateKey: 0 });
    assert.equal(existsSync(join(project.directory, "keys")), false);
  });

  void it("makes four keys and signs two certificates in an up, without reading a key back", async () => {
    const { run, calls } = await countingCalls(project, UP_WITHOUT_PREVIEW);
    assert.deepEqual(calls, { sign: 2, generateKeyPair: 4, createPrivateKey: 0 });
    assert.doesNotMatch(run.output, /warning/i);
    assert.equal(statSync(join(project.directory, "keys")).mode & 0o777, 0o700);
    for (const file of readdirSync(join(project.directory, "keys"))) {
      assert.equal(statSync(join(project.directory, "keys", file)).mode & 0o777, 0o600, file);
    }
    const root = new X509Certificate(await project.output("rootCertificate"));
    const intermediate = new X509Certificate(await project.output("intermediateCertificate"));
    assert.equal(root.subject, "CN=Smallstep Root");
    assert.equal(intermediate.subject, "CN=Smallstep Intermediate");
    assert.equal(intermediate.checkIssued(root) && intermediate.verify(root.publicKey), true);
  });

  void it("changes nothing, signs nothing and reads no key in a refresh, a second up and its preview, and tells Prometheus", async () => {
    const lastRun = async (): Promise<number> => {
      const { code, output } = await project.kmsPki(["status", "--prometheus"]);
      assert.equal(code, 0, output);
      return Number(
        /^kms_pki_last_run_timestamp_seconds\{stack="organization\/[^"]+\/test",authority="ca",result="succeeded"\} (\d+)$/m.exec(
          output,
        )?.[1],
      );
    };
    const firstRun = await lastRun();
    const before = await project.outputs();
    for (const args of [["refresh", "--yes", "--skip-preview"], UP]) {
      const { run, calls } = await countingCalls(project, args);
      assert.match(run.output, /10 unchanged/, args.join(" "));
      assert.doesNotMatch(run.output, /created|updated|replaced|to create|to update|to replace/);
      assert.deepEqual(calls, { sign: 0, generateKeyPair: 0, createPrivateKey: 0 }, args.join(" "));
    }
    assert.deepEqual(await project.outputs(), before);
    assert.ok((await lastRun()) > firstRun);
  });

  void it("keeps the provider's code out of the state, and each certificate below 8 KiB", async () => {
    for (const resource of (await project.state()).resources) {
      const source = resource.outputs?.["__provider"];
      if (typeof source === "string") {
        assert.ok(source.length < 150, resource.urn);
        assert.ok(JSON.stringify(resource).length <= 8192, resource.urn);
      }
    }
  });

  void it("reissues a root in place when only its validity changes, without reissuing its child", async () => {
    const before = await project.outputs();
    await project.setConfig("kms-pki:rootValidity", "100000h");
    const { run, calls } = await countingCalls(project, UP);
    assert.match(run.output, /~ 1 to update/);
    assert.match(run.output, /~ 1 updated/);
    assert.deepEqual(calls, { sign: 1, generateKeyPair: 0, createPrivateKey: 1 });
    const after = await project.outputs();
    assert.notEqual(after["rootCertificate"], before["rootCertificate"]);
    assert.equal(after["intermediateCertificate"], before["intermediateCertificate"]);
    const root = new X509Certificate(String(after["rootCertificate"]));
    const intermediate = new X509Certificate(String(after["intermediateCertificate"]));
    assert.equal(intermediate.checkIssued(root) && intermediate.verify(root.publicKey), true);
  });

  void it("is protected by default: the engine refuses to replace or destroy until that is off", async () => {
    const before = await project.outputs();
    await project.setConfig("kms-pki:algorithm", "ECDSA_P384");
    const replacement = await project.pulumi(UP);
    assert.notEqual(replacement.code, 0);
    assert.match(replacement.output, /protect/);
    const destruction = await project.pulumi(["destroy", "--yes", "--skip-preview"]);
    assert.notEqual(destruction.code, 0);
    assert.match(destruction.output, /protect/);
    assert.equal(readdirSync(join(project.directory, "keys")).length, 4);

    // As in README: a separate up turns the protection off.
    await project.setConfig("kms-pki:algorithm", "ECDSA_P256");
    await project.unprotect();
    assert.equal((await project.outputs())["rootCertificate"], before["rootCertificate"]);
  });

  void it("replaces keys and certificates when the algorithm changes, and only then deletes the old ones", async () => {
    const oldFiles = readdirSync(join(project.directory, "keys"));
    await project.setConfig("kms-pki:algorithm", "ECDSA_P384");
    const { output } = await project.up();
    const firstDeletion = output.search(/deleted original/);
    const lastCreation = output.lastIndexOf("created replacement");
    assert.ok(lastCreation > 0 && firstDeletion > lastCreation, output);
    const files = readdirSync(join(project.directory, "keys"));
    assert.equal(files.length, 4);
    assert.deepEqual(
      files.filter((file) => oldFiles.includes(file)),
      [],
    );
    await project.setConfig("kms-pki:deletionProtection", "true");
    assert.match((await project.up()).output, /10 unchanged/);
  });

  void it("reports a missing key file, and fails instead of making another", async () => {
    const uri = await project.output("rootKey");
    const path = join(project.directory, uri.replace("softkms:path=", ""));
    const away = join(project.scratch, "away.pem");
    renameSync(path, away);

    const seen = await project.succeed(["refresh", "--preview-only", "--diff"]);
    assert.match(seen.output, /status\s*: "present" => "missing"/);
    await project.succeed(["refresh", "--yes", "--skip-preview"]);
    const failed = await project.pulumi(UP);
    assert.notEqual(failed.code, 0);
    assert.match(failed.output, /was found missing/);
    assert.match(failed.output, /to update/);
    assert.match(failed.output, /KEY_NOT_FOUND/);
    assert.equal(existsSync(path), false);

    renameSync(away, path);
    await project.succeed(UP_WITHOUT_PREVIEW);
    assert.match((await project.succeed(UP_WITHOUT_PREVIEW)).output, /10 unchanged/);
  });

  void it("makes a new key in place of a missing one that newKeys names", async () => {
    const path = join(project.directory, (await project.output("sshHostKey")).replace("softkms:path=", ""));
    rmSync(path);
    await project.setConfig("kms-pki:deletionProtection", "false"); // as in README
    const { urn } = await project.resource("ca-ssh-host-key");
    await project.succeed([...UP, "--replace", urn]);
    assert.equal(existsSync(path), false);
    assert.match((await project.succeed(UP_WITHOUT_PREVIEW)).output, /10 unchanged/);
    assert.equal(readdirSync(join(project.directory, "keys")).length, 4);
  });

  void it("deletes its key files, and nothing else, when it is destroyed", async () => {
    writeFileSync(join(project.directory, "keys", "another.txt"), "kept");
    await project.succeed(["destroy", "--yes", "--skip-preview"]);
    assert.deepEqual(readdirSync(join(project.directory, "keys")), ["another.txt"]);
  });
});
