import assert from "node:assert/strict";
import { ECDH, generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, it } from "node:test";
import { CKA, CKK } from "../../../provider/kms/pkcs11/cryptoki";
import { publicKeyOfCertificate, publicKeyOfObject, readUlong } from "../../../provider/kms/pkcs11/publicKeyObject";
import { encodeTlv } from "../../../provider/piv/tlv";

const CURVES = [
  { namedCurve: "prime256v1", params: "06082a8648ce3d030107" },
  { namedCurve: "secp384r1", params: "06052b81040022" },
  { namedCurve: "secp521r1", params: "06052b81040023" },
];

function pointOf(key: KeyObject): Buffer {
  const { x = "", y = "" } = key.export({ format: "jwk" });
  return Buffer.concat([Buffer.of(4), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
}

void describe("The public key of an object in a token", () => {
  for (const { namedCurve, params } of CURVES) {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve });
    const point = pointOf(publicKey);
    const compressed = ECDH.convertKey(point, namedCurve, undefined, undefined, "compressed") as Buffer;
    for (const [form, value] of [
      ["as an OCTET STRING", encodeTlv(0x04, point)],
      ["as its own octets", point],
      ["as a BIT STRING", encodeTlv(0x03, Buffer.of(0), point)],
      ["compressed", encodeTlv(0x04, compressed)],
    ] as const) {
      void it(`is read from a point on ${namedCurve} ${form}`, () => {
        const attributes = new Map([
          [CKA.EC_PARAMS, Buffer.from(params, "hex")],
          [CKA.EC_POINT, Buffer.from(value)],
        ] as [number, Buffer][]);
        assert.ok(publicKeyOfObject(CKK.EC, (type) => attributes.get(type))?.equals(publicKey));
      });
    }
  }

  for (const [form, wrap] of [
    ["as an OCTET STRING", (raw: Buffer) => encodeTlv(0x04, raw)],
    ["as its own octets", (raw: Buffer) => raw],
  ] as const) {
    void it(`is read from Ed25519 ${form}`, () => {
      const { publicKey } = generateKeyPairSync("ed25519");
      const raw = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url");
      assert.ok(publicKeyOfObject(CKK.EC_EDWARDS, () => wrap(raw))?.equals(publicKey));
    });
  }

  void it("is read from RSA, with or without a zero before the modulus", () => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const { n = "", e = "" } = publicKey.export({ format: "jwk" });
    for (const zeros of [0, 1]) {
      const modulus = Buffer.concat([Buffer.alloc(zeros), Buffer.from(n, "base64url")]);
      const read = (type: number): Buffer => (type === CKA.MODULUS ? modulus : Buffer.from(e, "base64url"));
      assert.ok(publicKeyOfObject(CKK.RSA, read)?.equals(publicKey));
    }
  });

  void it("is unknown for missing or invalid attributes", () => {
    const nonsense = Buffer.alloc(65, 4);
    const params = Buffer.from(CURVES[0]?.params ?? "", "hex");
    assert.equal(
      publicKeyOfObject(CKK.EC, () => undefined),
      undefined,
    );
    assert.equal(
      publicKeyOfObject(CKK.EC, () => nonsense),
      undefined,
    );
    assert.equal(
      publicKeyOfObject(CKK.EC, (type) => (type === CKA.EC_PARAMS ? params : nonsense)),
      undefined,
    );
    assert.equal(
      publicKeyOfObject(CKK.EC_EDWARDS, () => Buffer.alloc(5)),
      undefined,
    );
    assert.equal(
      publicKeyOfObject(CKK.RSA, () => Buffer.alloc(0)),
      undefined,
    );
    assert.equal(
      publicKeyOfObject(1, () => nonsense),
      undefined,
    );
    assert.equal(publicKeyOfCertificate(nonsense), undefined);
  });

  void it("has a type of 4 or 8 bytes, least significant first", () => {
    assert.equal(readUlong(Buffer.from("40000000", "hex")), 0x40);
    assert.equal(readUlong(Buffer.from("0301000000000000", "hex")), 0x103);
    assert.equal(readUlong(Buffer.alloc(3)), undefined);
  });
});
