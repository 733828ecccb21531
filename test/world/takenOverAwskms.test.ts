import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { compileFunction } from "node:vm";
import { CreateAliasCommand, CreateKeyCommand, GetPublicKeyCommand } from "@aws-sdk/client-kms";
import ts from "typescript";
import { writePem } from "../../provider/x509/pem";
import type { AwsStack } from "../awskms/awsStack";
import { CA, type MadeCa, makeCa } from "../corpus/caWorkshop";
import { UP } from "../engine/project";
import { missing } from "../tools";
import { awsWorld } from "./awsWorld";
import type { WorldProject } from "./worldProject";

void describe(
  "A CA whose intermediate is in AWS KMS and whose root is in a file",
  { skip: missing("ministack", "openssl") },
  () => {
    let stack: AwsStack<WorldProject>;
    let keyId: string;
    let root: MadeCa;
    let intermediate: MadeCa;
    let folder: string;
    before(async () => {
      stack = await awsWorld();
      folder = join(stack.project.scratch, "old");
      mkdirSync(folder);
      const { KeyMetadata } = await stack.client.send(
        new CreateKeyCommand({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" }),
      );
      keyId = KeyMetadata?.KeyId ?? "";
      await stack.client.send(new CreateAliasCommand({ AliasName: "alias/old-ca", TargetKeyId: keyId }));
      const { PublicKey = new Uint8Array() } = await stack.client.send(new GetPublicKeyCommand({ KeyId: keyId }));
      const publicKey = join(folder, "intermediate.pub");
      writeFileSync(publicKey, writePem("PUBLIC KEY", PublicKey));
      root = makeCa({ subject: "/C=CH/O=Old/CN=Old Root" });
      intermediate = makeCa({
        ...{ subject: "/CN=Old Intermediate", extensions: CA.replace("CA:TRUE", "CA:TRUE,pathlen:0") },
        ...{ days: 3000, issuer: root, arguments: ["-force_pubkey", publicKey] },
      });
      writeFileSync(join(folder, "root.key"), root.keyPem);
      writeFileSync(join(folder, "root.crt"), root.certificatePem);
      writeFileSync(join(folder, "chain.crt"), intermediate.certificatePem);
      const kms = { type: "awskms", uri: "awskms:region=us-east-1" };
      const config = { root: "root.crt", crt: "chain.crt", key: "awskms:key-id=alias/old-ca", kms };
      writeFileSync(join(folder, "ca.json"), JSON.stringify(config));
      stack.clear();
    });
    after(() => stack.stop());

    void it("is taken over with the root elsewhere, if nothing names the root's key", async () => {
      const { code, output } = await stack.project.kmsPki(["adopt", join(folder, "ca.json")]);
      assert.equal(code, 0, output);
      assert.match(output, /kms-pki:rootKms: external/);
      assert.match(output, /--root-key/);
    });

    void it("is taken over with the root in its file, without a key, a signature or a change in AWS", async () => {
      const rootKey = ["--root-key", join(folder, "root.key")];
      stack.clear();
      const { code, output } = await stack.project.kmsPki(["adopt", ...rootKey, join(folder, "ca.json")]);
      assert.equal(code, 0, output);
      assert.match(output, /kms-pki:rootKms: softkms/);
      assert.match(output, new RegExp(`kms-pki:existing: \\{"intermediate":"${keyId}"\\}`));
      await stack.project.up();
      assert.equal(await stack.project.output("rootCertificate"), root.certificatePem);
      assert.equal(await stack.project.output("intermediateCertificate"), intermediate.certificatePem);
      assert.deepEqual([...new Set(stack.calls)], ["GetPublicKey"]);
      assert.deepEqual(await stack.liveKeys(), [keyId]);
      await stack.project.succeed([...UP, "--expect-no-changes"]);
    });

    void it("keeps the form of its kms block in the export", async () => {
      const { code, output } = await stack.project.kmsPki(["export", "--dir", "ca"]);
      assert.equal(code, 0, output);
      const { key, kms } = JSON.parse(stack.project.read("ca/ca.json")) as Record<string, unknown>;
      assert.deepEqual(
        { key, kms },
        {
          ...{ key: `awskms:key-id=${keyId}`, kms: { type: "awskms", uri: "awskms:region=us-east-1" } },
        },
      );
    });

    void it("is also what the printed program declares", async () => {
      const args = ["--program", "--root-key", join(folder, "root.key"), join(folder, "ca.json")];
      const { stdout } = await stack.project.kmsPki(["adopt", ...args]);
      assert.match(stdout, /import \{ AwsKmsKeys \} from "pulumi-kms-pki\/awskms";/);
      assert.match(stdout, /const rootKeys = new pki\.SoftKeys\(/);
      assert.match(stdout, /keys: \{\n {4}root: rootKeys,\n {4}intermediate: keys,\n {2}\},/);
      const { outputText } = ts.transpileModule(stdout, { compilerOptions: { module: ts.ModuleKind.CommonJS } });
      const run = compileFunction(outputText, ["exports", "require"]) as (...values: readonly unknown[]) => void;
      stack.project.runsProgram(() => {
        const exports = {};
        run(exports, createRequire(__filename));
        return exports;
      });
      stack.clear();
      await stack.project.up();
      const changed = stack.project.steps.filter(
        ({ operation, urn }) => operation !== "same" && !urn.includes("Stack"),
      );
      assert.deepEqual(changed, []);
      assert.deepEqual(stack.calls, []);
    });
  },
);
