import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { type AttestedKey, verifyAttestation } from "../../provider/piv/attestation";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { withCode } from "../fixtures/withCode";
import { missing, runTool } from "../tools";

/** What a certificate of the test's own Yubico is to be. */
interface Issue {
  readonly name: string;
  /** The name of the issuer; itself when absent. */
  readonly issuer?: string;
  readonly extensions: readonly string[];
  /** The algorithm of its key, as `openssl req -newkey` has it. */
  readonly key?: string;
}

const CA = "basicConstraints=critical,CA:TRUE";

/** The extensions of an attestation as Yubico describes them: raw octets for firmware and policies, an INTEGER for the serial. */
const YUBICO = [
  "1.3.6.1.4.1.41482.3.3=DER:05:07:01",
  "1.3.6.1.4.1.41482.3.7=DER:02:04:00:AE:17:CB",
  "1.3.6.1.4.1.41482.3.8=DER:03:01",
  "1.3.6.1.4.1.41482.3.9=DER:01",
];

/** Certificates that openssl makes, so that no code of ours has written what is verified. */
class Certificates {
  readonly #folder = temporaryDirectory();

  issue({ name, issuer = name, extensions, key = "ec" }: Issue): X509Certificate {
    const path = (of: string, ending: string): string => join(this.#folder, `${of}.${ending}`);
    const config = path(name, "cnf");
    writeFileSync(
      config,
      [
        "[req]",
        "distinguished_name=dn",
        "x509_extensions=v3",
        "prompt=no",
        "[dn]",
        `CN=${name}`,
        "[v3]",
        ...extensions,
        "",
      ].join("\n"),
    );
    const newKey = key === "ec" ? ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"] : ["-newkey", key];
    const signedBy = issuer === name ? [] : ["-CA", path(issuer, "crt"), "-CAkey", path(issuer, "key")];
    runTool("openssl", [
      "req",
      "-x509",
      "-config",
      config,
      ...newKey,
      "-nodes",
      "-days",
      "3650",
      "-keyout",
      path(name, "key"),
      "-out",
      path(name, "crt"),
      ...signedBy,
    ]);
    return new X509Certificate(runTool("openssl", ["x509", "-in", path(name, "crt")]));
  }
}

void describe("An attestation", { skip: missing("openssl") }, () => {
  let root: X509Certificate;
  let otherRoot: X509Certificate;
  let middle: X509Certificate;
  let device: X509Certificate;
  let deviceBelowMiddle: X509Certificate;
  let attestation: X509Certificate;
  let below: X509Certificate;
  let certificates: Certificates;

  before(() => {
    certificates = new Certificates();
    const issue = (name: string, issuer: string | undefined, extensions: readonly string[], key?: string) =>
      certificates.issue({
        name,
        extensions,
        ...(issuer === undefined ? {} : { issuer }),
        ...(key === undefined ? {} : { key }),
      });
    root = issue("Test PIV Root", undefined, [CA], "rsa:2048");
    otherRoot = issue("Another Root", undefined, [CA]);
    middle = issue("Test PIV Attestation A 1", "Test PIV Root", [CA]);
    device = issue("Yubico PIV Attestation", "Test PIV Root", [CA], "rsa:2048");
    deviceBelowMiddle = issue("Yubico PIV Attestation 5.7", "Test PIV Attestation A 1", [CA]);
    attestation = issue("YubiKey PIV Attestation 9c", "Yubico PIV Attestation", YUBICO);
    below = issue("YubiKey PIV Attestation 9a", "Yubico PIV Attestation 5.7", YUBICO);
  });

  const verify = (
    changed: Partial<{ attestation: Buffer; intermediate: Buffer; root: string; publicKey: KeyObject }> = {},
  ): AttestedKey =>
    verifyAttestation({
      attestation: attestation.raw,
      intermediate: device.raw,
      root: root.toString(),
      publicKey: attestation.publicKey,
      ...changed,
    });

  void it("tells of the card and of the key's policies", () => {
    assert.deepEqual(verify(), { serial: 11409355, firmware: "5.7.1", pinPolicy: "always", touchPolicy: "never" });
  });

  void it("is of a key that may be given as any object of it", () => {
    const publicKey = createPublicKey(attestation.publicKey.export({ type: "spki", format: "pem" }));
    assert.equal(verify({ publicKey }).serial, 11409355);
  });

  for (const order of ["root first", "root last"]) {
    void it(`leads to the root over an authority between, ${order}`, () => {
      const pems = [root.toString(), middle.toString()];
      assert.equal(
        verify({
          attestation: below.raw,
          intermediate: deviceBelowMiddle.raw,
          publicKey: below.publicKey,
          root: (order === "root first" ? pems : pems.reverse()).join(""),
        }).firmware,
        "5.7.1",
      );
    });
  }

  void it("leads to one of several roots", () => {
    assert.equal(verify({ root: `${otherRoot.toString()}\n# Yubico\n${root.toString()}` }).serial, 11409355);
  });

  void it("says less where the card did: firmware before 5 tells no serial number", () => {
    const old = certificates.issue({
      name: "YubiKey PIV Attestation 82",
      issuer: "Yubico PIV Attestation",
      extensions: ["1.3.6.1.4.1.41482.3.3=DER:04:03:05", "1.3.6.1.4.1.41482.3.8=DER:02:03"],
    });
    assert.deepEqual(verify({ attestation: old.raw, publicKey: old.publicKey }), {
      firmware: "4.3.5",
      pinPolicy: "once",
      touchPolicy: "cached",
    });
  });

  void it("is accepted of the first YubiKeys 4, whose attestation key has no basic constraints", () => {
    const first = certificates.issue({
      name: "Yubico PIV Attestation 4",
      issuer: "Test PIV Root",
      extensions: ["1.3.6.1.4.1.41482.3.3=DER:04:03:01"],
    });
    const signed = certificates.issue({ name: "Of a 4", issuer: "Yubico PIV Attestation 4", extensions: YUBICO });
    assert.equal(
      verify({ attestation: signed.raw, intermediate: first.raw, publicKey: signed.publicKey }).serial,
      11409355,
    );
  });

  const rejections: readonly { what: string; evidence: () => Parameters<typeof verify>[0]; says: RegExp }[] = [
    {
      what: "another key",
      evidence: () => ({ publicKey: generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey }),
      says: /it is of another key/,
    },
    { what: "another root", evidence: () => ({ root: otherRoot.toString() }), says: /no given root has signed/ },
    {
      what: "a root of the same name that is another",
      evidence: () => ({
        root: new Certificates().issue({ name: "Test PIV Root", extensions: [CA], key: "rsa:2048" }).toString(),
      }),
      says: /no given root has signed "CN=Yubico PIV Attestation"/,
    },
    {
      what: "a root of the same name with a key of another type",
      evidence: () => ({
        root: new Certificates().issue({ name: "Test PIV Root", extensions: [CA] }).toString(),
      }),
      says: /no given root has signed "CN=Yubico PIV Attestation"/,
    },
    {
      what: "another card's intermediate",
      evidence: () => ({ intermediate: deviceBelowMiddle.raw }),
      says: /not signed by the card's attestation key/,
    },
    {
      what: "an authority between that leads nowhere",
      evidence: () => ({
        attestation: below.raw,
        intermediate: deviceBelowMiddle.raw,
        publicKey: below.publicKey,
        root: middle.toString(),
      }),
      says: /no given root has signed "CN=Test PIV Attestation A 1"/,
    },
    {
      what: "an attestation that signs itself",
      evidence: () => {
        const own = certificates.issue({ name: "Yubico PIV Attestation 9c", extensions: YUBICO });
        return { attestation: own.raw, publicKey: own.publicKey };
      },
      says: /not signed by the card's attestation key/,
    },
    {
      what: "an attestation key that denies to be an authority",
      evidence: () => {
        const leaf = certificates.issue({
          name: "A leaf",
          issuer: "Test PIV Root",
          extensions: ["basicConstraints=critical,CA:FALSE"],
        });
        const signed = certificates.issue({ name: "Of a leaf", issuer: "A leaf", extensions: YUBICO });
        return { attestation: signed.raw, intermediate: leaf.raw, publicKey: signed.publicKey };
      },
      says: /not signed by the card's attestation key/,
    },
    {
      what: "a certificate in the chain that is no authority",
      evidence: () => {
        const leaf = certificates.issue({
          name: "A leaf between",
          issuer: "Test PIV Root",
          extensions: ["basicConstraints=critical,CA:FALSE"],
        });
        const card = certificates.issue({ name: "A card", issuer: "A leaf between", extensions: [CA] });
        const signed = certificates.issue({ name: "Of a card", issuer: "A card", extensions: YUBICO });
        return {
          attestation: signed.raw,
          intermediate: card.raw,
          publicKey: signed.publicKey,
          root: `${leaf.toString()}${root.toString()}`,
        };
      },
      says: /"CN=A leaf between" is no certificate authority/,
    },
    {
      what: "an attestation that was changed",
      evidence: () => {
        const changed = Buffer.from(attestation.raw);
        const at = changed.indexOf(Buffer.from("00ae17cb", "hex"));
        changed.writeUInt8(0xaf, at + 1);
        return { attestation: changed };
      },
      says: /not signed by the card's attestation key/,
    },
    {
      what: "octets",
      evidence: () => ({ attestation: Buffer.from("3001", "hex") }),
      says: /the attestation is no certificate/,
    },
    {
      what: "no intermediate",
      evidence: () => ({ intermediate: Buffer.alloc(0) }),
      says: /intermediate is no certificate/,
    },
    { what: "no root", evidence: () => ({ root: "root.pem" }), says: /the root is no PEM certificate/ },
    {
      what: "a root that is damaged",
      evidence: () => ({ root: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" }),
      says: /the root is no certificate/,
    },
  ];
  for (const { what, evidence, says } of rejections) {
    void it(`is rejected with ${what}`, () => {
      assert.throws(() => verify(evidence()), withCode("ATTESTATION_REJECTED", says));
    });
  }
});
