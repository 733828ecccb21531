import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import type { JsonObject } from "../../provider/stepca/jsonObject";
import { fingerprintSha256, readCertificate } from "../../provider/x509/certificate";
import { hsmAttestation } from "../cloudkms/hsmAttestation";
import { python } from "../fixtures/python";
import { missing, runTool } from "../tools";
import { Authority, type Outputs } from "./authority";
import { type Answer, call } from "./testShell";

const FILES = ["ca.json", "intermediate_ca.crt", "root_ca.crt", "ssh_host_ca_key.pub", "ssh_user_ca_key.pub"];
/** Bytes that are not UTF-8. */
const ATTESTATION = Buffer.from([0x1f, 0x8b, 0x08, 0x00, 0xff, 0xfe, 0x80, 0x0d, 0x0a, 0x00]);
const LONG_AGO = new Date("2001-01-01T00:00:00Z");

let authority: Authority;
let outputs: Outputs;
let withoutSsh: Outputs;
/** The outputs of another authority. */
let others: Outputs;
/** The outputs of an authority with two keys in hardware. */
let attested: Outputs;

before(async () => {
  authority = await Authority.create();
  outputs = await authority.outputs();
  withoutSsh = await authority.outputs({ ssh: false });
  attested = {
    ...outputs,
    attestations: {
      "ssh-user-key": { format: "CAVIUM_V1_COMPRESSED", content: ATTESTATION.subarray(4).toString("base64") },
      root: { format: "CAVIUM_V2_COMPRESSED", content: ATTESTATION.toString("base64") },
    },
  };
  const other = await Authority.create();
  others = await other.outputs();
  other.remove();
});
after(() => {
  authority.remove();
});
afterEach(() => {
  rmSync(authority.path("ca"), { recursive: true, force: true });
});

function run(args: readonly string[], stack: Outputs = outputs): Promise<Answer> {
  return call(["export", "--outputs", "-", ...args], { cwd: authority.directory, stdin: JSON.stringify(stack) });
}

function file(name: string): string {
  return authority.path("ca", name);
}

function read(name: string): string {
  return readFileSync(file(name), "utf8");
}

function readConfig(name = "ca.json"): JsonObject {
  return JSON.parse(read(name)) as JsonObject;
}

function mode(path: string): string {
  return (statSync(path).mode & 0o7777).toString(8);
}

function fingerprint(stack: Outputs, name: string): string {
  return fingerprintSha256(readCertificate(String(stack[name])));
}

function list(): string[] {
  return existsSync(authority.path("ca")) ? readdirSync(authority.path("ca")).sort() : [];
}

