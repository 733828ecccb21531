import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  localPlacement,
  secretFileOf,
  placeCaConfig,
  prefixPlacement,
  keyFiles,
} from "../../provider/cli/caConfigPlacement";
import { PkiError } from "../../provider/errors";
import type { JsonObject } from "../../provider/stepca/jsonObject";

const LOCAL = localPlacement("/srv/ca", "/home/pki");
const PREFIX = prefixPlacement("/etc/step-ca/");

void describe("The placement of a ca.json", () => {
  const fields: readonly { what: string; config: JsonObject; local: JsonObject; prefix?: JsonObject }[] = [
    {
      what: "puts the certificates beside it",
      config: { root: "root_ca.crt", crt: "intermediate_ca.crt" },
      local: { root: "/srv/ca/root_ca.crt", crt: "/srv/ca/intermediate_ca.crt" },
      prefix: { root: "/etc/step-ca/root_ca.crt", crt: "/etc/step-ca/intermediate_ca.crt" },
    },
    {
      what: "places each of several roots, and keeps an absolute path",
      config: { root: ["root_ca.crt", "/old/root_ca.crt"], federatedRoots: ["other.crt"] },
      local: { root: ["/srv/ca/root_ca.crt", "/old/root_ca.crt"], federatedRoots: ["/srv/ca/other.crt"] },
      prefix: { root: ["/etc/step-ca/root_ca.crt", "/old/root_ca.crt"], federatedRoots: ["/etc/step-ca/other.crt"] },
    },
    {
      what: "makes a softkms key a plain path from the project folder",
      config: { key: "softkms:path=keys/intermediate.pem" },
      local: { key: "/home/pki/keys/intermediate.pem" },
      prefix: { key: "/etc/step-ca/intermediate.pem" },
    },
    {
      what: "makes SSH keys plain paths, whatever the URI's form, and keeps further keys",
      config: {
        ssh: { hostKey: "softkms:keys/h%20h.pem", userKey: "softkms:path=/abs/u.pem", keys: [{ type: "host" }] },
      },
      local: { ssh: { hostKey: "/home/pki/keys/h h.pem", userKey: "/abs/u.pem", keys: [{ type: "host" }] } },
      prefix: { ssh: { hostKey: "/etc/step-ca/h h.pem", userKey: "/etc/step-ca/u.pem", keys: [{ type: "host" }] } },
    },
    {
      what: "keeps the keys of other key management services",
      config: { key: "yubikey:slot-id=9c?pin-value=1", ssh: { hostKey: "projects/p/x/1", userKey: "awskms:key-id=k" } },
      local: { key: "yubikey:slot-id=9c?pin-value=1", ssh: { hostKey: "projects/p/x/1", userKey: "awskms:key-id=k" } },
    },
    {
      what: "puts a file database beside it",
      config: { db: { type: "badgerv2", dataSource: "db", valueDir: "values" } },
      local: { db: { type: "badgerv2", dataSource: "/srv/ca/db", valueDir: "/srv/ca/values" } },
      prefix: { db: { type: "badgerv2", dataSource: "/etc/step-ca/db", valueDir: "/etc/step-ca/values" } },
    },
    {
      what: "keeps the address of a database server",
      config: { db: { type: "postgresql", dataSource: "postgresql://ca@db/", database: "ca" } },
      local: { db: { type: "postgresql", dataSource: "postgresql://ca@db/", database: "ca" } },
    },
    {
      what: "makes the credentials file of a key management service absolute, and keeps the rest of the block",
      config: { kms: { type: "awskms", region: "us-east-1", credentialsFile: "aws/credentials", profile: "ca" } },
      local: {
        kms: { type: "awskms", region: "us-east-1", credentialsFile: "/home/pki/aws/credentials", profile: "ca" },
      },
      prefix: {
        kms: { type: "awskms", region: "us-east-1", credentialsFile: "/etc/step-ca/credentials", profile: "ca" },
      },
    },
    {
      what: "makes the credentials file in the URI of a key management service absolute, percent-encoded",
      config: { kms: { type: "awskms", uri: "awskms:profile=a%3Bb;credentials-file=aws/my%20keys;region=us-east-1" } },
      local: {
        kms: {
          type: "awskms",
          uri: "awskms:region=us-east-1;profile=a%3Bb;credentials-file=/home/pki/aws/my%20keys",
        },
      },
      prefix: {
        kms: { type: "awskms", uri: "awskms:region=us-east-1;profile=a%3Bb;credentials-file=/etc/step-ca/my%20keys" },
      },
    },
    {
      what: "keeps a credentials file whose path is absolute on this host",
      config: { kms: { type: "awskms", uri: "awskms:credentials-file=/srv/aws", credentialsFile: "/srv/aws" } },
      local: { kms: { type: "awskms", uri: "awskms:credentials-file=/srv/aws", credentialsFile: "/srv/aws" } },
      prefix: {
        kms: { type: "awskms", uri: "awskms:credentials-file=/etc/step-ca/aws", credentialsFile: "/etc/step-ca/aws" },
      },
    },
    {
      what: "keeps the URI of a key management service without a credentials file",
      config: { kms: { type: "awskms", uri: "awskms:profile=ca;region=us-east-1" } },
      local: { kms: { type: "awskms", uri: "awskms:profile=ca;region=us-east-1" } },
    },
    {
      what: "keeps an empty URI of AWS, and that of any other key management service",
      config: { kms: { type: "awskms", uri: "awskms:" }, ssh: { kms: { uri: "awskms:credentials-file=x" } } },
      local: { kms: { type: "awskms", uri: "awskms:" }, ssh: { kms: { uri: "awskms:credentials-file=x" } } },
    },
    {
      what: "makes the credentials file of Cloud KMS absolute",
      config: { kms: { type: "cloudkms", credentialsFile: "google/ca.json" } },
      local: { kms: { type: "cloudkms", credentialsFile: "/home/pki/google/ca.json" } },
      prefix: { kms: { type: "cloudkms", credentialsFile: "/etc/step-ca/ca.json" } },
    },
    {
      what: "makes the credentials file in the URI of Cloud KMS absolute, percent-encoded",
      config: { kms: { type: "cloudkms", uri: "cloudkms:credentials-file=google/my%20ca.json" } },
      local: { kms: { type: "cloudkms", uri: "cloudkms:credentials-file=/home/pki/google/my%20ca.json" } },
      prefix: { kms: { type: "cloudkms", uri: "cloudkms:credentials-file=/etc/step-ca/my%20ca.json" } },
    },
    {
      what: "keeps an absolute credentials file of Cloud KMS on this host",
      config: {
        kms: { type: "cloudkms", uri: "CloudKMS:credentials-file=/srv/ca.json", credentialsFile: "/srv/ca.json" },
      },
      local: {
        kms: { type: "cloudkms", uri: "cloudkms:credentials-file=/srv/ca.json", credentialsFile: "/srv/ca.json" },
      },
      prefix: {
        kms: {
          type: "cloudkms",
          uri: "cloudkms:credentials-file=/etc/step-ca/ca.json",
          credentialsFile: "/etc/step-ca/ca.json",
        },
      },
    },
    {
      what: "keeps the URI of Cloud KMS without a credentials file, and its keys",
      config: {
        kms: { type: "cloudkms", uri: "cloudkms:" },
        key: "projects/p/k/1",
        ssh: { userKey: "cloudkms:projects/p" },
      },
      local: {
        kms: { type: "cloudkms", uri: "cloudkms:" },
        key: "projects/p/k/1",
        ssh: { userKey: "cloudkms:projects/p" },
      },
    },
    {
      what: "makes a YubiKey's PIN file absolute, percent-encoded",
      config: { kms: { type: "yubikey", uri: "yubikey:serial=12345678?pin-source=secrets/my%20pin" } },
      local: { kms: { type: "yubikey", uri: "yubikey:serial=12345678?pin-source=/home/pki/secrets/my%20pin" } },
      prefix: { kms: { type: "yubikey", uri: "yubikey:serial=12345678?pin-source=/etc/step-ca/my%20pin" } },
    },
    {
      what: "keeps an absolute YubiKey PIN file on this host, and the rest of the URI",
      config: { kms: { type: "yubikey", uri: "YubiKey:?management-key=0a;pin-source=/srv/pin" } },
      local: { kms: { type: "yubikey", uri: "YubiKey:?management-key=0a;pin-source=/srv/pin" } },
      prefix: { kms: { type: "yubikey", uri: "YubiKey:?management-key=0a;pin-source=/etc/step-ca/pin" } },
    },
    {
      what: "keeps a YubiKey's PIN, a URI without a file, and its keys",
      config: {
        kms: { type: "yubikey", uri: "yubikey:serial=12345678", pin: "74839201" },
        key: "yubikey:slot-id=9c",
        ssh: { userKey: "yubikey:slot-id=82", hostKey: "yubikey:slot-id=83" },
      },
      local: {
        kms: { type: "yubikey", uri: "yubikey:serial=12345678", pin: "74839201" },
        key: "yubikey:slot-id=9c",
        ssh: { userKey: "yubikey:slot-id=82", hostKey: "yubikey:slot-id=83" },
      },
    },
    {
      what: "keeps unknown fields of a key management service",
      config: { kms: { type: "azurekms", uri: "azurekms:vault=x;credentials-file=x", credentialsFile: "" } },
      local: { kms: { type: "azurekms", uri: "azurekms:vault=x;credentials-file=x", credentialsFile: "" } },
    },
    {
      what: "adds nothing and keeps unknown fields",
      config: { address: ":443", authority: { root: "x" }, db: null, root: "" },
      local: { address: ":443", authority: { root: "x" }, db: null, root: "" },
    },
  ];
  for (const { what, config, local, prefix = local } of fields) {
    void it(what, () => {
      assert.deepEqual(placeCaConfig(config, LOCAL), local);
      assert.deepEqual(placeCaConfig(config, PREFIX), prefix);
    });
  }

  void it("reports which file holds the PIN of a YubiKey", () => {
    const files = [
      { kms: { type: "yubikey", uri: "yubikey:serial=1?pin-source=my%20pin" }, file: "my pin" },
      { kms: { type: "yubikey", uri: "YUBIKEY:?pin-source=/etc/pin&pin-value=74839201" }, file: "/etc/pin" },
      { kms: { type: "yubikey", uri: "yubikey:serial=1", pin: "74839201" }, file: undefined },
      { kms: { type: "yubikey", pin: "74839201" }, file: undefined },
      { kms: { type: "azurekms", uri: "azurekms:?pin-source=/etc/pin" }, file: undefined },
      { kms: "yubikey", file: undefined },
      { kms: null, file: undefined },
    ];
    for (const { kms, file } of files) {
      assert.equal(secretFileOf({ kms }), file);
    }
    assert.equal(secretFileOf({}), undefined);
  });

  void it("keeps the PIN out of the message when a YubiKey URI cannot be parsed", () => {
    const config = { kms: { type: "yubikey", uri: "yubikey:serial=1?pin-source=pin;74839201" } };
    for (const read of [() => placeCaConfig(config, LOCAL), () => secretFileOf(config)]) {
      assert.throws(
        read,
        (error) => !String(error).includes("74839201") && error instanceof PkiError && error.code === "KEY_URI_INVALID",
      );
    }
  });

  void it("lists each key file to copy once", () => {
    const config = {
      key: "softkms:path=keys/one.pem",
      ssh: { userKey: "softkms:path=keys/ssh.pem", hostKey: "softkms:path=keys/ssh.pem" },
    };
    assert.deepEqual(keyFiles(config, LOCAL, PREFIX), [
      { source: "/home/pki/keys/one.pem", target: "/etc/step-ca/one.pem" },
      { source: "/home/pki/keys/ssh.pem", target: "/etc/step-ca/ssh.pem" },
    ]);
    assert.deepEqual(keyFiles({ key: "awskms:key-id=k" }, LOCAL, PREFIX), []);
  });

  void it("refuses two keys that would have the same path on the other host", () => {
    const config = {
      key: "softkms:path=a/key.pem",
      ssh: { userKey: "softkms:path=b/key.pem", hostKey: "awskms:key-id=k" },
    };
    assert.equal(keyFiles(config, LOCAL, LOCAL).length, 2);
    assert.throws(
      () => keyFiles(config, LOCAL, PREFIX),
      (error) =>
        error instanceof PkiError && error.code === "CONFIG_INVALID" && /a\/key.pem.*b\/key.pem/.test(error.message),
    );
  });
});
