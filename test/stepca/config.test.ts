import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { isJsonObject } from "../../provider/stepca/jsonObject";
import {
  bundleFileName,
  caConfig,
  type CaConfigParts,
  CERTIFICATE_FILES,
  isRootFile,
  rootFileName,
} from "../../provider/stepca/config";

const PARTS: CaConfigParts = {
  key: "softkms:path=keys/intermediate.pem",
  kms: { type: "softkms" },
  dnsNames: ["ca.example.com", "127.0.0.1"],
  address: ":9443",
  provisioners: [{ type: "ACME", name: "acme" }],
};

void describe("A ca.json", () => {
  void it("holds what step-ca needs to start, and the defaults of `step ca init`", () => {
    assert.deepEqual(caConfig(PARTS), {
      root: "root_ca.crt",
      federatedRoots: [],
      crt: "intermediate_ca.crt",
      key: "softkms:path=keys/intermediate.pem",
      kms: { type: "softkms" },
      address: ":9443",
      dnsNames: ["ca.example.com", "127.0.0.1"],
      logger: { format: "text" },
      db: { type: "badgerv2", dataSource: "db" },
      authority: { provisioners: [{ type: "ACME", name: "acme" }] },
      tls: {
        cipherSuites: [
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        ],
        minVersion: 1.2,
        maxVersion: 1.3,
        renegotiation: false,
      },
    });
  });

  void it("names the certificate files that export writes", () => {
    const { root, crt } = caConfig(PARTS);
    assert.deepEqual({ root, crt }, CERTIFICATE_FILES);
  });

  void it("names several roots, a bundle and the SSH keys of a rotation", () => {
    const keys = [{ type: "user", federated: true, key: { kty: "OKP", kid: "k" } }] as const;
    const ssh = { hostKey: "h", userKey: "u", keys };
    const roots = ["root_ca-00000001.crt", "root_ca-00000002.crt"];
    const config = caConfig({ ...PARTS, roots, crt: "intermediate_ca-00000003.crt", ssh });
    const { root, crt, ssh: written } = config;
    assert.deepEqual({ root, crt, written }, { root: roots, crt: "intermediate_ca-00000003.crt", written: ssh });
  });

  void it("has an ssh block and claims only if they are given", () => {
    const ssh = { hostKey: "softkms:path=keys/ssh-host.pem", userKey: "softkms:path=keys/ssh-user.pem" };
    const claims = { maxTLSCertDuration: "720h" };
    const config = caConfig({ ...PARTS, ssh, claims });
    assert.deepEqual(config["ssh"], ssh);
    assert.deepEqual(config["authority"], { claims, provisioners: PARTS.provisioners });
    assert.equal("ssh" in caConfig(PARTS), false);
  });

  void it("keeps every field of the kms block", () => {
    const kms = { type: "awskms", uri: "awskms:region=eu-central-1", region: "eu-central-1" };
    assert.deepEqual(caConfig({ ...PARTS, kms })["kms"], kms);
  });

  const base = caConfig(PARTS);
  const extras: readonly {
    what: string;
    extra: Record<string, unknown>;
    parts?: Partial<CaConfigParts>;
    expected: Record<string, unknown>;
  }[] = [
    {
      what: "a new field",
      extra: { crl: { enabled: true } },
      expected: { ...base, crl: { enabled: true } },
    },
    {
      what: "a nested field beside existing ones",
      extra: { tls: { minVersion: 1.3 } },
      expected: { ...base, tls: { ...(base["tls"] as object), minVersion: 1.3 } },
    },
    {
      what: "a field two objects deep",
      extra: { authority: { claims: { enableSSHCA: true } } },
      expected: { ...base, authority: { provisioners: PARTS.provisioners, claims: { enableSSHCA: true } } },
    },
    {
      what: "a list in place of an existing one",
      extra: { root: ["root_ca.crt", "old_root.crt"], authority: { provisioners: [] } },
      expected: { ...base, root: ["root_ca.crt", "old_root.crt"], authority: { provisioners: [] } },
    },
    {
      what: "a string in place of an object",
      extra: { db: "none" },
      expected: { ...base, db: "none" },
    },
    {
      what: "an object in place of a string",
      extra: { key: { uri: "x" } },
      expected: { ...base, key: { uri: "x" } },
    },
    {
      what: "a setting of kms, which is then removed from the uri",
      extra: { kms: { pin: "74839201" } },
      parts: { kms: { type: "yubikey", uri: "yubikey:serial=12345678?pin-source=/etc/pin" } },
      expected: { ...base, kms: { type: "yubikey", uri: "yubikey:serial=12345678", pin: "74839201" } },
    },
    {
      what: "a whole kms block of another type",
      extra: { kms: { type: "pkcs11", uri: "pkcs11:module-path=/usr/lib/p11.so" } },
      parts: { kms: { type: "awskms", uri: "awskms:region=eu-west-1" } },
      expected: { ...base, kms: { type: "pkcs11", uri: "pkcs11:module-path=/usr/lib/p11.so" } },
    },
    { what: "null, which turns a setting off", extra: { db: null }, expected: { ...base, db: null } },
    { what: "nothing", extra: {}, expected: base },
  ];
  for (const { what, extra, parts, expected } of extras) {
    void it(`takes ${what} from extra`, () => {
      assert.deepEqual(caConfig({ ...PARTS, ...parts, extra }), expected);
    });
  }

  void it("does not modify its inputs", () => {
    const claims = Object.freeze({ a: 1 });
    const extra = Object.freeze({ authority: Object.freeze({ claims: Object.freeze({ b: 2 }) }) });
    const config = caConfig({ ...PARTS, claims, extra });
    assert.deepEqual(config["authority"], { claims: { a: 1, b: 2 }, provisioners: PARTS.provisioners });
    assert.deepEqual(claims, { a: 1 });
  });
});

void describe("The file of a rotated certificate", () => {
  void it("is named after the first digits of a root's fingerprint", () => {
    const fingerprint = "ABCDEF0123456789".repeat(4);
    assert.equal(rootFileName(fingerprint), "root_ca-abcdef01.crt");
  });

  void it("is named after the content of a bundle, whatever newlines follow it", () => {
    // printf PEM | sha256sum
    assert.equal(bundleFileName("PEM"), "intermediate_ca-384fb9a4.crt");
    assert.equal(bundleFileName("PEM\n"), bundleFileName("PEM"));
    assert.notEqual(bundleFileName("PEM 2"), bundleFileName("PEM"));
  });

  for (const { name, expected } of [
    { name: "root_ca.crt", expected: true },
    { name: "root_ca-0a1b2c3d.crt", expected: true },
    { name: "root_ca-0a1b2c3d.crt.old", expected: false },
    { name: "root_ca-old.crt", expected: false },
    { name: "my-root_ca.crt", expected: false },
    { name: "intermediate_ca-0a1b2c3d.crt", expected: false },
  ]) {
    void it(`is ${expected ? "" : "not "}a root's file with the name ${name}`, () => {
      assert.equal(isRootFile(name), expected);
    });
  }
});

void describe("A JSON object", () => {
  const values: readonly { value: unknown; expected: boolean }[] = [
    { value: {}, expected: true },
    { value: { a: 1 }, expected: true },
    { value: [], expected: false },
    { value: null, expected: false },
    { value: "{}", expected: false },
    { value: undefined, expected: false },
  ];
  for (const { value, expected } of values) {
    void it(`is ${expected ? "" : "not "}${inspect(value)}`, () => {
      assert.equal(isJsonObject(value), expected);
    });
  }
});