void describe("An export", () => {
  void it("prints what smallstep's init tools print, and where ca.json is", async () => {
    const { exitCode, stdout, stderr } = await run([]);
    assert.equal(stderr, "");
    assert.equal(exitCode, 0);
    assert.deepEqual(stdout.split("\n"), [
      "✔ Root Key: softkms:path=keys/root.pem",
      "✔ Root Certificate: ca/root_ca.crt",
      "✔ Intermediate Key: softkms:path=keys/intermediate.pem",
      "✔ Intermediate Certificate: ca/intermediate_ca.crt",
      "",
      "✔ SSH User Public Key: ca/ssh_user_ca_key.pub",
      "✔ SSH User Private Key: softkms:path=keys/ssh-user-key.pem",
      "✔ SSH Host Public Key: ca/ssh_host_ca_key.pub",
      "✔ SSH Host Private Key: softkms:path=keys/ssh-host-key.pem",
      "✔ CA Configuration: ca/ca.json",
    ]);
  });

  void it("prints no SSH lines and writes no SSH files for a CA without SSH keys", async () => {
    const { stdout } = await run([], withoutSsh);
    assert.doesNotMatch(stdout, /SSH/);
    assert.deepEqual(list(), ["ca.json", "intermediate_ca.crt", "root_ca.crt"]);
    assert.equal("ssh" in readConfig(), false);
  });

  void it("never prints the part of a key URI that may hold a PIN", async () => {
    const { stdout, stderr } = await run([], { ...outputs, rootKey: "yubikey:slot-id=9a?pin-value=123456" });
    assert.match(stdout, /✔ Root Key: yubikey:slot-id=9a\n/);
    assert.doesNotMatch(stdout + stderr, /123456/);
  });

  void it("writes files that openssl and ssh-keygen read", { skip: missing("openssl", "ssh-keygen") }, async () => {
    await run([]);
    const verified = runTool("openssl", [
      ...["verify", "-x509_strict", "-CAfile", file("root_ca.crt"), "-attime", "1780000000"],
      file("intermediate_ca.crt"),
    ]);
    assert.match(verified, /: OK/);
    for (const name of ["ssh_user_ca_key.pub", "ssh_host_ca_key.pub"]) {
      assert.match(runTool("ssh-keygen", ["-lf", file(name)]), /^256 SHA256:\S+ .*\(ECDSA\)\n$/);
      assert.match(read(name), /^[^\n]+\n$/);
    }
    assert.equal(read("ssh_user_ca_key.pub"), `${String(outputs["sshUserPublicKey"])}\n`);
  });

  void it("gives the folder mode 0700 and each file 0600, whatever the umask is", async () => {
    const umask = process.umask(0o277);
    try {
      await run([]);
    } finally {
      process.umask(umask);
    }
    assert.equal(mode(authority.path("ca")), "700");
    assert.deepEqual(list(), FILES);
    assert.deepEqual(
      FILES.map((name) => mode(file(name))),
      FILES.map(() => "600"),
    );
  });

  void it("makes the paths in ca.json absolute and softkms keys plain paths", async () => {
    await run([]);
    const { root, crt, key, ssh, db, kms, dnsNames } = readConfig();
    assert.deepEqual(
      { root, crt, key, ssh, db, kms, dnsNames },
      {
        root: file("root_ca.crt"),
        crt: file("intermediate_ca.crt"),
        key: authority.path("keys", "intermediate.pem"),
        ssh: {
          hostKey: authority.path("keys", "ssh-host-key.pem"),
          userKey: authority.path("keys", "ssh-user-key.pem"),
        },
        db: { type: "badgerv2", dataSource: file("db") },
        kms: { type: "softkms" },
        dnsNames: ["ca.example.com"],
      },
    );
    assert.ok(existsSync(String(key)));
  });

  void it("finds softkms keys from a subfolder of the project, and writes files relative to the current folder", async () => {
    mkdirSync(authority.path("below", "deep"), { recursive: true });
    const answer = await call(["export", "--outputs", "-", "--cwd", "..", "--dir", "../../ca/out"], {
      cwd: authority.path("below", "deep"),
      stdin: JSON.stringify(outputs),
    });
    assert.match(answer.stdout, /✔ Root Certificate: \.\.\/\.\.\/ca\/out\/root_ca.crt\n/);
    assert.equal(readConfig("out/ca.json")["key"], authority.path("keys", "intermediate.pem"));
  });

  void it("reports missing key files", async () => {
    const elsewhere = { ...(outputs["caConfig"] as JsonObject), key: "softkms:path=lost/key.pem" };
    const { exitCode, stderr } = await run([], { ...outputs, caConfig: elsewhere });
    assert.equal(exitCode, 0);
    assert.equal(stderr, `note: there is no key file "${authority.path("lost", "key.pem")}" here`);
  });

  void it("with --prefix makes a ca.json for another host, and says which keys must be copied", async () => {
    const { stdout, stderr } = await run(["--prefix", "/etc/step-ca/"]);
    const { root, crt, key, ssh, db } = readConfig();
    assert.deepEqual(
      { root, crt, key, ssh, db },
      {
        root: "/etc/step-ca/root_ca.crt",
        crt: "/etc/step-ca/intermediate_ca.crt",
        key: "/etc/step-ca/intermediate.pem",
        ssh: { hostKey: "/etc/step-ca/ssh-host-key.pem", userKey: "/etc/step-ca/ssh-user-key.pem" },
        db: { type: "badgerv2", dataSource: "/etc/step-ca/db" },
      },
    );
    assert.match(stdout, /✔ Root Certificate: ca\/root_ca.crt/);
    assert.equal(stderr.split("\n").length, 3);
    const source = authority.path("keys", "intermediate.pem");
    assert.ok(
      stderr.includes(`note: on the other host, "${source}" must be copied to "/etc/step-ca/intermediate.pem"`),
    );
  });

  /** The outputs of a stack whose intermediate is in a YubiKey. */
  const inYubiKey = (kms: JsonObject): Outputs => ({
    ...withoutSsh,
    intermediateKey: "yubikey:slot-id=9c",
    caConfig: {
      ...(withoutSsh["caConfig"] as JsonObject),
      key: "yubikey:slot-id=9c",
      kms: { type: "yubikey", ...kms },
    },
  });

  void it("reports a missing YubiKey PIN file, without which step-ca tries the factory PIN", async () => {
    const stack = inYubiKey({ uri: "yubikey:serial=12345678?pin-source=secrets/pin" });
    const pin = authority.path("secrets", "pin");
    const { exitCode, stdout, stderr } = await run([], stack);
    assert.equal(exitCode, 0);
    assert.match(stdout, /✔ Intermediate Key: yubikey:slot-id=9c\n/);
    assert.equal(stderr, `note: there is no PIN file "${pin}" here`);
    assert.deepEqual(readConfig()["kms"], { type: "yubikey", uri: `yubikey:serial=12345678?pin-source=${pin}` });
    mkdirSync(authority.path("secrets"));
    writeFileSync(pin, "74839201\n");
    const again = await run([], stack);
    assert.equal(again.stderr, "");
    assert.doesNotMatch(again.stdout + read("ca.json"), /74839201/, "the file is not read");
  });

  void it("with --prefix says where to copy the YubiKey PIN file", async () => {
    const { stderr } = await run(["--prefix", "/etc/step-ca"], inYubiKey({ uri: "yubikey:?pin-source=secrets/pin" }));
    const source = authority.path("secrets", "pin");
    assert.equal(stderr, `note: on the other host, "${source}" must be copied to "/etc/step-ca/pin"`);
    assert.deepEqual(readConfig()["kms"], { type: "yubikey", uri: "yubikey:?pin-source=/etc/step-ca/pin" });
  });

  void it("writes a YubiKey's PIN only to ca.json, which other users cannot read", async () => {
    const { exitCode, stdout, stderr } = await run([], inYubiKey({ uri: "yubikey:serial=12345678", pin: "74839201" }));
    assert.equal(exitCode, 0);
    assert.doesNotMatch(stdout + stderr, /74839201/);
    assert.deepEqual(readConfig()["kms"], { type: "yubikey", uri: "yubikey:serial=12345678", pin: "74839201" });
    assert.equal(mode(file("ca.json")), "600");
  });

  void it("writes nothing when a YubiKey URI cannot be parsed, and prints no part of it that may hold a PIN", async () => {
    const { exitCode, stdout, stderr } = await run([], inYubiKey({ uri: "yubikey:?pin-source=pin;74839201" }));
    assert.equal(exitCode, 1);
    assert.match(stderr, /^KEY_URI_INVALID: /);
    assert.doesNotMatch(stdout + stderr, /74839201/);
    assert.deepEqual(list(), []);
  });

  void it("leaves a file alone that already has the right content, and lists it", async () => {
    const first = await run([]);
    for (const name of FILES) {
      chmodSync(file(name), 0o644);
      utimesSync(file(name), LONG_AGO, LONG_AGO);
    }
    const second = await run([]);
    assert.deepEqual(second, first);
    for (const name of FILES) {
      assert.deepEqual(statSync(file(name)).mtime, LONG_AGO, name);
      assert.equal(mode(file(name)), "644");
    }
  });

  void it("replaces a file that differs, keeps its owner, and says that ca.json was different", async () => {
    await run([]);
    const owner = process.getuid?.() === 0 ? { uid: 4242, gid: 4343 } : statSync(file("ca.json"));
    writeFileSync(file("ca.json"), "{}");
    writeFileSync(file(".ca.json.tmp-0123456789ab"), "what a killed export left");
    chownSync(file("ca.json"), owner.uid, owner.gid);
    chmodSync(file("ca.json"), 0o644);
    const { exitCode, stderr } = await run([]);
    assert.equal(exitCode, 0);
    assert.match(stderr, /^note: another ca.json was replaced; --merge/);
    assert.equal(readConfig()["crt"], file("intermediate_ca.crt"));
    const { uid, gid } = statSync(file("ca.json"));
    assert.deepEqual({ uid, gid }, { uid: owner.uid, gid: owner.gid });
    assert.equal(mode(file("ca.json")), "600");
    assert.deepEqual(list(), FILES);
  });

  void it("keeps the SSH files of an earlier export, and says so", async () => {
    await run([]);
    const { exitCode, stderr } = await run([], withoutSsh);
    assert.equal(exitCode, 0);
    assert.match(stderr, /"ca\/ssh_user_ca_key.pub" was left as it is/);
    assert.match(stderr, /"ca\/ssh_host_ca_key.pub" was left as it is/);
    assert.deepEqual(list(), FILES);
  });

  void it("writes attestations unchanged, and lists them with their formats", async () => {
    const { exitCode, stdout, stderr } = await run([], attested);
    assert.equal(stderr, "");
    assert.equal(exitCode, 0);
    assert.deepEqual(
      stdout.split("\n").filter((line) => line.includes("Attestation")),
      [
        "✔ Root Attestation: ca/root_attestation.dat (CAVIUM_V2_COMPRESSED)",
        "✔ SSH User Key Attestation: ca/ssh_user_key_attestation.dat (CAVIUM_V1_COMPRESSED)",
      ],
    );
    assert.deepEqual(list(), [...FILES, "root_attestation.dat", "ssh_user_key_attestation.dat"].sort());
    assert.deepEqual(readFileSync(file("root_attestation.dat")), ATTESTATION);
    assert.deepEqual(readFileSync(file("ssh_user_key_attestation.dat")), ATTESTATION.subarray(4));
    assert.equal(mode(file("root_attestation.dat")), "600");
  });

  void it("writes the certificates with which openssl verifies a Cloud HSM attestation", async () => {
    const { publicKey } = new X509Certificate(String(outputs["rootCertificate"]));
    const told = hsmAttestation("projects/p/locations/l/keyRings/r/cryptoKeys/root/cryptoKeyVersions/1", publicKey);
    const root = { ...told, content: (told["content"] as Buffer).toString("base64") };
    await run([], { ...outputs, attestations: { root } });
    const chainIn = (name: string): X509Certificate[] =>
      read(`root_attestation_${name}_chain.pem`)
        .split(/(?<=-----END CERTIFICATE-----\n)/)
        .map((pem) => new X509Certificate(pem));
    const statement = gunzipSync(readFileSync(file("root_attestation.dat")));
    writeFileSync(file("statement"), statement.subarray(0, -256));
    writeFileSync(file("signature"), statement.subarray(-256));
    for (const chain of ["manufacturer", "google_card", "google_partition"]) {
      const certificates = chainIn(chain);
      assert.ok(
        certificates.slice(1).every((one, index) => one.verify(certificates[index]?.publicKey ?? assert.fail())),
      );
    }
    for (const chain of ["manufacturer", "google_partition"]) {
      const key = chainIn(chain).at(-1)?.publicKey.export({ type: "spki", format: "pem" });
      writeFileSync(file("partition.pub"), String(key));
      const signed = ["-signature", file("signature"), file("statement")];
      assert.match(runTool("openssl", ["dgst", "-sha256", "-verify", file("partition.pub"), ...signed]), /Verified OK/);
    }
  });

  void it("reports certificates left by an earlier attestation", async () => {
    const { publicKey } = new X509Certificate(String(outputs["rootCertificate"]));
    const told = hsmAttestation("projects/p/locations/l/keyRings/r/cryptoKeys/root/cryptoKeyVersions/1", publicKey);
    const root = { format: "F", content: (told["content"] as Buffer).toString("base64") };
    await run([], { ...outputs, attestations: { root: { ...root, certChains: told["certChains"] } } });
    const { stderr } = await run([], { ...outputs, attestations: { root } });
    assert.deepEqual(
      stderr.split("\n"),
      ["manufacturer", "google_card", "google_partition"].map(
        (chain) =>
          `note: "ca/root_attestation_${chain}_chain.pem" was left as it is; this CA has no such certificates of its key root`,
      ),
    );
  });

  void it("leaves an identical attestation alone, and replaces a different one", async () => {
    await run([], attested);
    utimesSync(file("root_attestation.dat"), LONG_AGO, LONG_AGO);
    writeFileSync(file("ssh_user_key_attestation.dat"), "of a key before");
    await run([], attested);
    assert.deepEqual(statSync(file("root_attestation.dat")).mtime, LONG_AGO);
    assert.deepEqual(readFileSync(file("ssh_user_key_attestation.dat")), ATTESTATION.subarray(4));
  });

  void it("keeps the attestations of an earlier export, and says so", async () => {
    await run([], attested);
    const { exitCode, stderr } = await run([]);
    assert.equal(exitCode, 0);
    assert.deepEqual(stderr.split("\n"), [
      'note: "ca/root_attestation.dat" was left as it is; this CA has no attestation of its key root',
      'note: "ca/ssh_user_key_attestation.dat" was left as it is; this CA has no attestation of its key ssh-user-key',
    ]);
  });

  void it("writes nothing when the attestations cannot be read", async () => {
    const { exitCode, stderr } = await run([], { ...attested, attestations: { root: { format: "F", content: "?" } } });
    assert.equal(exitCode, 1);
    assert.match(stderr, /^OUTPUTS_UNREADABLE: .*"attestations"/);
    assert.deepEqual(list(), []);
  });

  void it("writes nothing when ca.json cannot be written", async () => {
    mkdirSync(file("ca.json"), { recursive: true });
    const { exitCode, stderr } = await run([]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /^FILE_UNUSABLE: .*ca.json/);
    assert.deepEqual(list(), ["ca.json"]);
  });
});

