import assert from "node:assert/strict";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { holdsSealed, isSealed, type Properties, revealedProperties, sealed } from "../../provider/plugin/wire";
import { UNKNOWN } from "../../provider/words/unknown";
import { readCertificate } from "../../provider/x509/certificate";
import { PASSPHRASE } from "../fixtures/lifecycleContext";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { PluginClient } from "./pluginClient";

void describe("A resource of the plugin", () => {
  const directory = temporaryDirectory();
  let plugin: PluginClient;

  before(async () => {
    process.chdir(directory);
    plugin = await PluginClient.start();
    await plugin.configure({ passphrase: sealed(PASSPHRASE) });
  });

  after(() => {
    plugin.stop();
  });

  const keyOf = async (name: string): Promise<Properties> => (await plugin.make("SoftKey", name, {})).outputs;
  const root = async (name: string, more: Properties = {}): Promise<Properties> => {
    const { signingKey: key } = await keyOf(name);
    return (await plugin.make("Certificate", name, { key, subject: { commonName: name }, ...more })).outputs;
  };

  void it("has the defaults and the mark that the class gives it", async () => {
    const { inputs } = await plugin.check("SoftKey", "defaults", {});
    assert.deepEqual(inputs, {
      ...{ name: "defaults", directory: "keys", algorithm: "ECDSA_P256", encryption: "passphrase" },
      owner: "urn:pulumi:test::acme::pulumi-nodejs:dynamic/kms-pki:SoftKey::defaults",
      uri: "softkms:path=keys/defaults.pem",
      __kept: {},
    });
    const { inputs: owned } = await plugin.check("SoftKey", "owned", { authorityId: "ab".repeat(16) });
    assert.equal(
      owned["owner"],
      `urn:pulumi:test::acme::pulumi-nodejs:dynamic/kms-pki:SoftKey::owned#${"ab".repeat(16)}`,
    );
  });

  void it("is refused with all problems, and before anything is made", async () => {
    const { failures } = await plugin.check("SoftKey", "bad", { algorithm: "DSA", name: "../escape", slip: 1 });
    assert.deepEqual(failures.map(({ property }) => property).sort(), ["algorithm", "name", "slip"]);
    assert.ok(failures.every(({ reason }) => /^[A-Z_]+: /.test(reason)));
    assert.equal(existsSync(join(directory, "keys", "bad.pem")), false);
  });

  void it("makes nothing in a preview, and knows what it can", async () => {
    const { inputs } = await plugin.check("SoftKey", "previewed", {});
    const { outputs } = await plugin.create("SoftKey", "previewed", inputs, true);
    assert.deepEqual(outputs["signingKey"], {
      ...{ uri: "softkms:path=keys/previewed.pem", algorithm: "ECDSA_P256", publicKeyPem: UNKNOWN },
    });
    assert.equal(existsSync(join(directory, "keys", "previewed.pem")), false);

    const certificate = await plugin.check("Certificate", "previewed", {
      key: outputs["signingKey"],
      subject: { commonName: "Previewed" },
    });
    assert.deepEqual(certificate.failures, []);
    const { outputs: planned } = await plugin.create("Certificate", "previewed", certificate.inputs, true);
    assert.equal(planned["certificatePem"], UNKNOWN);
    const child = await plugin.check("Certificate", "child", {
      ...{ issuer: planned["asIssuer"], publicKeyPem: UNKNOWN, profile: "leaf", subject: { commonName: "Child" } },
    });
    assert.deepEqual(child.failures, []);
    assert.deepEqual((child.inputs["issuer"] as Properties)["subject"], { commonName: "Previewed" });
  });

  void it("takes a key or an issuer that is unknown as a whole", async () => {
    for (const whole of [UNKNOWN, sealed(UNKNOWN)]) {
      const { inputs, failures } = await plugin.check("Certificate", "unknown", {
        ...{ key: whole, issuer: whole, subject: { commonName: "Unknown" } },
      });
      assert.deepEqual(failures, []);
      assert.equal(revealedProperties(inputs)["publicKeyPem"], UNKNOWN);
      const { outputs } = await plugin.create("Certificate", "unknown", inputs, true);
      assert.equal(revealedProperties(outputs)["chainPem"], UNKNOWN);
    }
  });

  void it("has a CA elsewhere as its issuer when its program says so, and then no other", async () => {
    const { signingKey: key } = (await plugin.make("SoftKey", "elsewhere", {})).outputs;
    const issuer = (await plugin.make("Certificate", "other-issuer", { key, subject: { commonName: "CA" } })).outputs;
    for (const [args, problem] of [
      [{ external: true }, /issuer "external" and answerPem belong together/],
      [{ external: true, issuer: issuer["asIssuer"] }, /there is no such argument/],
      [{ external: "yes" }, /there is no such argument/],
      [{ external: false }, undefined],
    ] as const) {
      const { failures } = await plugin.check("Certificate", "elsewhere", {
        key,
        subject: { commonName: "A" },
        ...args,
      });
      assert.equal(failures.length > 0, problem !== undefined);
      assert.match(failures.map(({ reason }) => reason).join(), problem ?? /^$/);
    }
  });

  void it("issues a chain from outputs as arguments", async () => {
    const above = await root("chain-root");
    const { signingKey: key } = await keyOf("chain-issuing");
    const { outputs: issuing } = await plugin.make("Certificate", "chain-issuing", {
      ...{ key, issuer: above["asIssuer"], subject: { commonName: "Issuing" } },
    });
    const { publicKeyPem } = await keyOf("chain-leaf");
    const { outputs: leaf } = await plugin.make("Certificate", "chain-leaf", {
      ...{ publicKeyPem, issuer: issuing["asIssuer"], profile: "leaf", subject: { commonName: "Leaf" } },
    });
    const [own, other, none] = String(leaf["chainPem"]).split(/(?<=-----END CERTIFICATE-----\n)/);
    assert.ok(readCertificate(own ?? "").checkIssued(readCertificate(other ?? "")));
    assert.ok(readCertificate(other ?? "").checkIssued(readCertificate(String(above["certificatePem"]))));
    assert.equal(none, undefined);
    assert.equal(leaf["asIssuer"], undefined);
    const { outputs: list } = await plugin.make("CertificateRevocationList", "chain-list", {
      issuer: above["asIssuer"],
    });
    assert.match(String(list["crlPem"]), /^-----BEGIN X509 CRL-----/);
    assert.ok(new Date(String(list["renewalTime"])) < new Date(String(list["nextUpdate"])));
  });

  void it("neither changes nor signs again without a change, and is read as it is recorded", async () => {
    const { signingKey: key } = await keyOf("still");
    const args = { key, subject: { commonName: "Still" }, renewBefore: "1/3" };
    const { id, inputs, outputs } = await plugin.make("Certificate", "still", args);
    const again = await plugin.check("Certificate", "still", args, inputs);
    assert.deepEqual(again.inputs, inputs);
    assert.deepEqual(await plugin.diff("Certificate", "still", outputs, again.inputs), {
      changes: false,
      replaces: [],
    });
    assert.deepEqual(await plugin.read("Certificate", "still", id, inputs, outputs), outputs);
  });

  void it("is updated without a signature where only its outputs are missing", async () => {
    const { signingKey: key } = await keyOf("moved");
    const { inputs, outputs } = await plugin.make("Certificate", "moved", { key, subject: { commonName: "Moved" } });
    const { asIssuer, chainPem, ...recorded } = outputs;
    const olds = { ...recorded, __provider: "exports.handler=..." };
    assert.deepEqual(await plugin.diff("Certificate", "moved", olds, inputs), { changes: true, replaces: [] });
    for (const preview of [true, false]) {
      assert.deepEqual(await plugin.update("Certificate", "moved", olds, inputs, preview), {
        ...recorded,
        asIssuer,
        chainPem,
      });
    }
  });

  void it("keeps a secret a secret in all that follows from it", async () => {
    const { signingKey: key } = await keyOf("concealed");
    const args = { key, subject: { commonName: sealed("Concealed"), organization: "Acme" } };
    const { inputs, outputs } = await plugin.make("Certificate", "concealed", args);
    assert.deepEqual(inputs["subject"], args.subject);
    for (const [name, value] of Object.entries(outputs)) {
      assert.ok(isSealed(value), name);
    }
    const unchanged = await root("open");
    assert.equal(holdsSealed(unchanged), false);
  });

  void it("conceals a request that holds the challenge password", async () => {
    await plugin.configure({ passphrase: PASSPHRASE, challengePassword: "hunter2" });
    const { signingKey: key } = await keyOf("asking");
    const { outputs } = await plugin.make("CertificateRequest", "asking", {
      ...{ key, subject: { commonName: "Asking" }, challengePassword: true },
    });
    assert.ok(isSealed(outputs["csrPem"]) && isSealed(outputs["csrDer"]));
    const open = await plugin.make("CertificateRequest", "open", { key, subject: { commonName: "Asking" } });
    assert.equal(holdsSealed(open.outputs), false);
    assert.equal(open.outputs["subjectKeyIdentifier"], open.id);
  });

  void it("does not show the value of a secret argument in a problem", async () => {
    const { failures } = await plugin.check("SoftKey", "hidden", { algorithm: sealed("hunter2") });
    assert.deepEqual(
      failures.map(({ property }) => property),
      [""],
    );
    assert.match(failures[0]?.reason ?? "", /^ALGORITHM_UNSUPPORTED: algorithm: .*secret.*Choose one of/);
    const key = UNKNOWN;
    const arguments_ = [
      ["SoftKey", { name: sealed("hunter2 /") }],
      ["SoftKey", { adopt: sealed("hunter2\n") }],
      ["Certificate", { key, subject: { commonName: "C", country: sealed("hunter2") } }],
      ["Certificate", { key, subject: { commonName: "C" }, dnsNames: [sealed("hunter2 .example.com")] }],
      ["Certificate", { key, subject: { commonName: "C" }, notBefore: sealed(["hunter2"]) }],
    ] as const;
    for (const [type, args] of arguments_) {
      const refused = await plugin.check(type, "hidden", args);
      assert.equal(refused.failures.length, 1);
      assert.doesNotMatch(JSON.stringify(refused.failures), /hunter2/);
    }
  });

  void it("shows a problem of what is not secret beside a secret one", async () => {
    const subject = { commonName: sealed("hunter2"), country: "Switzerland" };
    const { failures } = await plugin.check("Certificate", "beside", { key: UNKNOWN, subject });
    assert.match(failures[0]?.reason ?? "", /^COUNTRY_INVALID: subject\.country: .*Switzerland/);
  });

  void it("never passes on the rest of a PEM text", async () => {
    const { certificatePem } = await root("pem");
    const { failures } = await plugin.check("ExistingKey", "pem", {
      uri: "softkms:path=keys/pem.pem",
      certificatePem: `${String(certificatePem)}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n`,
    });
    assert.deepEqual(
      failures.map(({ property }) => property),
      [""],
    );
    assert.match(failures[0]?.reason ?? "", /^PRIVATE_KEY_GIVEN: /);
  });

  void it("tells a missing secret by its code", async () => {
    const other = await PluginClient.start();
    try {
      const { failures } = await other.check("SoftKey", "closed", {});
      assert.match(failures[0]?.reason ?? "", /^SECRET_MISSING: /);
      assert.equal(failures[0]?.property, "");
    } finally {
      other.stop();
    }
  });

  void it("is imported by its id, and signs nothing afterwards", async () => {
    const { signingKey: key } = await keyOf("imported");
    const certificate = await plugin.make("Certificate", "imported", { key, subject: { commonName: "Imported" } });
    writeFileSync(join(directory, "imported.crt"), String(certificate.outputs["certificatePem"]));
    const uri = "softkms:path=keys/imported.pem";
    const id = `imported.crt,${uri}`;
    const outputs = await plugin.read("Certificate", "taken", id, {}, {});
    assert.equal(outputs["certificatePem"], certificate.outputs["certificatePem"]);
    const program = {
      ...{ key, adopt: { certificatePem: certificate.outputs["certificatePem"] }, subject: { commonName: "Imported" } },
    };
    const { inputs } = await plugin.check("Certificate", "taken", program);
    assert.equal((await plugin.diff("Certificate", "taken", outputs, inputs)).changes, false);
    const existing = await plugin.read("ExistingKey", "taken", uri, {}, {});
    assert.equal(existing["publicKeyPem"], (key as Properties)["publicKeyPem"]);
  });

  void it("is deleted with its key", async () => {
    const { outputs } = await plugin.make("SoftKey", "deleted", {});
    assert.ok(readdirSync(join(directory, "keys")).includes("deleted.pem"));
    await plugin.delete("SoftKey", "deleted", outputs);
    assert.ok(!readdirSync(join(directory, "keys")).includes("deleted.pem"));
  });

  void it("of an unknown type is refused by name", async () => {
    await assert.rejects(plugin.check("Toaster", "a", {}), /INPUT_INVALID: .*kms-pki:index:Toaster.*Certificate, /);
  });
});
