import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import type { Signer } from "../../provider/kms/keyManager";
import { asn1, derOf, openssl } from "../fixtures/openssl";
import { SCHEME_NAMES } from "../fixtures/signatureSchemes";
import { withCode } from "../fixtures/withCode";
import { missing } from "../tools";
import { issue, issueRoot, NOW, type Wish } from "./issuing";
import { KeySigner, keyPair } from "./keySigner";

const HOUR = 3_600;
const LEAF: Wish = { profile: "leaf", subject: { commonName: "a leaf" } };

/** A signature with one flipped bit. */
function flipped(signature: Buffer, index: number, bit: number): Buffer {
  const copy = Buffer.from(signature);
  copy.writeUInt8(copy.readUInt8(index) ^ (1 << bit), index);
  return copy;
}

void describe("A signature", () => {
  for (const algorithm of SCHEME_NAMES) {
    void it(`of ${algorithm} with one flipped bit is not accepted`, async () => {
      for (const bit of [0, 7]) {
        const distort = (signature: Buffer): Buffer => flipped(signature, signature.length - 1, bit);
        const signer = new KeySigner(keyPair(algorithm), algorithm, distort);
        await assert.rejects(async () => issueRoot({ signer }), withCode("SIGNATURE_INVALID"));
        assert.equal(signer.calls, 1);
      }
    });
  }

  void it("of ECDSA is not accepted when any byte of r and s is wrong, including their tags and lengths", async () => {
    // A wrong length of the outer sequence may be ignored, because r and s are right, and it is encoded again.
    for (let index = 2; index < 72; index += 1) {
      const distort = (signature: Buffer): Buffer => flipped(signature, Math.min(index, signature.length - 1), 0);
      const signer = new KeySigner(undefined, undefined, distort);
      await assert.rejects(async () => issueRoot({ signer }), withCode("SIGNATURE_INVALID"), `octet ${String(index)}`);
    }
  });

  const others: readonly { readonly what: string; readonly distort: (signature: Buffer) => Buffer }[] = [
    { what: "nothing", distort: () => Buffer.alloc(0) },
    { what: "noise", distort: ({ length }) => randomBytes(length) },
    { what: "zeros", distort: ({ length }) => Buffer.alloc(length) },
    { what: "the first half", distort: (signature) => signature.subarray(0, signature.length / 2) },
    { what: "an empty sequence", distort: () => Buffer.of(0x30, 0) },
    { what: "an r and an s of 0", distort: () => Buffer.of(0x30, 6, 2, 1, 0, 2, 1, 0) },
  ];
  for (const algorithm of ["ECDSA_P256", "RSA_2048_PKCS1", "RSA_2048_PSS", "ED25519"] as const) {
    for (const { what, distort } of others) {
      void it(`of ${algorithm} that is ${what} is not accepted`, async () => {
        const signer = new KeySigner(keyPair(algorithm), algorithm, distort);
        await assert.rejects(async () => issueRoot({ signer }), withCode("SIGNATURE_INVALID"));
      });
    }
  }

  void it("that another key made is not accepted", async () => {
    const other = new KeySigner(keyPair("ECDSA_P256", "other"));
    const signer: Signer = {
      algorithm: "ECDSA_P256",
      publicKey: keyPair("ECDSA_P256").publicKey,
      sign: (message) => other.sign(message),
    };
    const issuerPem = await issueRoot();
    await assert.rejects(async () => issueRoot({ signer }), withCode("SIGNATURE_INVALID"));
    await assert.rejects(async () => issue({ ...LEAF, signer, issuerPem }), withCode("SIGNATURE_INVALID"));
  });

  void it("over another message is not accepted", async () => {
    const right = new KeySigner();
    const signer: Signer = {
      algorithm: "ECDSA_P256",
      publicKey: right.publicKey,
      sign: (message) => right.sign(message.subarray(1)),
    };
    await assert.rejects(async () => issueRoot({ signer }), withCode("SIGNATURE_INVALID"));
  });

  void it("that the signer refuses fails with the signer's own error", async () => {
    const refusal = new Error("the service is away");
    const { publicKey } = keyPair("ECDSA_P256");
    const signer: Signer = { algorithm: "ECDSA_P256", publicKey, sign: () => Promise.reject(refusal) };
    await assert.rejects(
      async () => issueRoot({ signer }),
      (error) => error === refusal,
    );
  });
});

void describe("A self-signed certificate", () => {
  void it("is signed once", async () => {
    const signer = new KeySigner();
    await issueRoot({ signer });
    assert.equal(signer.calls, 1);
  });

  void it("is refused when another key is to sign it, and nothing is signed", async () => {
    const signer = new KeySigner();
    const { publicKey } = keyPair("ECDSA_P256", "other");
    await assert.rejects(async () => issueRoot({ signer, publicKey }), withCode("ISSUER_KEY_MISMATCH", /its own key/));
    assert.equal(signer.calls, 0);
  });
});