void describe("An export over another CA", () => {
  /** Prepares the folder before the export. */
  const refusals: readonly {
    what: string;
    stand: () => void | Promise<void>;
    message: () => RegExp;
  }[] = [
    {
      what: "a root with another key",
      stand: () => {
        writeFileSync(file("root_ca.crt"), String(others["rootCertificate"]));
      },
      message: () =>
        new RegExp(`ca/root_ca.crt.*${fingerprint(others, "rootCertificate")}.*${String(outputs["rootFingerprint"])}`),
    },
    {
      what: "an intermediate of another root, even without that root",
      stand: () => {
        writeFileSync(file("intermediate_ca.crt"), String(others["intermediateCertificate"]));
      },
      message: () =>
        new RegExp(
          `ca/intermediate_ca.crt.*${fingerprint(others, "intermediateCertificate")}.*` +
            fingerprint(outputs, "intermediateCertificate"),
        ),
    },
    {
      what: "a root that is not a certificate",
      stand: () => {
        writeFileSync(file("root_ca.crt"), "garbage");
      },
      message: () => /"ca\/root_ca.crt" is not a certificate/,
    },
    {
      what: "an empty intermediate",
      stand: () => {
        writeFileSync(file("intermediate_ca.crt"), "");
      },
      message: () => /"ca\/intermediate_ca.crt" is not a certificate/,
    },
    {
      what: "a root that cannot be read",
      stand: () => {
        mkdirSync(file("root_ca.crt"));
      },
      message: () => /"ca\/root_ca.crt" cannot be read: EISDIR/,
    },
  ];
  for (const { what, stand, message } of refusals) {
    void it(`is refused for ${what}, and nothing is written`, async () => {
      mkdirSync(authority.path("ca"));
      await stand();
      const before = list();
      const { exitCode, stdout, stderr } = await run([]);
      assert.equal(exitCode, 1);
      assert.equal(stdout, "");
      assert.match(stderr, /^CA_MISMATCH: .*Nothing was written.*--force/);
      assert.match(stderr, message());
      assert.deepEqual(list(), before);
    });
  }

  void it("is allowed with --force", async () => {
    mkdirSync(authority.path("ca"));
    writeFileSync(file("root_ca.crt"), String(others["rootCertificate"]));
    writeFileSync(file("intermediate_ca.crt"), "garbage");
    const { exitCode } = await run(["--force"]);
    assert.equal(exitCode, 0);
    assert.equal(read("root_ca.crt"), outputs["rootCertificate"]);
    assert.equal(read("intermediate_ca.crt"), outputs["intermediateCertificate"]);
  });

  void it("is refused even with --force when a folder is in the way, and nothing is written", async () => {
    mkdirSync(file("intermediate_ca.crt"), { recursive: true });
    const { exitCode, stderr } = await run(["--force"]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /^FILE_UNUSABLE: /);
    assert.deepEqual(list(), ["intermediate_ca.crt"]);
  });

  void it("is refused even with --force when the stack's root and intermediate do not match", async () => {
    const mixed = { ...outputs, intermediateCertificate: others["intermediateCertificate"] };
    const { exitCode, stderr } = await run(["--force"], mixed);
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /^CA_MISMATCH: the stack's intermediate certificate is broken: it is not signed by the root\. Nothing was written/,
    );
    assert.deepEqual(list(), []);
  });

  void it("is refused when the root was reissued under another name, as openssl refuses it too", async () => {
    const rootCertificate = await authority.root({ commonName: "Renamed Root" });
    const renamed = {
      ...outputs,
      rootCertificate,
      rootFingerprint: fingerprintSha256(readCertificate(rootCertificate)),
    };
    const { exitCode, stderr } = await run([], renamed);
    assert.equal(exitCode, 1);
    assert.match(stderr, /^CA_MISMATCH: the stack's intermediate certificate is broken: .*pulumi up, without --target/);
    assert.deepEqual(list(), []);
  });

  void it("is refused when an older version recorded a private key beside the root, and writes nothing of it", async () => {
    const keyPem = readFileSync(authority.path("keys", "root.pem"), "utf8");
    const { exitCode, stdout, stderr } = await run([], {
      ...outputs,
      rootCertificate: `${keyPem}${String(outputs["rootCertificate"])}`,
    });
    assert.equal(exitCode, 1);
    assert.match(stderr, /^PRIVATE_KEY_GIVEN: output "rootCertificate" holds a private key/);
    assert.equal(`${stdout}${stderr}`.includes(keyPem.split("\n")[2] ?? ""), false);
    assert.deepEqual(list(), []);
  });

  void it("under a subordinate CA, gives clients the root and step-ca the chain below it", async () => {
    await authority.createKey("upper-root");
    const rootCertificate = await authority.root({ key: "upper-root", commonName: "Upper Root", pathLength: 2 });
    const subordinate = await authority.intermediate(rootCertificate, {
      ...{ key: "root", signedBy: "upper-root", commonName: "Subordinate", validity: "3000d", pathLength: 1 },
    });
    const intermediateCertificate = await authority.intermediate(subordinate);
    const { exitCode, stderr } = await run([], {
      ...outputs,
      ...{ rootCertificate, intermediateCertificate, intermediateBundle: intermediateCertificate + subordinate },
      rootFingerprint: fingerprintSha256(readCertificate(rootCertificate)),
    });
    assert.equal(exitCode, 0, stderr);
    assert.equal(readFileSync(file("root_ca.crt"), "utf8"), rootCertificate);
    assert.equal(readFileSync(file("intermediate_ca.crt"), "utf8"), intermediateCertificate + subordinate);
    assert.deepEqual(
      list().filter((name) => name.startsWith("intermediate_ca")),
      ["intermediate_ca.crt"],
    );
  });

  const renewals: readonly { what: string; renewed: () => Promise<Outputs> }[] = [
    {
      what: "a root that was renewed with its key",
      renewed: async () => {
        const rootCertificate = await authority.root({ notBefore: new Date("2027-01-01T00:00:00Z") });
        return {
          ...outputs,
          rootCertificate,
          rootFingerprint: fingerprintSha256(readCertificate(rootCertificate)),
          intermediateCertificate: await authority.intermediate(rootCertificate, {
            notBefore: new Date("2027-01-01T00:00:00Z"),
          }),
        };
      },
    },
    {
      what: "an intermediate that was renewed with its key",
      renewed: async () => ({
        ...outputs,
        intermediateCertificate: await authority.intermediate(String(outputs["rootCertificate"])),
      }),
    },
    {
      what: "an intermediate with a new key under the same root",
      renewed: async () => {
        await authority.createKey("intermediate-2");
        const order = { key: "intermediate-2", signedBy: "root" };
        return {
          ...outputs,
          intermediateCertificate: await authority.intermediate(String(outputs["rootCertificate"]), order),
        };
      },
    },
  ];
  for (const { what, renewed } of renewals) {
    void it(`is not one for ${what}`, async () => {
      await run([]);
      const stack = await renewed();
      const { exitCode, stderr } = await run([], stack);
      assert.equal(stderr, "");
      assert.equal(exitCode, 0);
      assert.equal(read("root_ca.crt"), stack["rootCertificate"]);
      assert.equal(read("intermediate_ca.crt"), stack["intermediateCertificate"]);
    });
  }
});

