import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { after, afterEach, before, describe, it } from "node:test";
import { parse, parseAllDocuments } from "yaml";
import { databaseBlock } from "../../provider/stepca/database";
import type { JsonObject } from "../../provider/stepca/jsonObject";
import { judge, missingJudge } from "../kubernetes/judge";
import { runTool } from "../tools";
import type { Authority, Outputs } from "./authority";
import { encryptedAuthority } from "./encryptedAuthority";
import { type Answer, call } from "./testShell";

/** What kustomize makes of the folder, as far as the tests read it. */
interface Generated {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data: Readonly<Record<string, string>>;
}

const URL = "postgresql://stepca:s3cret@db:5432/";

let authority: Authority;
let outputs: Outputs;
/** The outputs in a rotation. */
let rotated: Outputs;

before(async () => {
  ({ authority, outputs, rotated } = await encryptedAuthority());
  const database = databaseBlock({ type: "postgresql", name: "stepca" });
  outputs = { ...outputs, caConfig: { ...(outputs["caConfig"] as JsonObject), db: database } };
});
after(() => {
  authority.remove();
});
afterEach(() => {
  rmSync(authority.path("ca"), { recursive: true, force: true });
});

function run(stack: Outputs, ...options: readonly string[]): Promise<Answer> {
  return call(["export", "--outputs", "-", "--kustomize", ...options], {
    ...{ cwd: authority.directory, environment: { KMS_PKI_DATABASE_URL: URL } },
    stdin: JSON.stringify(stack),
  });
}

/** The ConfigMap and the Secret that kustomize makes of an export. */
async function generated(stack: Outputs): Promise<{ certificates: Generated; config: Generated }> {
  const { exitCode, stderr } = await run(stack);
  assert.equal(exitCode, 0, stderr);
  const made = parseAllDocuments(runTool("kustomize", ["build", authority.path("ca")])).map(
    (document) => document.toJS() as Generated,
  );
  judge(made);
  const of = (kind: string): Generated => made.find((each) => each.kind === kind) ?? assert.fail(kind);
  assert.equal(made.length, 2);
  return { certificates: of("ConfigMap"), config: of("Secret") };
}

function decoded(secret: Generated, name: string): string {
  return Buffer.from(secret.data[name] ?? "", "base64").toString("utf8");
}

void describe("An export for kustomize", { skip: missingJudge("kustomize") }, () => {
  void it("makes a ConfigMap of what everyone may read, and a Secret of ca.json and the encrypted keys", async () => {
    const { certificates, config } = await generated(outputs);
    assert.match(certificates.metadata.name, /^step-ca-certificates-\w+$/);
    assert.match(config.metadata.name, /^step-ca-config-\w+$/);
    assert.deepEqual(Object.keys(certificates.data).sort(), [
      ...["intermediate_ca.crt", "root_ca.crt", "ssh_host_ca_key.pub", "ssh_user_ca_key.pub"],
    ]);
    assert.deepEqual(Object.keys(config.data).sort(), [
      ...["ca.json", "intermediate.pem", "ssh-host-key.pem", "ssh-user-key.pem"],
    ]);
    assert.match(decoded(config, "intermediate.pem"), /BEGIN ENCRYPTED PRIVATE KEY/);
    const { root, key, ssh, db } = JSON.parse(decoded(config, "ca.json")) as JsonObject;
    assert.deepEqual(
      { root, key, ssh, db },
      {
        root: "/home/step/ca/root_ca.crt",
        key: "/home/step/ca/intermediate.pem",
        ssh: { hostKey: "/home/step/ca/ssh-host-key.pem", userKey: "/home/step/ca/ssh-user-key.pem" },
        db: { type: "postgresql", dataSource: URL, database: "stepca" },
      },
    );
    for (const name of readdirSync(authority.path("ca"))) {
      assert.equal(statSync(authority.path("ca", name)).mode & 0o777, 0o600, name);
    }
  });

  void it("says that step-ca needs the passphrase of the key files", async () => {
    assert.match((await run(outputs)).stderr, /^note: step-ca needs the passphrase of the key files: mount a Secret/m);
  });

  void it("has every file that a rotated ca.json names", async () => {
    const { certificates, config } = await generated(rotated);
    const { root, crt } = JSON.parse(decoded(config, "ca.json")) as JsonObject;
    for (const path of [root, crt].flat()) {
      assert.match(certificates.data[String(path).replace("/home/step/ca/", "")] ?? "", /BEGIN CERTIFICATE/);
    }
  });

  void it("gives both another name when their content changes, so that pods start again, and else the same", async () => {
    const [first, second] = [await generated(outputs), await generated(outputs)];
    assert.deepEqual(second, first);
    const caConfig = { ...(outputs["caConfig"] as JsonObject), address: ":8443" };
    const changed = await generated({ ...outputs, caConfig });
    assert.notEqual(changed.config.metadata.name, first.config.metadata.name);
    assert.equal(changed.certificates.metadata.name, first.certificates.metadata.name);
  });

  void it("keeps a database that is files in a folder that can be written", async () => {
    const caConfig = { ...(outputs["caConfig"] as JsonObject), db: databaseBlock(undefined) };
    const { config } = await generated({ ...outputs, caConfig });
    assert.match(decoded(config, "ca.json"), /"dataSource": "\/home\/step\/db"/);
  });
});

