import assert from "node:assert/strict";
import { type KeyObject, sign, X509Certificate } from "node:crypto";
import { before, describe, it } from "node:test";
import { type ErrorCode, PkiError } from "../../../provider/errors";
import type { Algorithm } from "../../../provider/kms/algorithms";
import { YubiKeyPiv, type YubiKeyTurn } from "../../../provider/kms/yubikey/yubikey";
import { type YubiKeyAtHand, YubiKeyCards } from "../../../provider/kms/yubikey/yubikeyCards";
import { YubiKeySecrets } from "../../../provider/kms/yubikey/yubikeySecrets";
import type { SlotMetadata } from "../../../provider/piv/metadata";
import type { PivApplication } from "../../../provider/piv/pivApplication";
import { slotMark } from "../../../provider/x509/slotMark";
import { SCHEME_NAMES, SIGNATURE_SCHEMES, verifies, withPadding } from "../../fixtures/signatureSchemes";
import { withCode } from "../../fixtures/withCode";
import { newKeyPair } from "../../x509/keySigner";

/** PIV's answers about slot 9a; undefined for older firmware. */
interface Slot9a {
  readonly certificate?: Buffer | undefined;
  readonly metadata?: SlotMetadata | "none" | undefined;
  readonly attestation?: Buffer | undefined;
  readonly attests?: boolean;
  readonly sign?: (algorithm: Algorithm, message: Uint8Array) => Buffer;
}

/** A YubiKey with the given PIV answers about slot 9a, and a log. */
function yubiKey({ certificate, metadata, attestation, attests = true, sign: signs }: Slot9a = {}): {
  piv: YubiKeyPiv;
  log: string[];
} {
  const log: string[] = [];
  const answer = <T>(call: string, value: T): Promise<T> => {
    log.push(call);
    return Promise.resolve(value);
  };
  const application: Partial<PivApplication> = {
    firmware: "5.7.1",
    readCertificate: () => answer("readCertificate", certificate),
    metadata: () => answer("metadata", metadata),
    attest: () => answer("attest", attestation),
    attests: () => answer("attests", attests),
    attestationCertificate: () => answer("attestationCertificate", attestation),
    pinTriesLeft: () => answer("pinTriesLeft", 3),
    verifyPin: () => answer("verifyPin", undefined),
    holdsKey: () => answer("holdsKey", true),
    writeCertificate: (_slot, der) => answer("writeCertificate", der.length > 3052 ? "compressed" : "plain"),
    sign: async (_slot, algorithm, message) => answer("sign", (signs ?? assert.fail())(algorithm, message)),
  };
  const card: YubiKeyAtHand = { piv: application as PivApplication, serial: 11 };
  const cards: Pick<YubiKeyCards, "turn"> = { turn: (_serial, use) => use(card) };
  const secrets = { environment: { KMS_PKI_PIN: "74839201" }, config: () => undefined, rootDirectory: "/nonexistent" };
  const notice = (message: string): void => {
    log.push(message);
  };
  const options = { cards: cards as YubiKeyCards, secrets: new YubiKeySecrets({ secrets, notice }), notice };
  return { piv: new YubiKeyPiv(11, options), log };
}

const METADATA: SlotMetadata = {
  algorithm: "ECDSA_P256",
  pinPolicy: "always",
  touchPolicy: "never",
  origin: "generated",
  publicKey: newKeyPair("ECDSA_P256").publicKey,
};

let stored: Buffer;
let attested: Buffer;
before(async () => {
  const certificate = async (): Promise<Buffer> =>
    Buffer.from(await slotMark("made", "anybody", newKeyPair("ECDSA_P256").publicKey));
  [stored, attested] = [await certificate(), await certificate()];
});

const keyOf = (der: Buffer): KeyObject => new X509Certificate(der).publicKey;