void describe("An export into a folder that holds only an intermediate", () => {
  void it("is not refused when the intermediate has the same key under another root", async () => {
    await authority.createKey("earlier-root");
    const order = { key: "earlier-root", commonName: "Earlier Root" };
    const earlier = await authority.intermediate(await authority.root(order), { signedBy: "earlier-root" });
    mkdirSync(authority.path("ca"));
    writeFileSync(file("intermediate_ca.crt"), earlier);
    assert.equal((await run([])).exitCode, 0);
    assert.equal(read("intermediate_ca.crt"), outputs["intermediateCertificate"]);
  });
});

void describe("An export to an unusable place", () => {
  const refusals: readonly { what: string; args: string[]; code: string }[] = [
    { what: "a folder that is a file", args: ["--dir", "Pulumi.yaml"], code: "FILE_UNUSABLE" },
    { what: "a folder below a file", args: ["--dir", "Pulumi.yaml/ca"], code: "FILE_UNUSABLE" },
    { what: "a missing ca.json to merge", args: ["--merge", "none.json"], code: "FILE_UNUSABLE" },
    { what: "a ca.json to merge that is a folder", args: ["--merge", "keys"], code: "FILE_UNUSABLE" },
    { what: "a ca.json to merge that is not JSON", args: ["--merge", "Pulumi.yaml"], code: "CONFIG_INVALID" },
  ];
  for (const { what, args, code } of refusals) {
    void it(`is refused for ${what}, and nothing is written`, async () => {
      const before = readFileSync(authority.path("Pulumi.yaml"));
      const { exitCode, stdout, stderr } = await run(args);
      assert.equal(exitCode, 1);
      assert.equal(stdout, "");
      assert.match(stderr, new RegExp(`^${code}: `));
      assert.deepEqual(readFileSync(authority.path("Pulumi.yaml")), before);
      assert.deepEqual(list(), []);
    });
  }

  void it("is refused for a key URI without a path, and nothing is written", async () => {
    const caConfig = { ...(outputs["caConfig"] as JsonObject), key: "softkms:name=x" };
    const { exitCode, stderr } = await run([], { ...outputs, caConfig });
    assert.equal(exitCode, 1);
    assert.match(stderr, /^KEY_URI_INVALID: /);
    assert.deepEqual(list(), []);
  });
});

