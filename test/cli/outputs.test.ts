import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { parseOutputs } from "./parsedOutputs";
import { PkiError } from "../../provider/errors";
import { Authority, type Outputs } from "./authority";

const SECRET = "s3cr3t-value";

void describe("Stack outputs", () => {
  let authority: Authority;
  let outputs: Outputs;
  before(async () => {
    authority = await Authority.create();
    outputs = await authority.outputs();
  });
  after(() => {
    authority.remove();
  });

  void it("are read with SSH keys", () => {
    const { root, intermediate, ssh, caConfig } = parseOutputs(JSON.stringify(outputs), { name: "a test" });
    assert.equal(root.certificatePem, outputs["rootCertificate"]);
    assert.equal(root.key, "softkms:path=keys/root.pem");
    assert.match(intermediate.certificate.subject, /CN=Example Intermediate/);
    assert.equal(ssh?.user.publicKey.line, outputs["sshUserPublicKey"]);
    assert.equal(ssh?.host.key, "softkms:path=keys/ssh-host-key.pem");
    assert.deepEqual(caConfig, JSON.parse(JSON.stringify(outputs["caConfig"])));
  });

  void it("are read without SSH keys, absent or null", () => {
    const absent = Object.fromEntries(Object.entries(outputs).filter(([name]) => !name.startsWith("ssh")));
    const none = { sshUserKey: null, sshUserPublicKey: null, sshHostKey: null, sshHostPublicKey: null };
    assert.equal(parseOutputs(JSON.stringify(absent), { name: "a test" }).ssh, undefined);
    assert.equal(parseOutputs(JSON.stringify({ ...absent, ...none }), { name: "a test" }).ssh, undefined);
  });

  void it("may have an uppercase fingerprint and a certificate without a final newline", () => {
    const { root } = parseOutputs(
      JSON.stringify({
        ...outputs,
        rootFingerprint: String(outputs["rootFingerprint"]).toUpperCase(),
        rootCertificate: String(outputs["rootCertificate"]).trimEnd(),
      }),
      { name: "a test" },
    );
    assert.equal(root.certificatePem, outputs["rootCertificate"]);
  });

  void it("are read with the attestations of some keys, of no key, or without the output", () => {
    const read = (attestations: unknown): unknown =>
      parseOutputs(JSON.stringify({ ...outputs, attestations }), { name: "a test" }).attestations;
    const content = Buffer.from([0x1f, 0x8b, 0x00, 0xff]).toString("base64");
    const attestation = { format: "CAVIUM_V2_COMPRESSED", content, certChains: {} };
    const { certChains: _, ...withoutChains } = attestation;
    assert.deepEqual(read({ root: attestation, "ssh-user-key": withoutChains }), {
      root: attestation,
      "ssh-user-key": attestation,
    });
    for (const none of [{}, null, undefined]) {
      assert.deepEqual(read(none), {});
    }
  });

  const refusals: readonly { what: string; changes?: Outputs; text?: string; message: RegExp }[] = [
    { what: "an empty text", text: "", message: /returned no JSON object/ },
    { what: "a text that is not JSON", text: `{"rootKey": ${SECRET}`, message: /returned no JSON object/ },
    { what: "a list", text: "[]", message: /returned no JSON object/ },
    {
      what: "a missing root certificate",
      changes: { rootCertificate: undefined },
      message: /returned no rootCertificate\. Have the program export the authority/,
    },
    { what: "a key that is a number", changes: { intermediateKey: 7 }, message: /"intermediateKey".*is not a string/ },
    { what: "an empty key", changes: { rootKey: "" }, message: /"rootKey".*is not a string/ },
    {
      what: "an invalid certificate",
      changes: { rootCertificate: SECRET },
      message: /is not a certificate in PEM/,
    },
    { what: "the fingerprint of another root", changes: { rootFingerprint: "00" }, message: /does not match rootCert/ },
    {
      what: "one SSH output missing",
      changes: { sshHostPublicKey: undefined },
      message: /returned no sshHostPublicKey\. Have/,
    },
    { what: "an invalid SSH key", changes: { sshUserPublicKey: "ssh-rsa AAAA" }, message: /in OpenSSH's format/ },
    {
      what: "an SSH key of two lines",
      changes: { sshUserPublicKey: "ssh-ed25519 AAAA\nssh-ed25519 AAAA" },
      message: /"sshUserPublicKey".*in OpenSSH's format/,
    },
    { what: "hidden secrets", changes: { caConfig: "[secret]" }, message: /hid caConfig.*--show-secrets/ },
    { what: "a ca.json that is a list", changes: { caConfig: [SECRET] }, message: /"caConfig".*is not an object/ },
    { what: "hidden attestations", changes: { attestations: "[secret]" }, message: /hid attestations.*--show-secrets/ },
    {
      what: "attestations that are a string",
      changes: { attestations: SECRET },
      message: /"attestations".*is not an object/,
    },
    ...[
      { what: "an attestation of another key", attestations: { "../root": { format: "F", content: "AAAA" } } },
      { what: "an attestation that is a string", attestations: { root: SECRET } },
      { what: "an attestation that is null", attestations: { root: null } },
      { what: "an attestation without a format", attestations: { root: { content: "AAAA" } } },
      {
        what: "an attestation with a format of two lines",
        attestations: { root: { format: "F\nG", content: "AAAA" } },
      },
      { what: "an attestation without content", attestations: { root: { format: "F" } } },
      { what: "an attestation with empty content", attestations: { root: { format: "F", content: "" } } },
      { what: "an attestation that is not base64", attestations: { root: { format: "F", content: `${SECRET}!` } } },
      ...[SECRET, { caviumCerts: SECRET }, { caviumCerts: [SECRET] }, { caviumCerts: [1] }, { others: [] }].map(
        (certChains) => ({
          what: `an attestation with the chains ${JSON.stringify(certChains).replace(SECRET, "...")}`,
          attestations: { root: { format: "F", content: "AAAA", certChains } },
        }),
      ),
      { what: "an attestation in URL-safe base64", attestations: { root: { format: "F", content: "_-8=" } } },
    ].map(({ what, attestations }) => ({
      what,
      changes: { attestations },
      message: /"attestations" of a test holds something other than a key's "format" and "content" in base64/,
    })),
    {
      what: "a ca.json without a key",
      changes: { caConfig: { root: "r", crt: "c", kms: { type: "softkms", pin: SECRET } } },
      message: /"caConfig".*lacks "root", "crt" or "key"/,
    },
    {
      what: "a ca.json whose kms has no type",
      changes: { caConfig: { root: ["r"], crt: "c", key: "k", kms: { pin: SECRET } } },
      message: /"caConfig".*lacks "kms"/,
    },
  ];
  for (const { what, changes, text, message } of refusals) {
    void it(`are refused for ${what}, and the message contains no value`, () => {
      assert.throws(
        () => parseOutputs(text ?? JSON.stringify({ ...outputs, ...changes }), { name: "a test" }),
        (error) => {
          assert.ok(error instanceof PkiError);
          assert.equal(error.code, "OUTPUTS_UNREADABLE");
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, new RegExp(SECRET));
          return true;
        },
      );
    });
  }
});
