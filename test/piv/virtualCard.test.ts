import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { randomBytes, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { type YubiKeyAtHand, YubiKeyCards } from "../../provider/kms/yubikey/yubikeyCards";
import { openReaders } from "../../provider/piv/card";
import type { CardConnection, CardReaders } from "../../provider/piv/cardConnection";
import { DEFAULT_MANAGEMENT_KEY, parseManagementKey } from "../../provider/piv/managementKey";
import type { PivAlgorithm } from "../../provider/piv/pivAlgorithms";
import { patiently } from "../../provider/piv/patience";
import { PcscProcess } from "../../provider/piv/pcscProcess";
import { PivApplication } from "../../provider/piv/pivApplication";
import { type Slot, SLOTS } from "../../provider/piv/slots";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { withCode } from "../fixtures/withCode";
import { missing, runTool } from "../tools";
import type { VirtualCard } from "../yubikey/virtualCard";
import { VirtualReaders } from "../yubikey/virtualReaders";

const PIN = "123456";
const PUK = "12345678";
const MESSAGE = Buffer.from("what is signed");

/** The hash for openssl's verification of a signature. */
const HASHES: Readonly<Partial<Record<PivAlgorithm, string>>> = {
  ECDSA_P256: "-sha256",
  ECDSA_P384: "-sha384",
  RSA_2048_PKCS1: "-sha256",
  RSA_3072_PKCS1: "-sha256",
  RSA_4096_PKCS1: "-sha256",
};

const skip = missing("pcscd", "piv-card", "opensc-tool", "yubico-piv-tool", "openssl");

void describe("A card behind the real pcscd", { skip }, () => {
  const folder = temporaryDirectory();
  let readers: VirtualReaders;
  let opened: CardReaders;
  let card: VirtualCard;
  let other: VirtualCard;

  before(async () => {
    readers = await VirtualReaders.start();
    Object.assign(process.env, readers.environment);
    card = await readers.insert({ serial: 12_345_678, version: "5.2.4" });
    other = await readers.insert({ serial: 87_654_321, version: "4.3.7" });
    opened = await openReaders();
  });
  beforeEach(() => {
    card.clear();
  });
  after(async () => {
    opened.close();
    await readers.stop();
  });

  /** PC/SC reports an inserted or removed card slightly after pcscd knows. */
  async function listed(condition: (names: readonly string[]) => boolean): Promise<void> {
    const seen = await patiently(async () => (condition(await opened.list()) ? true : undefined), { limit: 10_000 });
    assert.ok(seen, "the readers are not listed as they are");
  }

  /** Connects to a card, selects its PIV application, and releases it. */
  async function withPiv<T>(
    use: (piv: PivApplication, connection: CardConnection) => Promise<T>,
    at = card,
  ): Promise<T> {
    await listed((names) => names.includes(at.reader));
    const connection = await opened.connect(at.reader);
    try {
      return await use(await PivApplication.select(connection), connection);
    } finally {
      await connection.disconnect();
    }
  }

  async function authenticated(piv: PivApplication): Promise<void> {
    await piv.authenticate(parseManagementKey(DEFAULT_MANAGEMENT_KEY));
  }

  /** PUT DATA of a data object, in one command. */
  async function put(connection: CardConnection, tag: string, value: string): Promise<void> {
    const data = Buffer.from(`5c03${tag}53${(value.length / 2).toString(16).padStart(2, "0")}${value}`, "hex");
    const answer = await connection.transmit(Buffer.concat([Buffer.of(0, 0xdb, 0x3f, 0xff, data.length), data]));
    assert.equal(Buffer.from(answer).toString("hex"), "9000");
  }

  /** Makes a new key in a slot, and returns its public key as PEM. */
  function newKey(slot: Slot, algorithm: PivAlgorithm = "ECDSA_P256"): Promise<string> {
    return withPiv(async (piv) => {
      await authenticated(piv);
      const key = await piv.generateKey(slot, { algorithm, pinPolicy: "always", touchPolicy: "never" });
      return key.export({ type: "spki", format: "pem" }).toString();
    });
  }

  function sign(slot: Slot, algorithm: PivAlgorithm = "ECDSA_P256"): Promise<Uint8Array> {
    return withPiv(async (piv) => {
      await piv.verifyPin(PIN);
      return piv.sign(slot, algorithm, MESSAGE);
    });
  }

  /** Writes a file for a program to read. */
  function file(name: string, content: string | Uint8Array): string {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  }

  /** openssl's verdict on a signature. */
  function opensslVerifies(
    publicKeyPem: string,
    signature: Uint8Array,
    algorithm: PivAlgorithm = "ECDSA_P256",
  ): string {
    const key = file("key.pem", publicKeyPem);
    const hash = HASHES[algorithm] ?? "";
    const args = ["dgst", hash, "-verify", key, "-signature", file("signature", signature), file("message", MESSAGE)];
    return runTool("openssl", args).trim();
  }

  /** A certificate for a public key, signed by another key. */
  function certificateFor(publicKeyPem: string, name: string): string {
    runTool("openssl", [
      "genpkey",
      "-algorithm",
      "EC",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-out",
      join(folder, "ca.key"),
    ]);
    return runTool("openssl", [
      ...["x509", "-new", "-subj", `/CN=${name}`, "-days", "30"],
      ...["-signkey", join(folder, "ca.key"), "-force_pubkey", file("key.pem", publicKeyPem)],
    ]);
  }

  void it("is found by its serial number, and once its reader is known, no other is asked", async () => {
    await listed((names) => names.includes(card.reader) && names.includes(other.reader));
    const cards = new YubiKeyCards(openReaders);
    const serialOf = (at: YubiKeyAtHand): Promise<number | undefined> => Promise.resolve(at.serial);
    assert.equal(await cards.turn(87_654_321, serialOf), 87_654_321);
    card.clear();
    assert.equal(await cards.turn(87_654_321, serialOf), 87_654_321);
    assert.deepEqual(card.calls, []);
    await cards.close();
  });

  void it("returns what is in a slot in place of a certificate", async () => {
    await withPiv(async (piv, connection) => {
      await authenticated(piv);
      await put(connection, "5fc10d", "0102030405");
      assert.equal((await piv.readCertificate("82"))?.toString("hex"), "53050102030405");
      await piv.deleteCertificate("82");
      assert.equal(await piv.readCertificate("82"), undefined);
    });
  });

  void it("stores a management key under the PIN where ykman puts it, without a flag that says so", async () => {
    await withPiv(async (piv, connection) => {
      assert.equal(await piv.managementKeyProtection(), "none");
      await authenticated(piv);
      await put(connection, "5fc109", `881a8918${DEFAULT_MANAGEMENT_KEY}`);
    });
    await withPiv(async (piv) => {
      await assert.rejects(piv.storedManagementKey(), withCode("KMS_FAILED"));
      await piv.verifyPin(PIN);
      await piv.authenticate((await piv.storedManagementKey()) ?? assert.fail());
      assert.equal(card.calls.at(-1), "AUTHENTICATE");
    });
  });

  void it("is found in its reader, and reports its firmware and serial number", async () => {
    await listed((names) => names.includes(card.reader) && names.includes(other.reader));
    assert.deepEqual(await withPiv(async (piv) => [piv.firmware, await piv.serial()]), ["5.2.4", 12_345_678]);
    assert.deepEqual(await withPiv(async (piv) => [piv.firmware, await piv.serial()], other), ["4.3.7", 87_654_321]);
  });

  for (const algorithm of Object.keys(HASHES) as PivAlgorithm[]) {
    void it(`makes a key for ${algorithm} whose signatures openssl verifies`, async () => {
      const publicKeyPem = await newKey("9a", algorithm);
      assert.equal(opensslVerifies(publicKeyPem, await sign("9a", algorithm), algorithm), "Verified OK");
    });
  }

  void it("refuses an unsupported algorithm, and keeps the key that was there", async () => {
    const publicKeyPem = await newKey("9c");
    await assert.rejects(newKey("9c", "ED25519"), withCode("ALGORITHM_UNSUPPORTED", /firmware 5\.2\.4/));
    assert.equal(opensslVerifies(publicKeyPem, await sign("9c")), "Verified OK");
  });

  void it("holds a key in each of its slots, and reports which are in use", async () => {
    const empty = SLOTS.filter((slot) => !["9a", "9c", "9e"].includes(slot));
    const held = (slots: readonly Slot[]): Promise<boolean[]> =>
      withPiv(async (piv) => {
        const found: boolean[] = [];
        for (const slot of slots) {
          await piv.verifyPin(PIN);
          found.push(await piv.holdsKey(slot));
        }
        return found;
      });
    assert.ok((await held(empty)).every((holds) => !holds));
    for (const slot of empty) {
      const publicKeyPem = await newKey(slot);
      assert.equal(opensslVerifies(publicKeyPem, await sign(slot)), "Verified OK", slot);
    }
    assert.ok((await held(SLOTS)).every(Boolean));
  });

  void it("may hold a key as far as can be known without the PIN", async () => {
    assert.equal(await withPiv((piv) => piv.holdsKey("82"), other), true);
  });

  void it("does not sign with a slot that holds no key", async () => {
    await assert.rejects(
      withPiv(async (piv) => {
        await piv.verifyPin(PIN);
        await piv.sign("83", "ECDSA_P256", MESSAGE);
      }, other),
      withCode("KEY_NOT_FOUND", /signing with ECDSA_P256 in slot 83 of the YubiKey 87654321 failed/),
    );
  });

  void it("requires the PIN, in 9c before each signature, and forgets it with the connection", async () => {
    const unverified = withCode("PIN_REQUIRED");
    await newKey("9c");
    await withPiv(async (piv) => {
      await assert.rejects(piv.sign("9c", "ECDSA_P256", MESSAGE), unverified);
      await piv.verifyPin(PIN);
      assert.equal(await piv.pinTriesLeft(), undefined);
      await piv.verifyPin(PIN);
      await piv.sign("9c", "ECDSA_P256", MESSAGE);
      await assert.rejects(piv.sign("9c", "ECDSA_P256", MESSAGE), unverified);
    });
    await assert.rejects(
      withPiv((piv) => piv.sign("9a", "ECDSA_P256", MESSAGE)),
      unverified,
    );
  });

  void it("counts down wrong PINs until the PIN is blocked, and accepts the unblocked one", async () => {
    await withPiv(async (piv) => {
      assert.equal(await piv.pinTriesLeft(), 3);
      await assert.rejects(piv.verifyPin("000000"), withCode("PIN_REJECTED", /2 tries are left/));
      assert.equal(await piv.pinTriesLeft(), 2);
      await assert.rejects(piv.verifyPin("0000000"), withCode("PIN_REJECTED", /1 try is left/));
      await assert.rejects(piv.verifyPin("00000000"), withCode("PIN_BLOCKED", /unblock-pin/));
      assert.equal(await piv.pinTriesLeft(), 0);
      await assert.rejects(piv.verifyPin(PIN), withCode("PIN_BLOCKED"));
    });
    await readers.pivTool(card, ["-a", "unblock-pin", "-P", PUK, "-N", "87654321"]);
    await withPiv((piv) => piv.verifyPin("87654321"));
    await readers.pivTool(card, ["-a", "change-pin", "-P", "87654321", "-N", PIN]);
    assert.equal(await withPiv((piv) => piv.pinTriesLeft()), 3);
  });

  void it("is changed only with the management key", async () => {
    const settings = { algorithm: "ECDSA_P256", pinPolicy: "always", touchPolicy: "never" } as const;
    await withPiv(async (piv) => {
      for (const change of [
        () => piv.generateKey("9a", settings),
        () => piv.writeCertificate("9a", randomBytes(100)),
        () => piv.deleteCertificate("9a"),
      ]) {
        await assert.rejects(change(), withCode("MANAGEMENT_KEY_REJECTED"));
      }
      await assert.rejects(piv.authenticate(randomBytes(24)), withCode("MANAGEMENT_KEY_REJECTED"));
      await assert.rejects(piv.generateKey("9a", settings), withCode("MANAGEMENT_KEY_REJECTED"));
    });
  });

  void it("also accepts an AES-256 management key", async () => {
    const aes256 = randomBytes(32);
    const tripleDes = parseManagementKey(DEFAULT_MANAGEMENT_KEY);
    /** Yubico's SET MANAGEMENT KEY, which yubico-piv-tool before version 2.3 only sends for 3DES. */
    const set = (connection: CardConnection, identifier: number, key: Uint8Array): Promise<Uint8Array> =>
      connection.transmit(
        Buffer.concat([Buffer.of(0, 0xff, 0xff, 0xff, 3 + key.length, identifier, 0x9b, key.length), key]),
      );
    await withPiv(async (piv, connection) => {
      await authenticated(piv);
      assert.equal(Buffer.from(await set(connection, 0x0c, aes256)).toString("hex"), "9000");
    });
    await withPiv(async (piv, connection) => {
      await assert.rejects(piv.authenticate(tripleDes), withCode("MANAGEMENT_KEY_REJECTED"));
      await piv.authenticate(aes256);
      await piv.deleteCertificate("9a");
      await set(connection, 0x03, tripleDes);
    });
    await withPiv(authenticated);
  });

  void it("shows Yubico's tool the key and certificate that we put there", async () => {
    const publicKeyPem = await newKey("9c");
    const pem = certificateFor(publicKeyPem, "ours");
    await withPiv(async (piv) => {
      await authenticated(piv);
      assert.equal(await piv.writeCertificate("9c", new X509Certificate(pem).raw), "plain");
    });
    assert.equal(await readers.pivTool(card, ["-a", "read-certificate", "-s", "9c"]), pem);
    const signing = ["-a", "verify-pin", "-P", PIN, "-a", "test-signature", "-s", "9c", "-i", file("ours.pem", pem)];
    await readers.pivTool(card, signing);
    await assert.rejects(
      readers.pivTool(card, [
        ...signing.slice(0, -1),
        file("another.pem", certificateFor(await newKey("9d"), "another")),
      ]),
    );
  });

  void it("shows us the key and certificate that Yubico's tool put there", async () => {
    const publicKeyPem = await readers.pivTool(card, ["-a", "generate", "-s", "82", "-A", "ECCP384"]);
    const pem = certificateFor(publicKeyPem, "theirs");
    await readers.pivTool(card, ["-a", "import-certificate", "-s", "82", "-i", file("theirs.pem", pem)]);
    const found = await withPiv((piv) => piv.readCertificate("82"));
    assert.deepEqual(found, new X509Certificate(pem).raw);
    assert.equal(opensslVerifies(publicKeyPem, await sign("82", "ECDSA_P384"), "ECDSA_P384"), "Verified OK");
  });

  for (const size of [1, 127, 128, 255, 256, 1500, 2900]) {
    void it(`keeps a certificate of ${String(size)} bytes until it is deleted`, async () => {
      const der = randomBytes(size);
      await withPiv(async (piv) => {
        await authenticated(piv);
        await piv.writeCertificate("95", der);
        assert.deepEqual(await piv.readCertificate("95"), der);
        await piv.deleteCertificate("95");
        assert.equal(await piv.readCertificate("95"), undefined);
      });
    });
  }

  void it("does not attest, report or delete keys", async () => {
    await withPiv(async (piv) => {
      assert.equal(await piv.attest("9a"), undefined);
      assert.equal(await piv.attestationCertificate(), undefined);
      assert.equal(await piv.metadata("9a"), undefined);
      await authenticated(piv);
      assert.equal(await piv.deleteKey("9a"), false);
    });
  });

  void it("that is pulled in the middle of a command is reported, and recognized when it is back", async () => {
    const publicKeyPem = await newKey("9c");
    card.inject("SIGN", async () => {
      await card.remove();
      return Buffer.from("9000", "hex");
    });
    await assert.rejects(sign("9c"), withCode("CARD_REMOVED", /talking to the YubiKey failed/));
    await readers.reinsert(card);
    assert.equal(opensslVerifies(publicKeyPem, await sign("9c")), "Verified OK");
  });

  void it("that is pulled is not found, but the other is", async () => {
    await readers.remove(card);
    await listed((names) => names.length === 1 && names[0] === other.reader);
    await assert.rejects(opened.connect(card.reader), withCode("CARD_NOT_FOUND", /Plug the YubiKey in/));
    await readers.reinsert(card);
    await listed((names) => names.length === 2);
    await (await opened.connect(card.reader)).disconnect();
  });

  void it("that another program uses is waited for, up to a limit", async () => {
    const held = new Promise<() => void>((hold) => {
      card.inject("VERIFY", async (forward) => {
        await new Promise<void>((release) => {
          hold(release);
        });
        return forward();
      });
    });
    const program = readers.pivTool(card, ["-a", "verify-pin", "-P", PIN]);
    const release = await held;
    const impatient = await openReaders({ busy: 0 });
    await impatient.list();
    await assert.rejects(impatient.connect(card.reader), withCode("CARD_BUSY", /sharing violation/));
    impatient.close();
    const waiting = withPiv((piv) => piv.serial());
    release();
    assert.equal(await waiting, 12_345_678);
    await program;
  });

  void it("is not available to other programs while we are connected", async () => {
    await withPiv(async () => {
      await assert.rejects(readers.pivTool(card, ["-a", "status"]));
    });
    assert.match(await readers.pivTool(card, ["-a", "status"]), /Serial Number:\s+12345678/);
  });

  void it("is released in the middle of a command when the readers are closed", async () => {
    let child: ChildProcess | undefined;
    const own = new PcscProcess({}, () => {
      child = fork(join(__dirname, "../../provider/piv/pcscMain.js"), [], { execArgv: [], serialization: "advanced" });
      return child;
    });
    await own.list();
    const connection = await own.connect(card.reader);
    const held = new Promise<() => void>((hold) => {
      card.inject("GET SERIAL", async (forward) => {
        await new Promise<void>((release) => {
          hold(release);
        });
        return forward();
      });
    });
    const refused = assert.rejects(
      connection.transmit(Buffer.of(0, 0xf8, 0, 0, 0)),
      withCode("PCSC_UNAVAILABLE", /it was closed/),
    );
    const release = await held;
    assert.ok(child);
    child.ref();
    const exit = once(child, "exit");
    own.close();
    await refused;
    await exit;
    release();
    assert.equal(await withPiv((piv) => piv.serial()), 12_345_678);
  });

  void it("does not answer when pcscd has stopped", async () => {
    const connection = await opened.connect(card.reader);
    await readers.stopPcscd();
    await assert.rejects(PivApplication.select(connection), withCode("PCSC_UNAVAILABLE", /Start pcscd/));
    await connection.disconnect();
    await assert.rejects(opened.connect(card.reader), withCode("PCSC_UNAVAILABLE", /no service/));
    await assert.rejects(opened.list(), withCode("PCSC_UNAVAILABLE"));
  });
});