void describe("An export into an existing ca.json", () => {
  const written = (values: Record<"root" | "crt" | "key" | "hostKey" | "userKey", string>): string =>
    `{  "address" : ":443",\r\n\t"big":123456789012345678901234567890, "root":"${values.root}",\r\n` +
    `\t"authority": {"provisioners":[{"name":"root","key":{"root":"no","crt":"no"},"ratio":1.50}], "key":"no" },\r\n\r\n` +
    `   "crt"   :"${values.crt}" ,"ssh" : { "userKey":"${values.userKey}",\r\n\t\t"keys":[],"hostKey":  "${values.hostKey}"},` +
    `"kms": { "type"  : "softkms" , "extra":1e400 },\r\n"key":"${values.key}","unicode":"\\u00e9 é","db":{"dataSource":"db"}}\r\n \r\n`;
  const before = { root: "/old/r", crt: "/old/i", key: "/old/k", hostKey: "/old/h", userKey: "/old/u" };

  void it("changes values and no other byte", async () => {
    mkdirSync(authority.path("ca"));
    writeFileSync(file("own.json"), written(before));
    chmodSync(file("own.json"), 0o640);
    const { exitCode, stdout, stderr } = await run(["--merge", "ca/own.json"]);
    assert.equal(exitCode, 0);
    assert.match(stdout, /\n✔ CA Configuration: ca\/own.json$/);
    assert.equal(stderr, "note: kms keeps extra, which the stack does not set");
    const after = written({
      root: file("root_ca.crt"),
      crt: file("intermediate_ca.crt"),
      key: authority.path("keys", "intermediate.pem"),
      hostKey: authority.path("keys", "ssh-host-key.pem"),
      userKey: authority.path("keys", "ssh-user-key.pem"),
    });
    assert.ok(readFileSync(file("own.json")).equals(Buffer.from(after)), read("own.json"));
    assert.equal(mode(file("own.json")), "640");
    assert.deepEqual(list(), [...FILES.slice(1), "own.json"].sort());

    utimesSync(file("own.json"), LONG_AGO, LONG_AGO);
    await run(["--merge", "ca/own.json"]);
    assert.deepEqual(statSync(file("own.json")).mtime, LONG_AGO, "a second time it is not written");
  });

  void it("follows a symbolic link and keeps it", async () => {
    mkdirSync(authority.path("ca"));
    writeFileSync(file("own.json"), written(before));
    symlinkSync("own.json", file("ca.json"));
    assert.equal((await run(["--merge", "ca/ca.json", "--prefix", "/etc/ca"])).exitCode, 0);
    assert.ok(lstatSync(file("ca.json")).isSymbolicLink());
    assert.match(read("own.json"), /"root":"\/etc\/ca\/root_ca.crt"/);
    assert.match(read("own.json"), /"key":"\/etc\/ca\/intermediate.pem"/);
  });

  void it("adds what is missing, and no kms block that would say what step-ca does anyway", async () => {
    mkdirSync(authority.path("ca"));
    writeFileSync(file("ca.json"), '{\n\t"address": ":443"\n}\n');
    await run(["--merge", join("ca", "ca.json")]);
    assert.match(read("ca.json"), /^{\n\t"address": ":443",\n\t"root": "/);
    const { ssh, kms, address } = readConfig();
    assert.deepEqual(Object.keys(ssh as JsonObject), ["hostKey", "userKey"]);
    assert.deepEqual({ kms, address }, { kms: undefined, address: ":443" });
  });

  /** `rw- user:4242:r-- r-- mask:r-- ---`, as `setfacl -m u:4242:r` sets it on a file of mode 0600. */
  const SET_ACL = `
import os, struct, sys
entry = lambda tag, rights, id=0xffffffff: struct.pack("<HHI", tag, rights, id)
acl = struct.pack("<I", 2) + entry(1, 6) + entry(2, 4, 4242) + entry(4, 4) + entry(0x10, 4) + entry(0x20, 0)
for path in sys.argv[1:]:
    os.setxattr(path, "system.posix_acl_access", acl)
`;
  const GET_ACL = `import os, sys; sys.stdout.write(os.getxattr(sys.argv[1], "system.posix_acl_access").hex())`;

  void it(
    "keeps the access control list of each file it changes, and says so",
    { skip: missing("ministack") },
    async () => {
      await run([]);
      writeFileSync(file("ca.json"), written(before));
      writeFileSync(file("root_ca.crt"), "another");
      python(SET_ACL, [file("ca.json"), file("root_ca.crt")]);
      const acl = python(GET_ACL, [file("ca.json")]).toString();
      const { exitCode, stderr } = await run(["--merge", "ca/ca.json", "--force"]);
      assert.equal(exitCode, 0);
      for (const name of ["ca.json", "root_ca.crt"]) {
        assert.equal(python(GET_ACL, [file(name)]).toString(), acl);
        assert.match(
          stderr,
          new RegExp(`^note: "${file(name)}" was written in place, to keep its owner and its access`, "m"),
        );
      }
      assert.equal(readConfig()["crt"], file("intermediate_ca.crt"));
      assert.equal(read("root_ca.crt"), outputs["rootCertificate"]);
      assert.deepEqual(list(), FILES);
    },
  );

  void it("keeps an owner that this user is not allowed to set", async () => {
    mkdirSync(authority.path("ca"));
    writeFileSync(file("own.json"), written(before));
    chmodSync(file("own.json"), 0o666);
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) {
      chmodSync(authority.path("ca"), 0o777);
      chmodSync(authority.directory, 0o755);
      process.seteuid?.(4242);
    }
    try {
      const { exitCode, stderr } = await run(["--merge", "ca/own.json"]);
      assert.equal(exitCode, 0, stderr);
      assert.equal(stderr.includes('own.json" was written in place'), isRoot);
    } finally {
      process.seteuid?.(process.getuid?.() ?? 0);
    }
    assert.equal(readConfig("own.json")["crt"], file("intermediate_ca.crt"));
    const { uid } = statSync(file("own.json"));
    assert.deepEqual({ uid, mode: mode(file("own.json")) }, { uid: process.getuid?.(), mode: "666" });
  });

  void it("keeps the permissions of certificates that others may read", async () => {
    await run([]);
    writeFileSync(file("root_ca.crt"), "another");
    chmodSync(file("root_ca.crt"), 0o644);
    await run(["--force"]);
    assert.equal(read("root_ca.crt"), outputs["rootCertificate"]);
    assert.equal(mode(file("root_ca.crt")), "644");
  });

  const refusals: readonly { what: string; content: string | Buffer }[] = [
    { what: "a comment", content: '{ // "pin": "s3cr3t"\n}' },
    { what: "a list", content: "[]" },
    { what: "a root that occurs twice", content: '{"root": "a", "root": "b"}' },
    { what: "bytes that are not UTF-8", content: Buffer.from('{"a": "\xe9"}', "latin1") },
  ];
  for (const { what, content } of refusals) {
    void it(`is refused for ${what}; the file is untouched and nothing is written`, async () => {
      mkdirSync(authority.path("ca"));
      writeFileSync(file("own.json"), content);
      const { exitCode, stderr } = await run(["--merge", "ca/own.json"]);
      assert.equal(exitCode, 1);
      assert.match(stderr, /^CONFIG_INVALID: "ca\/own.json" /);
      assert.doesNotMatch(stderr, /s3cr3t/);
      assert.deepEqual(readFileSync(file("own.json")), Buffer.from(content));
      assert.deepEqual(list(), ["own.json"]);
    });
  }
});
