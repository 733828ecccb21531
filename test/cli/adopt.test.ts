import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { describe, it } from "node:test";
import { CA, makeCa, newKey } from "../corpus/caWorkshop";
import { openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { PASSWORD, RunningCaFolder } from "./runningCaFolder";
import { call } from "./testShell";

const TOOLS = missing("openssl");

/** The reasons of a refusal: code and place of each, in order. */
function reasonsIn(stderr: string): string[] {
  return [...stderr.matchAll(/^ {2}(.+?): ([A-Z_]{6,}):/gm)].map(
    ([, place, code]) => `${String(place)}: ${String(code)}`,
  );
}

void describe("kms-pki adopt", { skip: TOOLS }, () => {
  void it("sets the settings that take over keys and certificates, and copies the certificates", async () => {
    const folder = new RunningCaFolder();
    const { exitCode, stdout, stderr } = await folder.adopt();
    assert.equal(exitCode, 0, stderr);
    const { rootAdopt, intermediateAdopt, ...others } = folder.set ?? {};
    const step = (name: string): string => folder.path(`step/${name}`);
    assert.deepEqual(others, {
      ...{ kms: "softkms", algorithm: "ECDSA_P256", ssh: "true", dnsNames: ["ca.example.com"], address: ":9000" },
      ...{ rootSubject: { commonName: "Old Root" }, intermediateSubject: { commonName: "Old Intermediate" } },
      adopt: {
        ...{ root: step("root_ca_key"), intermediate: step("intermediate_ca_key") },
        ...{ "ssh-user-key": step("user_key"), "ssh-host-key": step("host_key") },
      },
    });
    for (const [setting, pem] of [
      [rootAdopt, folder.root.certificatePem],
      [intermediateAdopt, folder.intermediate.certificatePem],
    ] as const) {
      const { certificate } = setting as { certificate: string };
      assert.match(certificate, /^adopted\/(?:root|intermediate)_ca-[0-9a-f]{8}\.crt$/);
      assert.equal(readFileSync(folder.path(`project/${certificate}`), "utf8"), pem);
      assert.equal(statSync(folder.path(`project/${certificate}`)).mode & 0o777, 0o644);
    }
    assert.match(stdout, /^intermediate +softkms:path=\S+\/intermediate_ca_key +CN=Old Intermediate$/m);
    assert.match(stdout, /^ {2}kms-pki:kms: softkms$/m);
    assert.match(
      stdout,
      /Kept as it is in ca\.json.*: authority\.provisioners \(JWK "me@example\.com"\), password, db$/m,
    );
    assert.match(stdout, /kms-pki export --dir \S+\/step --merge step\/ca\.json$/);
    assert.match(stderr, /note: the passphrase of the key files is in ca\.json.*KMS_PKI_PASSPHRASE_FILE/);
  });

  void it("shows no secret, and changes none of the CA's files", async () => {
    const folder = new RunningCaFolder();
    const before = readdirSync(folder.path("step")).map((name) => statSync(folder.path(`step/${name}`)).mtimeMs);
    const { stdout, stderr } = await folder.adopt();
    const all = [stdout, stderr, ...folder.called].join("\n");
    for (const secret of [PASSWORD, "db-secret", "ey..."]) {
      assert.ok(!all.includes(secret), secret);
    }
    const names = readdirSync(folder.path("step")).filter((name) => name !== "ca.json");
    assert.deepEqual(
      names.map((name) => statSync(folder.path(`step/${name}`)).mtimeMs),
      before,
    );
  });

  void it("lists what pulumi import can take over with --import, and sets nothing", async () => {
    const folder = new RunningCaFolder();
    const { provisioners } = folder.caJson["authority"] as { provisioners: object[] };
    provisioners.push({ type: "JWK", name: "admin", key: { kid: "a" }, encryptedKey: "a.b.c.d.e" });
    const { exitCode, stdout, stderr } = await folder.adopt("--import", "import.json");
    assert.equal(exitCode, 0, stderr);
    assert.equal(folder.set, undefined);
    assert.match(stdout, /pulumi import --file import.json/);
    const { resources } = JSON.parse(readFileSync(folder.path("import.json"), "utf8")) as {
      resources: { type: string; name: string; id: string }[];
    };
    const step = (name: string): string => folder.path(`step/${name}`);
    const [rootKey, key] = ["root_ca_key", "intermediate_ca_key"].map((name) => `softkms:path=${step(name)}`);
    const [root = "", crt = ""] = readdirSync(folder.path("project/adopted")).sort().reverse();
    assert.deepEqual(
      resources.map(({ type, name, id }) => [type.replace("kms-pki:index:", ""), name, id]),
      [
        ["SoftKey", "root-key", rootKey],
        ["SoftKey", "intermediate-key", key],
        ["SoftKey", "ssh-user-key", `softkms:path=${step("user_key")}`],
        ["SoftKey", "ssh-host-key", `softkms:path=${step("host_key")}`],
        ["Certificate", "root", `adopted/${root},${String(rootKey)}`],
        ["Certificate", "intermediate", `adopted/${crt},${String(key)},adopted/${root},${String(rootKey)}`],
        ["JwkProvisioner", "provisioner", `${step("ca.json")},admin`],
      ],
    );
  });

  void it("sets nothing with --dry-run, and shows the same", async () => {
    const folder = new RunningCaFolder();
    const dry = await folder.adopt("--dry-run");
    assert.equal(dry.exitCode, 0, dry.stderr);
    assert.deepEqual(folder.called, [
      "config --json --non-interactive",
      "stack output --json --show-secrets --non-interactive",
    ]);
    assert.ok(!existsSync(folder.path("project/adopted")));
    const wet = await folder.adopt();
    assert.equal(dry.stdout, wet.stdout.replace(/^Settings:$/m, "Settings, of which none was set:"));
  });

  void it("sets the settings of the stack that is named", async () => {
    const folder = new RunningCaFolder();
    assert.equal((await folder.adopt("--stack", "org/prod")).exitCode, 0);
    assert.ok(
      folder.called.every((line) => line.includes("--stack org/prod")),
      folder.called.join("\n"),
    );
  });

  void it("prints a program, and asks no stack", async () => {
    const folder = new RunningCaFolder();
    const { exitCode, stdout, stderr } = await folder.adopt("--program");
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(folder.called, [""]);
    assert.match(stdout, /^import \* as pki from "pulumi-kms-pki";$/m);
    assert.ok(stdout.includes(`const rootPem = \`${folder.root.certificatePem}\`;`));
    assert.match(stdout, /new pki\.SoftKeys\(\{\n {2}adopt: \{\n {4}root: "\S+\/root_ca_key",/);
    assert.match(
      stdout,
      /\n {2}root: \{\n {4}adopt: \{\n {6}certificatePem: rootPem,\n {4}\},\n {4}subject: \{\n {6}commonName: "Old Root",\n/,
    );
    assert.doesNotMatch(stdout, /kms-pki:/);
  });

  void it("finds a key that is in the project by its path from there", async () => {
    const folder = new RunningCaFolder();
    folder.write("project/int.key", folder.intermediate.keyPem);
    folder.caJson["key"] = folder.path("project/int.key");
    await folder.adopt("--root-key", "step/root_ca_key");
    const { adopt } = folder.set ?? {};
    assert.equal((adopt as Record<string, string>)["intermediate"], "int.key");
  });

  void it("reads ca.json as Go does: lists, and names of fields in any case", async () => {
    const folder = new RunningCaFolder();
    const { root, crt, key, ...others } = folder.caJson;
    folder.caJson = { ...others, ROOT: [root], Crt: crt, KEY: `softkms:path=${String(key)}`, kms: { Type: "SoftKMS" } };
    const { exitCode, stderr } = await folder.adopt();
    assert.equal(exitCode, 0, stderr);
  });

  void it("takes over a CA without SSH keys", async () => {
    const folder = new RunningCaFolder();
    delete folder.caJson["ssh"];
    await folder.adopt();
    assert.equal(folder.set?.["ssh"], "false");
    assert.deepEqual(Object.keys(folder.set["adopt"] as object), ["root", "intermediate"]);
  });

  void it("uses a root whose key has another algorithm without making it the stack's own", async () => {
    const folder = new RunningCaFolder({ rootKey: newKey("RSA-2048") });
    const { exitCode, stderr } = await folder.adopt();
    assert.equal(exitCode, 0, stderr);
    const { rootCertificate, rootKey, adopt, rootAdopt } = folder.set ?? {};
    assert.equal(readFileSync(folder.path(`project/${String(rootCertificate)}`), "utf8"), folder.root.certificatePem);
    assert.equal(basename(String(rootKey)), "root_ca_key");
    assert.deepEqual([Object.keys(adopt as object).includes("root"), rootAdopt], [false, undefined]);
    assert.match(stderr, /note: the root's key has another algorithm/);
    const { stdout } = await folder.adopt("--program");
    assert.match(stdout, /root: \{\n {4}certificatePem: rootPem,\n {4}key: rootKey,\n/);
  });

  void it("leaves a root whose key is nowhere near with whoever has it, and says from when it asks", async () => {
    const folder = new RunningCaFolder();
    folder.writeKey("root_ca_key", newKey());
    const { exitCode, stdout, stderr } = await folder.adopt();
    assert.equal(exitCode, 0, stderr);
    const { rootKms, adopt, intermediateAdopt, rootAdopt, intermediateRenewBefore } = folder.set ?? {};
    assert.deepEqual([rootKms, rootAdopt, intermediateRenewBefore], ["external", undefined, "1/3"]);
    assert.deepEqual(Object.keys(adopt as object), ["intermediate", "ssh-user-key", "ssh-host-key"]);
    const { certificate } = intermediateAdopt as { certificate: string };
    assert.equal(
      readFileSync(folder.path(`project/${certificate}`), "utf8"),
      folder.intermediate.certificatePem + folder.root.certificatePem,
    );
    assert.match(stdout, /^root +elsewhere +CN=Old Root$/m);
    assert.match(stderr, /note: the root's key is not here, .*From \d{4}-\S+Z on, pulumi up makes a request/);
    folder.config["kms-pki:intermediateRenewBefore"] = { value: "9/10" };
    await folder.adopt();
    assert.equal(folder.set?.["intermediateRenewBefore"], "9/10", "what the stack says already stays");
    const imported = await folder.adopt("--import", "imports.json");
    assert.equal(imported.exitCode, 1);
    assert.match(
      imported.stderr,
      /^KEY_NOT_FOUND: the root's key is not here, and Pulumi imports an intermediate only/,
    );
  });

  void it("prints a program for a root that is said to be elsewhere", async () => {
    const { exitCode, stdout, stderr } = await new RunningCaFolder().adopt("--program", "--root-key", "external");
    assert.equal(exitCode, 0, stderr);
    assert.match(
      stdout,
      /intermediate: \{\n {4}issuer: "external",\n {4}renewBefore: "1\/3",\n {4}adopt: \{\n {6}certificatePem: intermediatePem,/,
    );
    assert.doesNotMatch(stdout, /root/);
  });

  void it("uses a subordinate CA above the intermediate, with the certificates above it", async () => {
    const folder = new RunningCaFolder();
    const issuing = makeCa({ subject: "/CN=Issuing", extensions: CA, days: 3200, issuer: folder.root });
    const { certificatePem, keyPem } = makeCa({ subject: "/CN=Lowest", days: 3000, issuer: issuing });
    folder.write("step/int.crt", certificatePem + issuing.certificatePem);
    folder.writeKey("intermediate_ca_key", keyPem);
    folder.writeKey("issuing.key", issuing.keyPem);
    const { exitCode, stderr } = await folder.adopt("--root-key", "step/issuing.key");
    assert.equal(exitCode, 0, stderr);
    const chain = readFileSync(folder.path(`project/${String(folder.set?.["rootCertificate"])}`), "utf8");
    assert.equal(chain, issuing.certificatePem + folder.root.certificatePem);
    assert.match(stderr, /note: the intermediate is below a subordinate CA/);
  });

  void it("tells of long leaves and of other roots, which it leaves alone", async () => {
    const folder = new RunningCaFolder();
    const other = makeCa({ subject: "/CN=Another Root" });
    folder.write("step/other.crt", other.certificatePem);
    folder.caJson["root"] = ["other.crt", "root.crt"];
    folder.caJson["authority"] = { claims: { maxTLSCertDuration: "720h" } };
    const { exitCode, stderr } = await folder.adopt();
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /note: "CN=Another Root" is another root/);
    assert.match(stderr, /set rotation\.longestLeaf to \{ tls: "2592000s" \}/);
    const { rootAdopt } = folder.set ?? {};
    const { certificate } = rootAdopt as { certificate: string };
    const { subject } = new X509Certificate(readFileSync(folder.path(`project/${certificate}`)));
    assert.equal(subject, "CN=Old Root");
  });

  void it("can be repeated on the stack that has the CA", async () => {
    const folder = new RunningCaFolder();
    await folder.adopt();
    const settings = Object.entries(folder.set ?? {}).map(([name, value]) => [
      `kms-pki:${name}`,
      { value: typeof value === "string" ? value : JSON.stringify(value) },
    ]);
    folder.config = Object.fromEntries(settings) as Record<string, unknown>;
    folder.outputs = { rootCertificate: folder.root.certificatePem };
    assert.equal((await folder.adopt()).exitCode, 0);
  });
});

void describe("kms-pki adopt refuses", { skip: TOOLS }, () => {
  /** A CA that cannot be taken over, and the reasons. */
  const cases: Record<string, { spoil: (folder: RunningCaFolder) => void; args?: string[]; reasons: string[] }> = {
    "a ca.json without anything": {
      spoil: (folder) => (folder.caJson = {}),
      reasons: ["key: INPUT_INVALID", "root: INPUT_INVALID", "crt: INPUT_INVALID"],
    },
    "everything that is wrong, at once": {
      spoil: (folder) => {
        folder.caJson["kms"] = { type: "azurekms" };
        folder.caJson["root"] = "nowhere.crt";
        folder.caJson["ssh"] = { hostKey: "host_key" };
      },
      reasons: ["ssh: INPUT_INVALID", "kms: INPUT_INVALID", "root: FILE_UNUSABLE"],
    },
    "a key of another certificate, and an SSH key that is missing": {
      spoil: (folder) => {
        folder.writeKey("intermediate_ca_key", newKey());
        folder.caJson["ssh"] = { hostKey: "host_key", userKey: "nowhere" };
      },
      reasons: ["ssh.userKey: KEY_NOT_FOUND", "key: ISSUER_KEY_MISMATCH"],
    },
    "an intermediate of another root": {
      spoil: (folder) => {
        folder.write("step/root.crt", makeCa({ subject: "/CN=Stranger" }).certificatePem);
      },
      reasons: ["crt: CA_MISMATCH"],
    },
    "a root that signs leaves itself": {
      spoil: (folder) => (folder.caJson = { ...folder.caJson, crt: "root.crt", key: "root_ca_key" }),
      reasons: ["crt: CA_MISMATCH"],
    },
    "an intermediate that is no CA": {
      spoil: (folder) => {
        const { root } = folder;
        const { certificatePem, keyPem } = makeCa({ extensions: "basicConstraints=CA:FALSE\n", issuer: root, days: 9 });
        folder.write("step/int.crt", certificatePem);
        folder.writeKey("intermediate_ca_key", keyPem);
      },
      reasons: ["crt: ISSUER_NOT_CA"],
    },
    "what may be the root's key, and cannot be read": {
      spoil: (folder) => {
        const args = ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", "pass:another"];
        folder.write("step/root_ca_key", openssl(args, newKey()));
      },
      reasons: ["root: KEY_NOT_FOUND"],
    },
    "a folder in the place of the root's key": {
      spoil: () => undefined,
      args: ["--root-key", "step"],
      reasons: ["--root-key: KEY_DIRECTORY_UNUSABLE"],
    },
    "a root's key that is named and wrong": {
      spoil: () => undefined,
      args: ["--root-key", "step/user_key"],
      reasons: ["--root-key: ISSUER_KEY_MISMATCH"],
    },
    "a root's key of a scheme that nobody knows": {
      spoil: () => undefined,
      args: ["--root-key", "azurekms:name=root"],
      reasons: ["--root-key: KEY_URI_INVALID"],
    },
    "SSH keys of another algorithm than the intermediate's": {
      spoil: (folder) => {
        folder.writeKey("user_key", newKey("Ed25519"));
      },
      reasons: ["ssh-user-key: ALGORITHM_UNSUPPORTED"],
    },
    "one key for two purposes": {
      spoil: (folder) => (folder.caJson["ssh"] = { hostKey: "host_key", userKey: "intermediate_ca_key" }),
      reasons: ["ssh-user-key: INPUT_INVALID"],
    },
    "a password that opens no key": {
      spoil: (folder) => (folder.caJson["password"] = "another"),
      reasons: ["key: PASSPHRASE_REJECTED", "ssh.userKey: PASSPHRASE_REJECTED", "ssh.hostKey: PASSPHRASE_REJECTED"],
    },
  };
  for (const [what, { spoil, args = [], reasons }] of Object.entries(cases)) {
    void it(what, async () => {
      const folder = new RunningCaFolder();
      spoil(folder);
      const { exitCode, stdout, stderr } = await folder.adopt(...args);
      assert.equal(exitCode, 1);
      assert.equal(stdout, "");
      assert.deepEqual(reasonsIn(stderr), reasons, stderr);
      assert.ok(!stderr.includes(PASSWORD));
      assert.equal(folder.set, undefined);
      assert.ok(!existsSync(folder.path("project/adopted")));
    });
  }

  void it("a key URI that cannot be read, without its PIN", async () => {
    const uris: readonly (readonly [type: string, uri: string, key: string])[] = [
      ["pkcs11", "pkcs11:token=a;serial=b;pin-value=SECRET", "pkcs11:id=01"],
      ["yubikey", "yubikey:serial=abc;pin-value=SECRET", "yubikey:slot-id=9c"],
      ["yubikey", "yubikey:pin-value=SECRET;management-key=SECRET", "yubikey:slot-id=zz;pin-value=SECRET"],
      ["awskms", "awskms:region=eu-west-1", "awskms:slot-id=9a;pin-value=SECRET"],
      ["cloudkms", "cloudkms:", "cloudkms:slot-id=9a;pin-value=SECRET"],
    ];
    for (const [type, uri, key] of uris) {
      const folder = new RunningCaFolder();
      const { ssh: _, ...others } = folder.caJson;
      folder.caJson = { ...others, kms: { type, uri }, key };
      const { exitCode, stdout, stderr } = await folder.adopt();
      assert.equal(exitCode, 1);
      assert.match(stderr, /KEY_URI_INVALID/);
      assert.ok(!`${stdout}${stderr}`.includes("SECRET"), stderr);
    }
  });

  void it("a chain that has ended or has not begun", async () => {
    const folder = new RunningCaFolder();
    const { root } = folder;
    const { certificatePem, keyPem } = makeCa({ extensions: CA, issuer: root, days: 1 });
    folder.write("step/int.crt", certificatePem);
    folder.writeKey("intermediate_ca_key", keyPem);
    folder.write("step/ca.json", JSON.stringify(folder.caJson));
    for (const days of [2, -2]) {
      const { exitCode, stderr } = await call(["adopt", "--program", "step/ca.json"], {
        cwd: folder.directory,
        now: new Date(Date.now() + days * 24 * 60 * 60 * 1000),
      });
      assert.equal(exitCode, 1);
      assert.deepEqual(reasonsIn(stderr), ["crt: VALIDITY_EXCEEDS_ISSUER"], stderr);
    }
  });

  void it("a stack that cannot take the CA over", async () => {
    const folder = new RunningCaFolder();
    folder.config = {};
    assert.match((await folder.adopt()).stderr, /^CONFIG_INVALID: the project is not the root stack.*--program/);
    folder.config = { "kms-pki:kms": { value: "softkms" }, "kms-pki:rootKey": { value: "root.key" } };
    assert.match(
      (await folder.adopt()).stderr,
      /^CONFIG_INVALID: kms-pki:rootKey is set.*pulumi config rm kms-pki:rootKey/,
    );
    folder.config = { "kms-pki:kms": { value: "softkms" } };
    folder.outputs = { rootCertificate: makeCa().certificatePem };
    assert.match((await folder.adopt()).stderr, /^CA_MISMATCH: the stack has another authority/);
    folder.outputs = { rootCertificate: "[secret]" };
    assert.match((await folder.adopt()).stderr, /^OUTPUTS_UNREADABLE: .*rootCertificate/);
    assert.equal(folder.set, undefined);
  });

  void it("a wrong call", async () => {
    const cwd = new RunningCaFolder().directory;
    for (const args of [
      [],
      ["a", "b"],
      ["--program", "--stack", "dev", "a"],
      ["--import", "b", "--program", "a"],
      ["--import", "b", "--dry-run", "a"],
      ["--root-key", "", "a"],
      ["--colour", "a"],
    ]) {
      const { exitCode, stderr } = await call(["adopt", ...args], { cwd });
      assert.equal(exitCode, 64, stderr);
      assert.match(stderr, /^INPUT_INVALID: .*See kms-pki adopt --help\.$/);
    }
    const { exitCode, stderr } = await call(["adopt", "--program", "nowhere.json"], { cwd });
    assert.equal(exitCode, 1);
    assert.match(stderr, /^FILE_UNUSABLE: "nowhere\.json" cannot be read: ENOENT/);
  });
});