/** The two dates in the DER, with their types. */
function dates(pem: string): [string, string] {
  const found = [...asn1(derOf(pem)).matchAll(/ prim: (UTCTIME|GENERALIZEDTIME) +:(\S+)/g)].map(
    ([, type = "", time = ""]) => `${type} ${time}`,
  );
  assert.equal(found.length, 2);
  return [found[0] ?? "", found[1] ?? ""];
}

function seconds(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}

/** UTCTime up to 2049, GeneralizedTime from 2050 on (RFC 5280, section 4.1.2.5). */
const DATES = [
  {
    what: "in this century's first half",
    from: "2026-03-04T05:06:07Z",
    to: "2036-03-01T05:06:07Z",
    notBefore: "UTCTIME 260304050607Z",
    notAfter: "UTCTIME 360301050607Z",
  },
  {
    what: "up to the last second of 2049",
    from: "2049-12-31T23:59:58Z",
    to: "2049-12-31T23:59:59Z",
    notBefore: "UTCTIME 491231235958Z",
    notAfter: "UTCTIME 491231235959Z",
  },
  {
    what: "up to the first second of 2050",
    from: "2049-12-31T23:59:59Z",
    to: "2050-01-01T00:00:00Z",
    notBefore: "UTCTIME 491231235959Z",
    notAfter: "GENERALIZEDTIME 20500101000000Z",
  },
  {
    what: "from the first second of 2050 on",
    from: "2050-01-01T00:00:00Z",
    to: "2060-01-01T00:00:00Z",
    notBefore: "GENERALIZEDTIME 20500101000000Z",
    notAfter: "GENERALIZEDTIME 20600101000000Z",
  },
  {
    what: "through a leap day",
    from: "2028-02-28T23:59:59Z",
    to: "2028-02-29T23:59:59Z",
    notBefore: "UTCTIME 280228235959Z",
    notAfter: "UTCTIME 280229235959Z",
  },
  {
    what: "up to the last possible date (RFC 5280, section 4.1.2.5)",
    from: "2026-03-04T05:06:07Z",
    to: "9999-12-31T23:59:59Z",
    notBefore: "UTCTIME 260304050607Z",
    notAfter: "GENERALIZEDTIME 99991231235959Z",
  },
] as const;

void describe("The validity", { skip: missing("openssl") }, () => {
  for (const { what, from, to, notBefore, notAfter } of DATES) {
    void it(`may be ${what}`, async () => {
      const pem = await issueRoot({ now: new Date(from), validitySeconds: seconds(from, to) });
      assert.deepEqual(dates(pem), [notBefore, notAfter]);
      const [start, end] = [from, to].map((date) => date.replace("T", " "));
      const read = openssl(["x509", "-noout", "-dates", "-dateopt", "iso_8601"], pem);
      assert.equal(read, `notBefore=${start ?? ""}\nnotAfter=${end ?? ""}\n`);
    });
  }

  void it("is written without fractions of a second, so that it begins at once", async () => {
    assert.equal(NOW.getUTCMilliseconds(), 890);
    assert.deepEqual(dates(await issueRoot({ validitySeconds: 1 })), [
      "UTCTIME 260304050607Z",
      "UTCTIME 260304050608Z",
    ]);
  });

  const LIMITS = [
    { limit: "an hour", validitySeconds: HOUR, notAfter: "UTCTIME 260304060607Z" },
    { limit: "a second less than its default", validitySeconds: 24 * HOUR - 1, notAfter: "UTCTIME 260305050606Z" },
    { limit: "its default", validitySeconds: 24 * HOUR, notAfter: "UTCTIME 260305050607Z" },
    { limit: "a second more than its default", validitySeconds: 24 * HOUR + 1, notAfter: "UTCTIME 260305050607Z" },
  ] as const;
  for (const { limit, validitySeconds, notAfter } of LIMITS) {
    void it(`ends by default with an issuer that has ${limit} left, or by itself`, async () => {
      const issuerPem = await issueRoot({ validitySeconds });
      const signer = new KeySigner();
      assert.deepEqual(dates(await issue({ ...LEAF, signer, issuerPem })), ["UTCTIME 260304050607Z", notAfter]);
      assert.equal(signer.calls, 1);
    });
  }

  void it("of an intermediate ends with a root that is a year old", async () => {
    const issuerPem = await issueRoot({ now: new Date("2025-03-04T05:06:07Z") });
    const pem = await issue({ profile: "intermediate", subject: { commonName: "CA" }, issuerPem });
    assert.deepEqual(dates(pem), ["UTCTIME 260304050607Z", "UTCTIME 350302050607Z"]);
    assert.equal(dates(pem)[1], dates(issuerPem)[1]);
  });

  void it("that is explicit is kept when it is shorter than the issuer's", async () => {
    const pem = await issue({ ...LEAF, validitySeconds: 90, issuerPem: await issueRoot() });
    assert.deepEqual(dates(pem), ["UTCTIME 260304050607Z", "UTCTIME 260304050737Z"]);
  });
});

void describe("A certificate", () => {
  void it("depends only on its order, the clock and the randomness, except for its signature", async () => {
    const signer = new KeySigner(keyPair("ED25519"), "ED25519"); // its signatures are deterministic
    assert.equal(await issueRoot({ signer }), await issueRoot({ signer }));
  });
});
