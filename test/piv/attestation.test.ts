import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, sign, X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { type AttestedKey, verifyAttestation } from "../../provider/piv/attestation";
import { decodeTlvs, encodeTlv } from "../../provider/piv/tlv";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { withCode } from "../fixtures/withCode";
import { missing, runTool } from "../tools";

/** The properties of a certificate of the test's own Yubico. */
interface Issue {
  readonly name: string;
  /** The name of the issuer; self-signed if absent. */
  readonly issuer?: string;
  readonly extensions: readonly string[];
  /** The algorithm of its key, as for `openssl req -newkey`. */
  readonly key?: string;
}

const CA = "basicConstraints=critical,CA:TRUE";

/**
 * The extensions of an attestation as Yubico describes them: raw bytes for firmware and policies, an INTEGER for the serial number.
 */
const YUBICO = [
  "1.3.6.1.4.1.41482.3.3=DER:05:07:01",
  "1.3.6.1.4.1.41482.3.7=DER:02:04:00:AE:17:CB",
  "1.3.6.1.4.1.41482.3.8=DER:03:01",
  "1.3.6.1.4.1.41482.3.9=DER:01",
];

/** Certificates made by openssl, so that none of our code wrote what is verified. */
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

  /** The same certificate with a changed body, signed again with its issuer's RSA key. */
  changed(certificate: X509Certificate, issuer: string, change: (element: Buffer) => Buffer): X509Certificate {
    const [body = assert.fail(), algorithm = assert.fail()] = childrenOf(certificate.raw);
    const tbs = change(body);
    const signature = sign("sha256", tbs, readFileSync(join(this.#folder, `${issuer}.key`)));
    return new X509Certificate(encodeTlv(0x30, tbs, change(algorithm), encodeTlv(0x03, Buffer.of(0), signature)));
  }
}

/** The elements in a SEQUENCE, each with its tag and length. */
function childrenOf(sequence: Buffer): Buffer[] {
  const [outer = assert.fail()] = decodeTlvs(sequence, "a test's");
  return decodeTlvs(outer.value, "a test's").map(({ tag, value }) => encodeTlv(tag, value));
}

/** Removes the NULL from each AlgorithmIdentifier with an object identifier, in a SEQUENCE and nested ones. */
function withoutNull(element: Buffer, oid: string): Buffer {
  if (element[0] !== 0x30) {
    return element;
  }
  const children = childrenOf(element);
  const [first, second] = children;
  const isTheOne = first?.equals(Buffer.from(oid, "hex")) === true && second?.equals(Buffer.of(5, 0)) === true;
  return encodeTlv(0x30, ...(isTheOne ? children.slice(0, 1) : children.map((child) => withoutNull(child, oid))));
}

const RSA_ENCRYPTION = "06092a864886f70d010101";
const SHA256_WITH_RSA = "06092a864886f70d01010b";

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

  const verify = (changed: Partial<Parameters<typeof verifyAttestation>[0]> = {}): AttestedKey =>
    verifyAttestation({
      attestation: attestation.raw,
      intermediate: device.raw,
      authorities: [root],
      publicKey: attestation.publicKey,
      ...changed,
    });

  void it("reports the card and the key's policies", () => {
    assert.deepEqual(verify(), { serial: 11409355, firmware: "5.7.1", pinPolicy: "always", touchPolicy: "never" });
  });

  void it("is checked against a key given as any kind of object", () => {
    const publicKey = createPublicKey(attestation.publicKey.export({ type: "spki", format: "pem" }));
    assert.equal(verify({ publicKey }).serial, 11409355);
  });

  for (const order of ["root first", "root last"]) {
    void it(`leads to the root through an intermediate, ${order}`, () => {
      const all = [root, middle];
      assert.equal(
        verify({
          attestation: below.raw,
          intermediate: deviceBelowMiddle.raw,
          publicKey: below.publicKey,
          authorities: order === "root first" ? all : all.reverse(),
        }).firmware,
        "5.7.1",
      );
    });
  }

  void it("leads to one of several roots", () => {
    assert.equal(verify({ authorities: [otherRoot, root] }).serial, 11409355);
  });

  void it("contains less when the card reports less: firmware before 5 has no serial number", () => {
    const old = certificates.issue({
      name: "YubiKey PIV Attestation 82",
      issuer: "Yubico PIV Attestation",
      extensions: ["1.3.6.1.4.1.41482.3.3=DER:04:03:05", "1.3.6.1.4.1.41482.3.8=DER:02:03"],
    });
    assert.deepEqual(verify({ attestation: old.raw, publicKey: old.publicKey }), {
      serial: undefined,
      firmware: "4.3.5",
      pinPolicy: "once",
      touchPolicy: "cached",
    });
  });

  void it("leads to the root through two intermediates, as of firmware 5.7.4", () => {
    const upper = certificates.issue({ name: "Test Attestation B 1", issuer: "Test PIV Root", extensions: [CA] });
    const lower = certificates.issue({ name: "Test PIV B 1", issuer: "Test Attestation B 1", extensions: [CA] });
    const card = certificates.issue({ name: "A card of 5.7.4", issuer: "Test PIV B 1", extensions: [CA] });
    const signed = certificates.issue({ name: "Of 5.7.4", issuer: "A card of 5.7.4", extensions: YUBICO });
    const evidence = { attestation: signed.raw, intermediate: card.raw, publicKey: signed.publicKey };
    assert.equal(verify({ ...evidence, authorities: [upper, lower, root] }).serial, 11409355);
    assert.throws(
      () => verify({ ...evidence, authorities: [lower, root] }),
      withCode("ATTESTATION_REJECTED", /"CN=Test PIV B 1".*put all of them in one file/),
    );
  });

  for (const { what, serial, told } of [
    { what: "of 2^31", serial: "02:05:00:80:00:00:00", told: 2 ** 31 },
    { what: "of 2^32 - 1", serial: "02:05:00:FF:FF:FF:FF", told: 2 ** 32 - 1 },
    { what: "of 2^32 - 1 in four bytes", serial: "02:04:FF:FF:FF:FF", told: 2 ** 32 - 1 },
  ]) {
    void it(`contains a serial number ${what}`, () => {
      const large = certificates.issue({
        name: "A large number",
        issuer: "Yubico PIV Attestation",
        extensions: [
          ...YUBICO.filter((extension) => !extension.includes("3.7=")),
          `1.3.6.1.4.1.41482.3.7=DER:${serial}`,
        ],
      });
      assert.equal(verify({ attestation: large.raw, publicKey: large.publicKey }).serial, told);
    });
  }

  for (const { what, oid } of [
    { what: "of its key", oid: RSA_ENCRYPTION },
    { what: "of its signature", oid: SHA256_WITH_RSA },
  ]) {
    void it(`is accepted when the card's certificate lacks NULL in the AlgorithmIdentifier ${what}`, () => {
      const bare = certificates.changed(device, "Test PIV Root", (element) => withoutNull(element, oid));
      assert.notEqual(bare.raw.length, device.raw.length);
      assert.equal(verify({ intermediate: bare.raw }).serial, 11409355);
    });
  }

  void it("is accepted from the first YubiKey 4s, whose attestation key has no basic constraints", () => {
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
      says: /it is for another key/,
    },
    { what: "another root", evidence: () => ({ authorities: [otherRoot] }), says: /no given root has signed/ },
    {
      what: "a different root with the same name",
      evidence: () => ({
        authorities: [new Certificates().issue({ name: "Test PIV Root", extensions: [CA], key: "rsa:2048" })],
      }),
      says: /no given root has signed "CN=Yubico PIV Attestation"/,
    },
    {
      what: "a root with the same name and a key of another type",
      evidence: () => ({
        authorities: [new Certificates().issue({ name: "Test PIV Root", extensions: [CA] })],
      }),
      says: /no given root has signed "CN=Yubico PIV Attestation"/,
    },
    {
      what: "another card's intermediate",
      evidence: () => ({ intermediate: deviceBelowMiddle.raw }),
      says: /not signed by the card's attestation key/,
    },
    {
      what: "an intermediate that leads nowhere",
      evidence: () => ({
        attestation: below.raw,
        intermediate: deviceBelowMiddle.raw,
        publicKey: below.publicKey,
        authorities: [middle],
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
      what: "an attestation key whose certificate says that it is not a CA",
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
      what: "a certificate in the chain that is not a CA",
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
          authorities: [leaf, root],
        };
      },
      says: /"CN=A leaf between" is not a certificate authority/,
    },
    {
      what: "an altered attestation",
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
      says: /the attestation is not a certificate/,
    },
    {
      what: "no intermediate",
      evidence: () => ({ intermediate: Buffer.alloc(0) }),
      says: /intermediate is not a certificate/,
    },
    { what: "no root", evidence: () => ({ authorities: [] }), says: /no given root has signed/ },
    ...(["3.3", "3.8"] as const).map((missing) => ({
      what: `no extension 1.3.6.1.4.1.41482.${missing}, as those of OpenPGP, FIDO and SD have none`,
      evidence: () => {
        const extensions = YUBICO.filter((extension) => !extension.includes(`${missing}=`));
        const signed = certificates.issue({ name: "Of no PIV", issuer: "Yubico PIV Attestation", extensions });
        return { attestation: signed.raw, publicKey: signed.publicKey };
      },
      says: /it is not an attestation of a PIV key: it lacks Yubico's extensions/,
    })),
    {
      what: "no extensions at all",
      evidence: () => {
        const signed = certificates.issue({ name: "Bare", issuer: "Yubico PIV Attestation", extensions: [CA] });
        return { attestation: signed.raw, publicKey: signed.publicKey };
      },
      says: /it is not an attestation of a PIV key/,
    },
    {
      what: "a serial number of more than four bytes",
      evidence: () => {
        const extensions = [
          ...YUBICO.slice(0, 1),
          "1.3.6.1.4.1.41482.3.7=DER:02:06:01:00:00:00:00:00",
          ...YUBICO.slice(2),
        ];
        const signed = certificates.issue({ name: "Too large", issuer: "Yubico PIV Attestation", extensions });
        return { attestation: signed.raw, publicKey: signed.publicKey };
      },
      says: /its serial number is invalid/,
    },
    {
      what: "a key that cannot be read",
      evidence: () => ({
        attestation: certificates.changed(attestation, "Yubico PIV Attestation", (element) => {
          // A nonexistent curve.
          const changed = Buffer.from(element);
          const at = changed.indexOf(Buffer.from("06082a8648ce3d030107", "hex"));
          if (at >= 0) {
            changed.writeUInt8(0x63, at + 9);
          }
          return changed;
        }).raw,
      }),
      says: /its key cannot be read/,
    },
  ];
  for (const { what, evidence, says } of rejections) {
    void it(`is rejected with ${what}`, () => {
      assert.throws(() => verify(evidence()), withCode("ATTESTATION_REJECTED", says));
    });
  }
});