void describe("The content of a slot", () => {
  const cases: readonly {
    what: string;
    slot: () => Slot9a;
    hasKey: boolean | undefined;
    publicKey: () => KeyObject | undefined;
    origin?: "generated" | "imported";
  }[] = [
    {
      what: "is what the metadata says, whatever the certificate says",
      slot: () => ({ metadata: METADATA, certificate: stored, attestation: attested }),
      hasKey: true,
      publicKey: () => METADATA.publicKey,
      origin: "generated",
    },
    {
      what: "is an imported key when the metadata says so",
      slot: () => ({ metadata: { ...METADATA, origin: "imported" } }),
      hasKey: true,
      publicKey: () => METADATA.publicKey,
      origin: "imported",
    },
    {
      what: "is an unknown key, and not that of the certificate",
      slot: () => ({ metadata: { ...METADATA, algorithm: undefined, publicKey: undefined }, certificate: stored }),
      hasKey: true,
      publicKey: () => undefined,
      origin: "generated",
    },
    {
      what: "is no key when the metadata says so, although there is a certificate",
      slot: () => ({ metadata: "none", certificate: stored }),
      hasKey: false,
      publicKey: () => undefined,
    },
    {
      what: "is what the attestation says when there is no metadata",
      slot: () => ({ attestation: attested, certificate: stored }),
      hasKey: true,
      publicKey: () => keyOf(attested),
      origin: "generated",
    },
    {
      what: "may be the key of the certificate when the device reports nothing",
      slot: () => ({ certificate: stored }),
      hasKey: undefined,
      publicKey: () => keyOf(stored),
    },
    {
      what: "is unknown with an unreadable attestation",
      slot: () => ({ attestation: Buffer.from("garbage"), certificate: stored }),
      hasKey: true,
      publicKey: () => undefined,
      origin: "generated",
    },
    {
      what: "is unknown with invalid data",
      slot: () => ({ certificate: Buffer.from("garbage") }),
      hasKey: undefined,
      publicKey: () => undefined,
    },
    { what: "is unknown with no data", slot: () => ({}), hasKey: undefined, publicKey: () => undefined },
  ];
  for (const { what, slot, hasKey, publicKey, origin } of cases) {
    void it(what, async () => {
      const { piv } = yubiKey(slot());
      const content = await piv.turn((turn) => turn.readSlot("9a"));
      const expected = publicKey();
      assert.deepEqual([content.hasKey, content.origin, content.certificate], [hasKey, origin, slot().certificate]);
      assert.ok(expected === undefined ? content.publicKey === undefined : content.publicKey?.equals(expected));
      const isByMetadata = typeof slot().metadata === "object";
      assert.deepEqual(
        [content.pinPolicy, content.touchPolicy],
        isByMetadata ? ["always", "never"] : [undefined, undefined],
      );
    });
  }

  void it("is described by its URI, or as unknown", async () => {
    const described = await yubiKey({ metadata: METADATA }).piv.describeKey("yubikey:slot-id=9A?pin-value=74839201");
    assert.equal(described.uri, "yubikey:slot-id=9a");
    assert.equal(described.publicKey, METADATA.publicKey);
    await assert.rejects(
      yubiKey({ metadata: "none" }).piv.describeKey("yubikey:slot-id=9a"),
      withCode("KEY_NOT_FOUND", /slot 9a of the YubiKey holds no key/),
    );
    await assert.rejects(
      yubiKey({ metadata: { ...METADATA, publicKey: undefined } }).piv.describeKey("yubikey:slot-id=9a"),
      withCode("KEY_NOT_FOUND", /holds a key, but neither the device nor a certificate shows its public key/),
    );
  });
});

void describe("The proof that a slot holds a key", () => {
  const prove = (slot: Slot9a, algorithm: Algorithm, publicKey: KeyObject): Promise<boolean> =>
    yubiKey(slot).piv.turn((turn: YubiKeyTurn) => turn.provesKey("9a", algorithm, publicKey));

  for (const algorithm of SCHEME_NAMES.filter((name) => yubiKey().piv.algorithms.includes(name))) {
    void it(`is a signature over a fresh message, for ${algorithm}`, async () => {
      const { publicKey, privateKey } = newKeyPair(algorithm);
      const { hash } = SIGNATURE_SCHEMES[algorithm];
      const messages: string[] = [];
      const signs = (asked: Algorithm, message: Uint8Array): Buffer => {
        assert.equal(asked, algorithm);
        messages.push(Buffer.from(message).toString("hex"));
        return sign(hash, message, withPadding(privateKey, SIGNATURE_SCHEMES[algorithm]));
      };
      assert.equal(await prove({ sign: signs }, algorithm, publicKey), true);
      assert.equal(await prove({ sign: signs }, algorithm, newKeyPair(algorithm).publicKey), false);
      assert.equal(new Set(messages).size, 2);
      assert.ok(messages.every((message) => message.length === 64));
    });
  }

  const { publicKey, privateKey } = newKeyPair("ECDSA_P256");
  void it("is not a signature over another message, or invalid data", async () => {
    const signature = sign("sha256", Buffer.from("another message"), privateKey);
    assert.ok(verifies(SIGNATURE_SCHEMES.ECDSA_P256, Buffer.from("another message"), publicKey, signature));
    for (const answer of [signature, Buffer.alloc(0), Buffer.alloc(64)]) {
      assert.equal(await prove({ sign: () => answer }, "ECDSA_P256", publicKey), false);
    }
  });

  const failures: readonly { code: ErrorCode; proof: false | "an error" }[] = [
    { code: "KEY_NOT_FOUND", proof: false },
    { code: "CARD_REMOVED", proof: "an error" },
    { code: "TOUCH_MISSING", proof: "an error" },
    { code: "PIN_REQUIRED", proof: "an error" },
  ];
  for (const { code, proof } of failures) {
    void it(`after ${code} is ${String(proof)}`, async () => {
      const fails = (): never => {
        throw new PkiError(code, "signing failed", "See");
      };
      const proving = prove({ sign: fails }, "ECDSA_P256", publicKey);
      if (proof === false) {
        assert.equal(await proving, false);
      } else {
        await assert.rejects(proving, withCode(code));
      }
    });
  }
});

