import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { localPlacement, placeCaConfig, prefixPlacement, softKeyFiles } from "../../provider/cli/caConfigPlacement";
import { PkiError } from "../../provider/errors";
import type { JsonObject } from "../../provider/stepca/config";

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
      what: "places each of several roots, and leaves an absolute path",
      config: { root: ["root_ca.crt", "/old/root_ca.crt"], federatedRoots: ["other.crt"] },
      local: { root: ["/srv/ca/root_ca.crt", "/old/root_ca.crt"], federatedRoots: ["/srv/ca/other.crt"] },
      prefix: { root: ["/etc/step-ca/root_ca.crt", "/old/root_ca.crt"], federatedRoots: ["/etc/step-ca/other.crt"] },
    },
    {
      what: "makes a softkms key a plain path from the folder of the project",
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
      what: "leaves the keys of other key management services",
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
      what: "leaves the address of a database server",
      config: { db: { type: "postgresql", dataSource: "postgresql://ca@db/", database: "ca" } },
      local: { db: { type: "postgresql", dataSource: "postgresql://ca@db/", database: "ca" } },
    },
    {
      what: "adds nothing and leaves what it does not know",
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

  void it("tells which key files must be copied, each once", () => {
    const config = {
      key: "softkms:path=keys/one.pem",
      ssh: { userKey: "softkms:path=keys/ssh.pem", hostKey: "softkms:path=keys/ssh.pem" },
    };
    assert.deepEqual(softKeyFiles(config, LOCAL, PREFIX), [
      { source: "/home/pki/keys/one.pem", target: "/etc/step-ca/one.pem" },
      { source: "/home/pki/keys/ssh.pem", target: "/etc/step-ca/ssh.pem" },
    ]);
    assert.deepEqual(softKeyFiles({ key: "awskms:key-id=k" }, LOCAL, PREFIX), []);
  });

  void it("refuses two keys that would have one path on the other host", () => {
    const config = {
      key: "softkms:path=a/key.pem",
      ssh: { userKey: "softkms:path=b/key.pem", hostKey: "awskms:key-id=k" },
    };
    assert.equal(softKeyFiles(config, LOCAL, LOCAL).length, 2);
    assert.throws(
      () => softKeyFiles(config, LOCAL, PREFIX),
      (error) =>
        error instanceof PkiError && error.code === "CONFIG_INVALID" && /a\/key.pem.*b\/key.pem/.test(error.message),
    );
  });
});
