import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { ModuleProcess } from "../../../provider/kms/pkcs11/moduleProcess";
import { Pkcs11Kms } from "../../../provider/kms/pkcs11/pkcs11";
import { tokenKeyName, type TokenSelector } from "../../../provider/kms/pkcs11/pkcs11Uri";
import { TokenAccess } from "../../../provider/kms/pkcs11/tokenAccess";
import { TokenLogins } from "../../../provider/kms/pkcs11/tokenLogins";
import { setEnvironment } from "../../fixtures/environment";
import { SIGNATURE_SCHEMES, verifies } from "../../fixtures/signatureSchemes";
import { withCode } from "../../fixtures/withCode";
import { FaultyModule } from "../../pkcs11/faultyModule";
import { missingSoftHsm, PIN, pkcs11Tool, softHsm, type TestModule } from "../../pkcs11/token";

const OWNER = "urn:pulumi:prod::acme::root";
const MESSAGE = Buffer.from("message");

void describe("A PKCS#11 module that fails", { skip: missingSoftHsm("cc") }, () => {
  let real: TestModule;
  let faulty: FaultyModule;
  let uri: string;
  const notices: string[] = [];
  const open: Pkcs11Kms[] = [];

  /** The manager of a new process. */
  const manager = (options: { modulePath?: string; pin?: string; selector?: TokenSelector } = {}): Pkcs11Kms => {
    const { modulePath = faulty.modulePath, pin = PIN, selector = { token: "ca" } } = options;
    const logins = new TokenLogins({
      environment: { KMS_PKI_TOKEN_PIN: pin },
      config: () => undefined,
      rootDirectory: "/",
    });
    const module = new ModuleProcess(modulePath);
    const made = new Pkcs11Kms(new TokenAccess({ modulePath, ...selector }, module, logins), (notice) => {
      notices.push(notice);
    });
    open.push(made);
    return made;
  };

  const create = async (kms: Pkcs11Kms, label: string): Promise<string> =>
    (await kms.createKey({ label, algorithm: "ECDSA_P256", owner: OWNER })).uri;

  const sign = async (kms: Pkcs11Kms): Promise<void> => {
    const signer = await kms.createSigner({ uri, algorithm: "ECDSA_P256" });
    assert.ok(verifies(SIGNATURE_SCHEMES.ECDSA_P256, MESSAGE, signer.publicKey, await signer.sign(MESSAGE)));
  };

  before(async () => {
    real = softHsm("ca", "twin", "twin");
    faulty = new FaultyModule(real);
    setEnvironment(faulty.environment);
    uri = await create(manager(), "root");
  });
  beforeEach(() => {
    faulty.clear();
    notices.length = 0;
  });
  after(() => Promise.all(open.map((kms) => kms.close())));

  void it("is logged in to again after it crashed", async () => {
    const kms = manager();
    faulty.inject("C_Sign 1 crash");
    await assert.rejects(sign(kms), withCode("KMS_FAILED"));
    await sign(kms);
    assert.equal(faulty.count("C_Login"), 2);
  });

  void it("makes one key even if the session is lost before it answers", async () => {
    faulty.inject("C_GenerateKeyPair 1 after:0xb3");
    await create(manager(), "lost-session");
    assert.equal(faulty.count("C_GenerateKeyPair"), 1);
  });

  void it("finds the key of a call that a crash cut off, and makes no second one", async () => {
    faulty.inject("C_GenerateKeyPair 1 after:crash");
    await assert.rejects(create(manager(), "crashed"), withCode("KMS_FAILED", /crashed/));
    await create(manager(), "crashed");
    assert.equal(faulty.count("C_GenerateKeyPair"), 1);
    assert.match(
      notices.join(),
      /object=crashed was made by an earlier run of urn:pulumi:prod::acme::root that did not end; it is used/,
    );
  });

  void it("logs in once for simultaneous operations", async () => {
    const kms = manager();
    await Promise.all(Array.from({ length: 8 }, () => sign(kms)));
    assert.deepEqual([faulty.count("C_Login"), faulty.count("C_OpenSession")], [1, 1]);
  });

  void it("is given a wrong PIN only once, however many operations need it", async () => {
    const kms = manager({ pin: "wrong-pin-1234" });
    const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => sign(kms)));
    for (const outcome of outcomes) {
      assert.ok(outcome.status === "rejected");
      withCode("PIN_REJECTED", /logging in to the token "ca" failed: CKR_PIN_INCORRECT/)(outcome.reason);
      assert.ok(!String(outcome.reason).includes("wrong-pin"));
    }
    assert.equal(faulty.count("C_Login"), 1);
  });

  for (const { what, pin, flags, code } of [
    { what: "a PIN that is too short for the token", pin: "123", flags: "0x0", code: "INPUT_INVALID" },
    { what: "the last try", pin: PIN, flags: "0x20000", code: "PIN_LAST_TRY" },
    { what: "a PIN of a token that is locked", pin: PIN, flags: "0x40000", code: "PIN_BLOCKED" },
  ] as const) {
    void it(`does not try ${what}`, async () => {
      faulty.inject(...Array.from({ length: 9 }, (_, index) => `C_GetTokenInfo ${String(index + 1)} flags:${flags}`));
      await assert.rejects(sign(manager({ pin })), withCode(code, /the token "ca"/));
      assert.equal(faulty.count("C_Login"), 0);
    });
  }

  void it("lists the tokens that exist when one is missing", async () => {
    const absent = manager({ selector: { token: "absent" } });
    await assert.rejects(
      sign(absent),
      withCode("CARD_NOT_FOUND", /does not have the token "absent"; it only has .*"ca" \(serial [0-9a-f]+\)/),
    );
  });

  void it("does not choose between two tokens with the same label, but accepts a serial number or slot", async () => {
    const twins = manager({ selector: { token: "twin" } });
    await assert.rejects(sign(twins), withCode("CARD_AMBIGUOUS", /2 tokens match the token "twin".*serial number/));
    const { serial } = await manager().token.turn((turn) => turn.describe());
    await sign(manager({ selector: { serial } }));
    const slots = pkcs11Tool(real, "--list-token-slots").split(/^Slot /m);
    const [, slot = ""] = /\((0x[0-9a-f]+)\)/.exec(slots.find((each) => /token label +: ca$/m.test(each)) ?? "") ?? [];
    await sign(manager({ selector: { slotId: Number(slot) } }));
  });

  void it("is BACKEND_NOT_INSTALLED when its library is missing", async () => {
    const nowhere = manager({ modulePath: join(real.directory, "nowhere.so") });
    await assert.rejects(
      sign(nowhere),
      withCode("BACKEND_NOT_INSTALLED", /nowhere\.so" cannot be loaded: .*No such file/),
    );
  });

  void it("makes keys that OpenSC's tool shows as not extractable", () => {
    const listed = pkcs11Tool(
      real,
      ...["--token-label", "ca", "--login", "--pin", PIN, "--list-objects", "--type", "privkey"],
    );
    assert.match(listed, /label: +root\n[^]*?Usage: +sign\n[^]*?Access: +sensitive, always sensitive, never extract/);
  });

  void it("stores public keys that OpenSC's tool reads too", async () => {
    const { publicKey } = await manager().describeKey(uri);
    const { execFileSync } = await import("node:child_process");
    const { id = "" } = tokenKeyName(uri);
    const der = execFileSync("pkcs11-tool", [
      ...["--module", real.modulePath, "--token-label", "ca", "--read-object", "--type", "pubkey", "--id", id],
    ]);
    assert.ok(createPublicKey({ key: der, format: "der", type: "spki" }).equals(publicKey));
  });
});