void describe("A kustomization.yaml", () => {
  void it("lists the files in an order that stays", async () => {
    await run(outputs);
    const read = parse(readFileSync(authority.path("ca", "kustomization.yaml"), "utf8")) as JsonObject;
    assert.deepEqual(read, {
      ...{ apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization" },
      configMapGenerator: [
        {
          name: "step-ca-certificates",
          files: ["root_ca.crt", "intermediate_ca.crt", "ssh_user_ca_key.pub", "ssh_host_ca_key.pub"],
        },
      ],
      secretGenerator: [
        { name: "step-ca-config", files: ["ca.json", "intermediate.pem", "ssh-user-key.pem", "ssh-host-key.pem"] },
      ],
    });
  });

  void it("of your own and the file of another key are overwritten only by force", async () => {
    const OWN = {
      "kustomization.yaml": "resources: [mine.yaml]\n",
      "intermediate.pem": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    };
    for (const [name, content] of Object.entries(OWN)) {
      rmSync(authority.path("ca"), { recursive: true, force: true });
      mkdirSync(authority.path("ca"));
      writeFileSync(authority.path("ca", name), content);
      const refused = await run(outputs);
      assert.equal(refused.exitCode, 1);
      assert.match(refused.stderr, new RegExp(`^CA_MISMATCH: "ca/${name}" is .* Nothing was written`));
      assert.deepEqual(readdirSync(authority.path("ca")), [name]);
      assert.equal(readFileSync(authority.path("ca", name), "utf8"), content);
      assert.equal((await run(outputs, "--force")).exitCode, 0);
      assert.notEqual(readFileSync(authority.path("ca", name), "utf8"), content);
    }
  });

  void it("and keys of an earlier export are replaced, also after another passphrase", async () => {
    const mark = "pulumi-kms-pki key of urn:pulumi:dev::acme::SoftKey::ca-intermediate-key";
    const encrypted = readFileSync(authority.path("keys", "intermediate.pem"), "utf8");
    writeFileSync(authority.path("marked.pem"), `${mark}#${"ab".repeat(16)}\n${encrypted}`);
    const caConfig = { ...(outputs["caConfig"] as JsonObject), key: "softkms:path=marked.pem" };
    await run({ ...outputs, caConfig });
    writeFileSync(authority.path("ca", "marked.pem"), `${mark}\n${encrypted.toLowerCase()}`);
    const { exitCode, stderr } = await run({ ...outputs, caConfig });
    assert.equal(exitCode, 0, stderr);
    assert.match(readFileSync(authority.path("ca", "marked.pem"), "utf8"), /ENCRYPTED PRIVATE KEY/);
  });

  void it("is not written for a key that is not encrypted", async () => {
    writeFileSync(authority.path("plain.pem"), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    const caConfig = { ...(outputs["caConfig"] as JsonObject), key: "softkms:path=plain.pem" };
    const { exitCode, stderr } = await run({ ...outputs, caConfig });
    assert.equal(exitCode, 1);
    assert.match(stderr, /^CONFIG_INVALID: the key ".*plain\.pem" is not encrypted/);
    assert.equal(existsSync(authority.path("ca")), false);
  });
});
