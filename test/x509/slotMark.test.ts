import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import { SCHEME_NAMES, SIGNATURE_SCHEMES } from "../fixtures/signatureSchemes";
import { NEW_EC_KEY, certificateText, openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { readSlotMark, slotMark, type SlotMarkStage } from "../../provider/x509/slotMark";

const OWNER =
  "urn:pulumi:prod::acme::kms-pki:index:CertificateAuthority$pulumi-nodejs:dynamic/kms-pki:PivKey::ca-root-key";
const STAGES: readonly SlotMarkStage[] = ["pending", "overwriting", "made", "released"];

/** Public keys of every type that a slot can hold. */
const KEYS = SCHEME_NAMES.filter((name) => !/P521|PSS/.test(name)).map((name) => ({ name, publicKey: keyFor(name) }));

function keyFor(name: (typeof SCHEME_NAMES)[number]) {
  const { key } = SIGNATURE_SCHEMES[name];
  switch (key.type) {
    case "ec":
      return generateKeyPairSync("ec", { namedCurve: key.curve }).publicKey;
    case "rsa":
      return generateKeyPairSync("rsa", { modulusLength: key.bits }).publicKey;
    case "ed25519":
      return generateKeyPairSync("ed25519").publicKey;
  }
}

function pem(der: Uint8Array): string {
  return new X509Certificate(der).toString();
}

void describe("The mark of a slot", () => {
  for (const stage of STAGES) {
    void it(`that is ${stage} is read back, with its owner`, async () => {
      const mark = readSlotMark(await slotMark(stage, OWNER));
      assert.deepEqual({ ...mark, publicKey: undefined }, { stage, owner: OWNER, publicKey: undefined });
    });
  }

  for (const { name, publicKey } of KEYS) {
    void it(`contains a key for ${name}`, async () => {
      assert.ok(readSlotMark(await slotMark("made", OWNER, publicKey))?.publicKey.equals(publicKey));
    });
  }

  void it("contains a new throwaway key each time when there is no key yet", async () => {
    const [one, two] = [readSlotMark(await slotMark("pending", OWNER)), readSlotMark(await slotMark("pending", OWNER))];
    assert.ok(one !== undefined && two !== undefined && !one.publicKey.equals(two.publicKey));
  });

  const owners = [
    "urn:pulumi:dev::my project::a:b:C$d::name with spaces",
    "urn:pulumi:dev::p::t::Schlüssel-Ключ-鍵-🔑",
    "urn:pulumi:dev::p::t::100%",
    "urn:pulumi:dev::p::t::%41%25%2F%zz",
    "urn:pulumi:dev::p::t::a::b::c:",
    "urn:pulumi:dev::p::t::#?&=;,+@[]{}|\\^`<>\"'~!*()$",
    "urn:pulumi:dev::p::t::line\nbreak\ttab",
    "urn:pulumi:dev::p::t::released:x",
    "",
    `urn:pulumi:dev::p::t::${"long".repeat(250)}`,
  ];
  for (const owner of owners) {
    void it(`names the owner ${JSON.stringify(owner).slice(0, 60)}`, async () => {
      for (const stage of STAGES) {
        const mark = readSlotMark(await slotMark(stage, owner));
        assert.deepEqual([mark?.stage, mark?.owner], [stage, owner]);
      }
    });
  }

  void it("fits into a slot of every YubiKey with the longest key and a long URN", async () => {
    const { publicKey } = KEYS.find(({ name }) => name === "RSA_4096_PKCS1") ?? assert.fail();
    const mark = await slotMark("made", `${OWNER}${"x".repeat(400)}`, publicKey);
    assert.ok(mark.length < 2025, String(mark.length));
  });

  void it(
    "is a certificate that openssl reads, says what it is, and certifies nothing",
    { skip: missing("openssl") },
    async () => {
      const { publicKey } = generateKeyPairSync("ec", { namedCurve: "secp384r1" });
      const made = pem(await slotMark("made", `${OWNER} ü%`, publicKey));
      const text = certificateText(made);
      assert.match(text, /Subject: CN=pulumi-kms-pki made slot\n/);
      assert.match(text, /Issuer: CN=pulumi-kms-pki made slot\n/);
      assert.match(text, /URI:urn:pulumi-kms-pki:slot:made:urn:pulumi:prod::acme::.*::ca-root-key%20%C3%BC%25\n/);
      assert.match(text, /Not After : Jan {2}1 00:00:00 1970 GMT/, "it was never valid");
      assert.doesNotMatch(text, /CA:TRUE|Key Usage/);
      const shown = createPublicKey(openssl(["x509", "-noout", "-pubkey"], made));
      assert.ok(shown.equals(publicKey), "step-ca finds the slot's own key in it");
      const isSelfSigned = new X509Certificate(made).verify(publicKey);
      assert.equal(isSelfSigned, false, "no key in a slot has signed it");
    },
  );
});

void describe("The content of a slot that is not a mark", () => {
  const certificate = (...extensions: readonly string[]): Buffer => {
    const args = ["req", "-x509", ...NEW_EC_KEY, "-keyout", "/dev/null"];
    const options = extensions.flatMap((extension) => ["-addext", extension]);
    return new X509Certificate(openssl([...args, "-subj", "/CN=pulumi-kms-pki made slot", ...options])).raw;
  };
  const others: readonly { what: string; der: () => Uint8Array }[] = [
    { what: "nothing", der: () => Buffer.alloc(0) },
    { what: "garbage", der: () => Buffer.from("no certificate") },
    { what: "a truncated certificate", der: () => certificate().subarray(0, -20) },
    { what: "a certificate with the same common name", der: () => certificate() },
    { what: "a certificate with other names", der: () => certificate("subjectAltName=DNS:ca.example.com,URI:urn:x") },
    {
      what: "a mark as a DNS name",
      der: () => certificate("subjectAltName=DNS:urn:pulumi-kms-pki:slot:made:x"),
    },
    {
      what: "a mark of another stage",
      der: () => certificate("subjectAltName=URI:urn:pulumi-kms-pki:slot:ready:urn:x"),
    },
    { what: "a mark without an owner", der: () => certificate("subjectAltName=URI:urn:pulumi-kms-pki:slot:made") },
    {
      what: "a mark whose owner cannot be decoded",
      der: () => certificate("subjectAltName=URI:urn:pulumi-kms-pki:slot:made:%zz"),
    },
    {
      what: "a certificate whose names cannot be decoded",
      der: () => certificate("2.5.29.17=DER:ff"),
    },
  ];
  for (const { what, der } of others) {
    void it(`may be ${what}`, { skip: missing("openssl") }, () => {
      assert.equal(readSlotMark(der()), undefined);
    });
  }
});