void describe("A signature by a key in a slot", () => {
  const { publicKey } = newKeyPair("ECDSA_P256");
  const publicKeyPem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const reference = { uri: "yubikey:slot-id=9a", algorithm: "ECDSA_P256", publicKeyPem } as const;

  void it("directly follows the PIN, so that a key that needs it every time can sign", async () => {
    const { piv, log } = yubiKey({ metadata: METADATA, sign: () => Buffer.of(1) });
    const signer = await piv.createSigner(reference);
    assert.deepEqual([signer.publicKey.equals(publicKey), log], [true, []], "what is known is not asked for");
    assert.deepEqual(await signer.sign(Buffer.of(0)), Buffer.of(1));
    assert.deepEqual(log, ["metadata", "pinTriesLeft", "verifyPin", "sign"]);
  });

  for (const touchPolicy of ["always", "cached"] as const) {
    void it(`is announced when it needs a touch: ${touchPolicy}`, async () => {
      const { piv, log } = yubiKey({ metadata: { ...METADATA, touchPolicy }, sign: () => Buffer.of(1) });
      await (await piv.createSigner(reference)).sign(Buffer.of(0));
      assert.match(log.at(-2) ?? "", /^touch the YubiKey 11: the key in slot 9a requires a touch to sign$/);
    });
  }

  void it("is made only by a key of that algorithm", async () => {
    const { piv } = yubiKey({ metadata: METADATA });
    for (const algorithm of ["ECDSA_P384", "ED25519", "RSA_2048_PSS"] as const) {
      await assert.rejects(
        piv.createSigner({ ...reference, uri: "yubikey:slot-id=9a?pin-value=74839201", algorithm }),
        (error) =>
          !String(error).includes("74839201") &&
          withCode("ALGORITHM_UNSUPPORTED", /yubikey:slot-id=9a does not sign with/)(error),
      );
    }
  });

  void it("reads the public key when it is unknown", async () => {
    const { piv } = yubiKey({ metadata: METADATA });
    const signer = await piv.createSigner({ uri: reference.uri, algorithm: "ECDSA_P256" });
    assert.equal(signer.publicKey, METADATA.publicKey);
  });
});

void describe("A turn at a YubiKey", () => {
  void it("warns that step-ca cannot read a compressed certificate", async () => {
    const { piv, log } = yubiKey();
    await piv.turn(async (turn) => {
      await turn.writeCertificate("9a", Buffer.alloc(3052));
      await turn.writeCertificate("9a", Buffer.alloc(3053));
    });
    assert.equal(log.length, 3);
    assert.match(log[2] ?? "", /had to be compressed to fit in slot 9a, so step-ca cannot read it there/);
  });

  void it("verifies the PIN before it tests whether there is a key", async () => {
    const { piv, log } = yubiKey();
    assert.equal(await piv.turn((turn) => turn.holdsKey("9a")), true);
    assert.deepEqual(log, ["pinTriesLeft", "verifyPin", "holdsKey"]);
  });

  void it("returns an attestation with its intermediate, or none", async () => {
    const attest = async (slot: Slot9a): Promise<unknown> => yubiKey(slot).piv.turn((turn) => turn.attest("9a"));
    const attestation = Buffer.of(1);
    assert.deepEqual(await attest({ attestation }), { certificate: attestation, intermediate: attestation });
    assert.equal(await attest({}), undefined);
  });

  void it("returns the certificate of the attestation key if the device attests keys", async () => {
    const key = async (slot: Slot9a): Promise<unknown> => yubiKey(slot).piv.turn((turn) => turn.attestationKey("9a"));
    assert.deepEqual(await key({ attestation: Buffer.of(1) }), Buffer.of(1));
    assert.equal(await key({ attestation: Buffer.of(1), attests: false }), undefined);
  });
});
