import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { holdsSealed, type Properties } from "../../provider/plugin/wire";
import { PASSPHRASE, Project } from "../fixtures/lifecycleContext";
import { NEW_EC_KEY, openssl } from "../fixtures/openssl";
import { withCode } from "../fixtures/withCode";
import { missing } from "../tools";
import { importedThing } from "./importedThing";
import { PluginClient } from "./pluginClient";

const CA_KEY = "softkms:path=keys/ca.pem";
const FOREIGN_KEY = "softkms:path=keys/foreign.pem";
const FOREIGN = ["-subj", "/CN=Foreign", "-addext", "1.2.3.4=ASN1:NULL", "-addext", "subjectAltName=DNS:b.example.com"];

void describe("An import", { skip: missing("openssl") }, () => {
  const project = new Project();
  const file = (name: string): string => join(project.directory, name);
  let plugin: PluginClient;
  let certificate: Properties;

  before(async () => {
    process.chdir(project.directory);
    plugin = await PluginClient.start();
    await plugin.configure({ passphrase: PASSPHRASE, challengePassword: "hunter2" });
    const { signingKey: key } = (await plugin.make("SoftKey", "ca", {})).outputs;
    certificate = (await plugin.make("Certificate", "ca", { key, subject: { commonName: "Example Root" } })).outputs;
    writeFileSync(file("ca.crt"), String(certificate["certificatePem"]));
    openssl(["req", "-new", ...NEW_EC_KEY, "-keyout", file("plain.key"), ...FOREIGN, "-out", file("foreign.csr")]);
    const foreign = openssl(["pkcs8", "-topk8", "-in", file("plain.key"), "-passout", `pass:${PASSPHRASE}`]);
    writeFileSync(file("keys/foreign.pem"), foreign, { mode: 0o600 });
  });
  after(() => {
    plugin.stop();
  });

  const imported = (type: string, id: string): ReturnType<typeof importedThing> => {
    project.now = new Date(); // the plugin's clock, by which it issued what is imported
    return importedThing(project.process(), type, id);
  };

  void it("gives a program the arguments of a key, of a root and of what the root signed", async () => {
    const { args: key } = await imported("SoftKey", FOREIGN_KEY);
    assert.deepEqual(key, { adopt: FOREIGN_KEY, algorithm: "ECDSA_P256" });
    await assert.rejects(imported("SoftKey", CA_KEY), withCode("KEY_OWNED", /SoftKey::ca/));
    const { args: existing } = await imported("ExistingKey", CA_KEY);
    assert.deepEqual(existing, { uri: CA_KEY });
    const { args: root, outputs } = await imported("Certificate", `ca.crt,${CA_KEY}`);
    assert.deepEqual(root["subject"], { commonName: "Example Root" });
    assert.equal((root["key"] as Properties)["uri"], CA_KEY);
    assert.equal(outputs["certificatePem"], certificate["certificatePem"]);
    assert.ok(outputs["asIssuer"] !== undefined);

    const { publicKeyPem } = (await plugin.make("SoftKey", "issuing", {})).outputs;
    const issuing = await plugin.make("Certificate", "issuing", {
      ...{ publicKeyPem, issuer: certificate["asIssuer"], subject: { commonName: "Issuing" }, profile: "intermediate" },
    });
    writeFileSync(file("issuing.crt"), String(issuing.outputs["certificatePem"]));
    const id = `issuing.crt,softkms:path=keys/issuing.pem,ca.crt,${CA_KEY}`;
    const { args } = await imported("Certificate", id);
    assert.equal(args["profile"], "intermediate");
  });

  void it("leaves the key files as they are", async () => {
    const times = (): number[] => readdirSync(file("keys")).map((name) => statSync(file(join("keys", name))).mtimeMs);
    const before = times();
    await imported("SoftKey", FOREIGN_KEY);
    await imported("Certificate", `ca.crt,${CA_KEY}`);
    assert.deepEqual(times(), before);
  });

  void it("takes a request of this package with its names, usages and password", async () => {
    const { signingKey: key } = (await plugin.make("SoftKey", "asking", {})).outputs;
    const made = await plugin.make("CertificateRequest", "asking", {
      ...{ key, subject: { commonName: "Asking", organization: "Example" }, profile: "leaf", challengePassword: true },
      ...{ dnsNames: ["a.example.com"], ipAddresses: ["10.0.0.1"], emailAddresses: ["a@example.com"] },
      ...{ uris: ["spiffe://example.com/a"], keyUsages: ["digitalSignature", "keyEncipherment"] },
      extendedKeyUsages: ["serverAuth"],
    });
    const csrPem = (made.outputs["csrPem"] as { readonly value: string }).value;
    writeFileSync(file("asking.csr"), csrPem);
    project.config["kms-pki:challengePassword"] = "hunter2";
    project.environment["KMS_PKI_CHALLENGE_PASSWORD"] = "hunter2";
    const { args, outputs } = await imported("CertificateRequest", "asking.csr,softkms:path=keys/asking.pem");
    assert.deepEqual({ ...args, key: undefined }, { ...withoutKey(made.inputs), key: undefined });
    assert.ok(holdsSealed(outputs["csrPem"]));
    assert.deepEqual(project.notices, []);
  });

  void it("takes a request of openssl, and tells what no argument says of it", async () => {
    const { args } = await imported("CertificateRequest", `foreign.csr,${FOREIGN_KEY}`);
    assert.deepEqual(args["dnsNames"], ["b.example.com"]);
    assert.match(project.notices.join(), /foreign.csr says .*1\.2\.3\.4.*keyUsages/);
    await assert.rejects(
      imported("CertificateRequest", `foreign.csr,${CA_KEY}`),
      withCode("INPUT_INVALID", /for another key than softkms:path=keys\/ca.pem/),
    );
  });

  void it("takes a list with what is on it, and its next number is above", async () => {
    const made = await plugin.make("CertificateRevocationList", "list", {
      ...{ issuer: certificate["asIssuer"], url: "http://pki.example.com/root.crl", onlyContainsCACerts: true },
      validity: "7d",
      revoked: [
        { serialNumber: "5a17", reason: "keyCompromise", revokedAt: "2026-03-01T12:00:00Z" },
        { serialNumber: "c3", revokedAt: "2026-03-01T12:00:00Z", invalidityDate: "2026-02-01T12:00:00Z" },
      ],
    });
    writeFileSync(file("list.crl"), String(made.outputs["crlPem"]));
    const { args, outputs, id } = await imported("CertificateRevocationList", `list.crl,ca.crt,${CA_KEY}`);
    const { crlPem, crlNumber, thisUpdate, nextUpdate, renewalTime } = made.outputs;
    const found = Object.fromEntries(
      ["crlNumber", "thisUpdate", "nextUpdate", "renewalTime"].map((name) => [name, outputs[name]]),
    );
    assert.deepEqual(found, { crlNumber, thisUpdate, nextUpdate, renewalTime });
    assert.equal(outputs["crlPem"], crlPem);
    assert.equal(id, made.id);
    const { url, validity, onlyContainsCACerts, revoked } = args;
    assert.deepEqual([url, validity, onlyContainsCACerts], ["http://pki.example.com/root.crl", "7d", true]);
    assert.equal((revoked as unknown[]).length, 2);
    const foreign = openssl(["req", "-x509", ...NEW_EC_KEY, "-keyout", file("other.key"), "-subj", "/CN=Other"]);
    writeFileSync(file("other.crt"), foreign);
    await assert.rejects(
      imported("CertificateRevocationList", `list.crl,other.crt,${CA_KEY}`),
      withCode("INPUT_INVALID", /not a list of the CA in other.crt/),
    );
  });

  void it("takes an authority's id, and a provisioner out of a ca.json, as they are", async () => {
    const authorityId = "0123456789abcdef0123456789abcdef";
    const { id, outputs } = await imported("AuthorityId", authorityId);
    assert.deepEqual([id, outputs["authorityId"]], [authorityId, authorityId]);

    const { outputs: made } = await plugin.make("JwkProvisioner", "admin", {});
    const { key, encryptedKey } = made;
    const provisioners = [
      { type: "ACME", name: "acme" },
      { type: "JWK", name: "a, b", key, encryptedKey },
    ];
    writeFileSync(file("ca.json"), JSON.stringify({ authority: { provisioners } }));
    const taken = await imported("JwkProvisioner", "ca.json,a, b");
    assert.deepEqual(taken.outputs, { provisioner: "a, b", key, encryptedKey });
    await assert.rejects(imported("JwkProvisioner", "ca.json,acme"), withCode("INPUT_INVALID", /Name one of: a, b/));
    const leaking = { type: "JWK", name: "x", key: { ...(key as object), d: "hunter3" }, encryptedKey };
    writeFileSync(file("ca.json"), JSON.stringify({ authority: { provisioners: [leaking] } }));
    await assert.rejects(imported("JwkProvisioner", "ca.json,x"), withCode("INPUT_INVALID", /^(?![^]*hunter3)/));
  });

  void it("with a wrong id is refused, and told the right form", async () => {
    for (const [type, id, code, expected] of [
      ["Certificate", "ca.crt", "INPUT_INVALID", /FILE,KEY-URI for a root, or FILE,KEY-URI,ISSUER-FILE,ISSUER-KEY-URI/],
      ["Certificate", "nothing.crt,a", "FILE_UNUSABLE", /nothing\.crt/],
      ["CertificateRequest", "a.csr", "INPUT_INVALID", /Give FILE,KEY-URI/],
      ["CertificateRevocationList", "a,b", "INPUT_INVALID", /Give FILE,ISSUER-FILE,ISSUER-KEY-URI/],
      ["CertificateRevocationList", `ca.crt,ca.crt,${CA_KEY}`, "INPUT_INVALID", /not a certificate revocation list/],
      ["AuthorityId", "ca", "INPUT_INVALID", /32 lowercase hexadecimal digits/],
      ["JwkProvisioner", "ca.json", "INPUT_INVALID", /CA-JSON,NAME/],
      ["SoftKey", "keys", "KEY_URI_INVALID", /softkms:path=keys\/root.pem/],
      ["ExistingKey", "keys", "KEY_URI_INVALID", /softkms:/],
      ["PivKey", CA_KEY, "KEY_URI_INVALID", /yubikey:slot-id=9c/],
      ["PivCertificate", "9a", "KEY_URI_INVALID", /yubikey:slot-id=9c|scheme:attribute/],
      ["YubiKey", "the blue one", "KEY_URI_INVALID", /yubikey:/],
      ["Pkcs11Key", "pkcs11:id=0a1b;object=root", "KEY_URI_INVALID", /pkcs11:module-path=/],
      ["Pkcs11Certificate", "pkcs11:token=ca", "KEY_URI_INVALID", /pkcs11:id=/],
      ["RotationRun", "rotation", "INPUT_INVALID", /cannot be imported/],
    ] as const) {
      await assert.rejects(imported(type, id), withCode(code, expected), `${type} ${id}`);
    }
  });

  void it("with a PIN in its id is refused without showing it", async () => {
    for (const [type, id] of [
      ["PivKey", "yubikey:slot-id=9a?pin-value=739281"],
      ["Pkcs11Key", "pkcs11:token=ca;id=01;object=a?pin-value=739281"],
      ["ExistingKey", "yubikey:slot-id=9a;management-key=739281"],
      ["Certificate", "ca.crt,yubikey:slot-id=9a?pin-value=739281"],
    ] as const) {
      await assert.rejects(imported(type, id), withCode("INPUT_INVALID", /^(?![^]*739281)[^]*holds a PIN/), type);
    }
  });

  void it("is written for a program by the engine, and read by it", async () => {
    const { inputs, outputs, id } = await plugin.import("Certificate", "wired", `ca.crt,${CA_KEY}`);
    const { inputs: checked, failures } = await plugin.check("Certificate", "wired", inputs, inputs);
    assert.deepEqual(failures, []);
    assert.equal((await plugin.diff("Certificate", "wired", outputs, checked)).changes, false);
    assert.deepEqual(await plugin.read("Certificate", "wired", id, inputs, outputs), outputs);
    assert.ok(!readFileSync(file("keys/ca.pem"), "utf8").includes("BEGIN PRIVATE KEY"));
  });
});

function withoutKey({
  signingKey: _key,
  publicKeyPem: _pem,
  subjectKeyUri: _uri,
  __kept: _kept,
  __secretOutputs: _secrets,
  ...content
}: Properties): Properties {
  return content;
}
