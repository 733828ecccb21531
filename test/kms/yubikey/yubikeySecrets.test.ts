import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, it } from "node:test";
import { type ErrorCode, PkiError } from "../../../provider/errors";
import type { YubiKeyAtHand } from "../../../provider/kms/yubikey/yubikeyCards";
import { YubiKeySecrets } from "../../../provider/kms/yubikey/yubikeySecrets";
import { PinRejected } from "../../../provider/piv/pin";
import type { PivApplication } from "../../../provider/piv/pivApplication";
import type { ManagementKeyProtection } from "../../../provider/piv/protectedManagementKey";
import { temporaryDirectory } from "../../fixtures/temporaryDirectory";
import { withCode } from "../../fixtures/withCode";

const PIN = "74839201";
const WRONG_PIN = "20938471";
const MANAGEMENT_KEY = "a5b4c3d2e1f00112233445566778899aabbccddeeff01234";
const DEFAULT_MANAGEMENT_KEY = "010203040506070801020304050607080102030405060708";

/** The PIN and management key of a card, as its PIV application stores them: SP 800-73-4 part 2, 3.2.1 and 3.2.4. */
class Card implements YubiKeyAtHand {
  /** The PINs that the card was asked to verify. */
  readonly pinsTried: string[] = [];
  readonly keysTried: string[] = [];
  /** An error in place of an answer to VERIFY. */
  failure: Error | undefined;
  /** The management data about the management key. */
  protection: ManagementKeyProtection = "none";
  /** The management key that is stored under the PIN. */
  storedKey: string | undefined;
  /** Whether the management key is accepted only when the card is touched. */
  wantsTouch = false;

  constructor(
    readonly serial: number | undefined,
    private readonly pin = PIN,
    public triesLeft: number | undefined = 3,
    private readonly managementKey = MANAGEMENT_KEY,
  ) {}

  get piv(): PivApplication {
    const piv: Pick<
      PivApplication,
      "pinTriesLeft" | "verifyPin" | "authenticate" | "managementKeyProtection" | "storedManagementKey"
    > = {
      pinTriesLeft: () => Promise.resolve(this.triesLeft),
      verifyPin: (pin) => this.#verify(pin),
      managementKeyProtection: () => Promise.resolve(this.protection),
      storedManagementKey: () => {
        assert.ok(this.pinsTried.includes(this.pin), "the PIN was not verified");
        return Promise.resolve(this.storedKey === undefined ? undefined : Buffer.from(this.storedKey, "hex"));
      },
      authenticate: (key, announceTouch) => {
        if (this.wantsTouch) {
          announceTouch?.();
        }
        const hex = Buffer.from(key).toString("hex");
        this.keysTried.push(hex);
        return hex === this.managementKey
          ? Promise.resolve()
          : Promise.reject(new PkiError("MANAGEMENT_KEY_REJECTED", "authenticating failed", "Give the management key"));
      },
    };
    return piv as PivApplication;
  }

  #verify(pin: string): Promise<void> {
    this.pinsTried.push(pin);
    if (this.failure !== undefined) {
      return Promise.reject(this.failure);
    }
    if (this.triesLeft === 0) {
      return Promise.reject(new PkiError("PIN_BLOCKED", "verifying the PIN failed: the PIN is blocked", "Unblock it"));
    }
    if (pin === this.pin) {
      return Promise.resolve();
    }
    if (this.triesLeft !== undefined) {
      this.triesLeft -= 1;
    }
    return Promise.reject(
      this.triesLeft === 0
        ? new PkiError("PIN_BLOCKED", "verifying the PIN failed: the PIN is blocked", "Unblock it")
        : new PinRejected("verifying the PIN failed", this.triesLeft),
    );
  }
}

/** One provider process, with its user's settings and its messages. */
class Process {
  readonly notices: string[] = [];
  readonly secrets: YubiKeySecrets;

  constructor(
    environment: Readonly<Record<string, string>>,
    config: Readonly<Record<string, string>> = {},
    rootDirectory = "/nonexistent",
  ) {
    this.secrets = new YubiKeySecrets({
      secrets: { environment, config: (key) => config[key], rootDirectory },
      notice: (message) => {
        this.notices.push(message);
      },
    });
  }

  verifyPin(card: Card): Promise<void> {
    return this.secrets.verifyPin(card);
  }

  /** The message or notice for a refused PIN. */
  async refusal(card: Card, code: ErrorCode, message = /./): Promise<string> {
    let seen = "";
    await assert.rejects(this.verifyPin(card), (error) => {
      seen = inspect(error, { depth: 10, showHidden: true });
      return withCode(code, message)(error);
    });
    return `${seen}\n${this.notices.join("\n")}`;
  }
}

void describe("The PIN of a YubiKey", () => {
  void it("is verified each time it is needed", async () => {
    const card = new Card(11);
    const process = new Process({ KMS_PKI_PIN: PIN });
    await process.verifyPin(card);
    await process.verifyPin(card);
    assert.deepEqual(card.pinsTried, [PIN, PIN]);
    assert.equal(process.notices.join(), "");
  });

  void it("that is wrong is tried once per process, and the failure is remembered", async () => {
    const card = new Card(11);
    const process = new Process({ KMS_PKI_PIN: WRONG_PIN });
    const said = await process.refusal(card, "PIN_REJECTED", /2 tries are left/);
    for (let operation = 0; operation < 8; operation += 1) {
      await process.refusal(card, "PIN_REJECTED", /2 tries are left/);
    }
    assert.deepEqual(card.pinsTried, [WRONG_PIN]);
    assert.doesNotMatch(said, new RegExp(WRONG_PIN));
  });

  void it("that is wrong is tried once by eight simultaneous operations", async () => {
    const card = new Card(11);
    const process = new Process({ KMS_PKI_PIN: WRONG_PIN });
    let last: Promise<unknown> = Promise.resolve();
    const turns = Array.from({ length: 8 }, () => {
      const turn = last.then(() => process.verifyPin(card));
      last = turn.catch(() => undefined);
      return turn;
    });
    const settled = await Promise.allSettled(turns);
    assert.ok(settled.every(({ status }) => status === "rejected"));
    assert.equal(card.pinsTried.length, 1);
  });

  void it("that is wrong for one YubiKey is tried with another", async () => {
    const [one, other] = [new Card(11), new Card(22, WRONG_PIN)];
    const process = new Process({ KMS_PKI_PIN: WRONG_PIN });
    await process.refusal(one, "PIN_REJECTED");
    await process.verifyPin(other);
    await process.refusal(one, "PIN_REJECTED");
    assert.deepEqual([one.pinsTried.length, other.pinsTried.length], [1, 1]);
  });

  void it("that is wrong is remembered for a YubiKey without a serial number", async () => {
    const card = new Card(undefined);
    const process = new Process({ KMS_PKI_PIN: WRONG_PIN });
    await process.refusal(card, "PIN_REJECTED");
    await process.refusal(card, "PIN_REJECTED");
    assert.equal(card.pinsTried.length, 1);
  });

  void it("is not tried when one try is left, not even later", async () => {
    for (const pin of [PIN, WRONG_PIN]) {
      const card = new Card(11, PIN, 1);
      const process = new Process({ KMS_PKI_PIN: pin });
      const said = await process.refusal(
        card,
        "PIN_LAST_TRY",
        /the YubiKey 11 has only one try left, which was not used/,
      );
      assert.match(said, /ykman piv access verify-pin.*KMS_PKI_ALLOW_LAST_PIN_TRY=true/s);
      assert.doesNotMatch(said, new RegExp(pin));
      await process.refusal(card, "PIN_LAST_TRY");
      assert.deepEqual(card.pinsTried, []);
    }
  });

  const permissions: readonly {
    what: string;
    environment?: Readonly<Record<string, string>>;
    config?: Readonly<Record<string, string>>;
    allowed: boolean;
  }[] = [
    { what: "the environment", environment: { KMS_PKI_ALLOW_LAST_PIN_TRY: "true" }, allowed: true },
    { what: "the config", config: { allowLastPinTry: "true" }, allowed: true },
    { what: "an empty variable", environment: { KMS_PKI_ALLOW_LAST_PIN_TRY: "" }, allowed: false },
    {
      what: "false",
      environment: { KMS_PKI_ALLOW_LAST_PIN_TRY: "false" },
      config: { allowLastPinTry: "false" },
      allowed: false,
    },
    { what: "a number", environment: { KMS_PKI_ALLOW_LAST_PIN_TRY: "1" }, allowed: false },
  ];
  for (const { what, environment = {}, config = {}, allowed } of permissions) {
    void it(`is ${allowed ? "" : "not "}tried as the last try with the permission of ${what}`, async () => {
      const card = new Card(11, PIN, 1);
      const process = new Process({ KMS_PKI_PIN: PIN, ...environment }, config);
      if (allowed) {
        await process.verifyPin(card);
        await process.verifyPin(card);
      } else {
        await process.refusal(card, "PIN_LAST_TRY");
      }
      assert.equal(card.pinsTried.length, allowed ? 2 : 0);
    });
  }

  void it("that is wrong on the permitted last try is blocked, which is remembered", async () => {
    const card = new Card(11, PIN, 1);
    const process = new Process({ KMS_PKI_PIN: WRONG_PIN, KMS_PKI_ALLOW_LAST_PIN_TRY: "true" });
    await process.refusal(card, "PIN_BLOCKED");
    await process.refusal(card, "PIN_BLOCKED");
    assert.equal(card.pinsTried.length, 1);
  });

  void it("that is blocked is reported so, and tried once", async () => {
    const card = new Card(11, PIN, 0);
    const process = new Process({ KMS_PKI_PIN: PIN });
    await process.refusal(card, "PIN_BLOCKED");
    await process.refusal(card, "PIN_BLOCKED");
    assert.equal(card.pinsTried.length, 1);
  });

  void it("is verified by a card that does not report the tries left", async () => {
    const card = new Card(11, PIN, undefined);
    await new Process({ KMS_PKI_PIN: PIN }).verifyPin(card);
    assert.deepEqual(card.pinsTried, [PIN]);
  });

  for (const code of ["CARD_REMOVED", "KMS_FAILED", "KMS_ANSWER_INVALID"] as const) {
    void it(`is tried again after ${code}, which says nothing about the PIN`, async () => {
      const card = new Card(11);
      const process = new Process({ KMS_PKI_PIN: PIN });
      card.failure = new PkiError(code, "the card is gone", "Plug it in");
      await process.refusal(card, code);
      card.failure = undefined;
      await process.verifyPin(card);
      assert.equal(card.pinsTried.length, 2);
    });
  }

  for (const pin of ["12345", "123456789", "12345ü"]) {
    void it(`with an invalid value is never tried: ${JSON.stringify(pin)}`, async () => {
      const card = new Card(11);
      const said = await new Process({ KMS_PKI_PIN: pin }).refusal(card, "INPUT_INVALID", /must have 6 to 8 ASCII/);
      assert.ok(!said.includes(pin));
      assert.deepEqual(card.pinsTried, []);
    });
  }

  void it("that is not given is reported as missing, and none is guessed", async () => {
    const card = new Card(11, "123456");
    await new Process({}).refusal(card, "SECRET_MISSING", /the PIN of the YubiKey is not given.*KMS_PKI_PIN_FILE/);
    assert.deepEqual(card.pinsTried, []);
  });

  void it("can be given for one device only, in all four places", async () => {
    const rootDirectory = temporaryDirectory();
    writeFileSync(join(rootDirectory, "pin"), `${PIN}\n`);
    const places: readonly [environment: Record<string, string>, config: Record<string, string>][] = [
      [{ KMS_PKI_PIN_11: PIN }, {}],
      [{ KMS_PKI_PIN_11_FILE: "pin" }, {}],
      [{}, { pin_11File: "pin" }],
      [{}, { pin_11: PIN }],
    ];
    for (const [environment, config] of places) {
      const process = new Process({ KMS_PKI_PIN: WRONG_PIN, ...environment }, config, rootDirectory);
      const [own, other] = [new Card(11), new Card(22, WRONG_PIN)];
      await process.verifyPin(own);
      await process.verifyPin(other);
      assert.deepEqual([own.pinsTried, other.pinsTried], [[PIN], [WRONG_PIN]]);
    }
  });

  void it("causes one warning for each device with the factory PIN, and none when it is refused", async () => {
    const process = new Process({ KMS_PKI_PIN: "123456" });
    const [one, other] = [new Card(11, "123456"), new Card(22, "123456")];
    await process.refusal(new Card(33, PIN), "PIN_REJECTED");
    assert.equal(process.notices.join(), "");
    for (const card of [one, one, other]) {
      await process.verifyPin(card);
    }
    assert.equal(process.notices.length, 2);
    assert.match(process.notices[0] ?? "", /^warning: the YubiKey 11 still has the factory PIN\. Change it: ykman/);
    assert.match(process.notices[1] ?? "", /^warning: the YubiKey 22 /);
    assert.doesNotMatch(process.notices.join(), /123456/);
  });
});

void describe("The management key of a YubiKey", () => {
  void it("is the given one, in any letter case", async () => {
    const card = new Card(11);
    const process = new Process({ KMS_PKI_MANAGEMENT_KEY: MANAGEMENT_KEY.toUpperCase() });
    await process.secrets.authenticate(card);
    assert.deepEqual(card.keysTried, [MANAGEMENT_KEY]);
    assert.equal(process.notices.join(), "");
  });

  void it("can be given for one device only", async () => {
    const process = new Process({ KMS_PKI_MANAGEMENT_KEY_11: MANAGEMENT_KEY, KMS_PKI_MANAGEMENT_KEY: "0".repeat(48) });
    await process.secrets.authenticate(new Card(11));
    await assert.rejects(process.secrets.authenticate(new Card(22)), withCode("MANAGEMENT_KEY_REJECTED"));
  });

  void it("is the factory's when none is given, with one warning when it is accepted", async () => {
    const process = new Process({});
    await assert.rejects(process.secrets.authenticate(new Card(11)), withCode("MANAGEMENT_KEY_REJECTED"));
    assert.equal(process.notices.join(), "");
    for (const serial of [22, 22, 33]) {
      await process.secrets.authenticate(new Card(serial, PIN, 3, DEFAULT_MANAGEMENT_KEY));
    }
    assert.equal(process.notices.length, 2);
    assert.match(process.notices[0] ?? "", /^warning: the YubiKey 22 still has the factory management key/);
    assert.doesNotMatch(process.notices.join(), /0102/);
  });

  void it("causes a warning when the factory's is given explicitly", async () => {
    const process = new Process({ KMS_PKI_MANAGEMENT_KEY: DEFAULT_MANAGEMENT_KEY });
    await process.secrets.authenticate(new Card(11, PIN, 3, DEFAULT_MANAGEMENT_KEY));
    assert.equal(process.notices.length, 1);
  });

  for (const key of [MANAGEMENT_KEY.slice(1), `${MANAGEMENT_KEY}0`, "no hex"]) {
    void it(`with an invalid value is never tried, and is in no message: ${JSON.stringify(key)}`, async () => {
      const card = new Card(11);
      const process = new Process({ KMS_PKI_MANAGEMENT_KEY: key });
      await assert.rejects(
        process.secrets.authenticate(card),
        (error) => !inspect(error).includes(key.trim()) && withCode("INPUT_INVALID", /32, 48 or 64 hex digits/)(error),
      );
      assert.deepEqual(card.keysTried, []);
    });
  }

  void it("that is rejected is in no message", async () => {
    const process = new Process({ KMS_PKI_MANAGEMENT_KEY: "f".repeat(48) });
    await assert.rejects(
      process.secrets.authenticate(new Card(11)),
      (error) => !inspect(error).includes("ffff") && withCode("MANAGEMENT_KEY_REJECTED")(error),
    );
  });

  void it("that the card stores under the PIN is read from there when none is given, and is in no message", async () => {
    const card = new Card(11);
    card.protection = "stored";
    card.storedKey = MANAGEMENT_KEY;
    const process = new Process({ KMS_PKI_PIN: PIN });
    await process.secrets.authenticate(card);
    assert.deepEqual([card.pinsTried, card.keysTried], [[PIN], [MANAGEMENT_KEY]]);
    assert.equal(process.notices.join(), "");
    const other = new Card(11, PIN, 3, "f".repeat(48));
    Object.assign(other, { protection: "stored", storedKey: MANAGEMENT_KEY });
    await assert.rejects(
      process.secrets.authenticate(other),
      (error) => !inspect(error).includes(MANAGEMENT_KEY) && withCode("MANAGEMENT_KEY_REJECTED")(error),
    );
  });

  void it("that is given takes precedence over the one that the card stores", async () => {
    const card = new Card(11);
    Object.assign(card, { protection: "stored", storedKey: "f".repeat(48) });
    await new Process({ KMS_PKI_MANAGEMENT_KEY: MANAGEMENT_KEY }).secrets.authenticate(card);
    assert.deepEqual([card.pinsTried, card.keysTried], [[], [MANAGEMENT_KEY]]);
  });

  void it("that the card stores is not read with a rejected PIN", async () => {
    const card = new Card(11);
    Object.assign(card, { protection: "stored", storedKey: MANAGEMENT_KEY });
    const process = new Process({ KMS_PKI_PIN: WRONG_PIN });
    await process.refusal(card, "PIN_REJECTED");
    await assert.rejects(process.secrets.authenticate(card), withCode("PIN_REJECTED"));
    assert.deepEqual([card.pinsTried, card.keysTried], [[WRONG_PIN], []]);
  });

  for (const { protection, message } of [
    { protection: "stored", message: /the YubiKey 11 should be stored on the card under its PIN, but is not there/ },
    { protection: "derived", message: /the YubiKey 11 is derived from its PIN/ },
  ] as const) {
    void it(`that is ${protection} and unavailable is reported as missing, and none is guessed`, async () => {
      const card = new Card(11);
      card.protection = protection;
      await assert.rejects(
        new Process({ KMS_PKI_PIN: PIN }).secrets.authenticate(card),
        withCode("SECRET_MISSING", new RegExp(`${message.source}.*--protect.*KMS_PKI_MANAGEMENT_KEY_FILE`)),
      );
      assert.deepEqual(card.keysTried, []);
    });
  }

  void it("that needs a touch is announced before each use", async () => {
    const card = new Card(11);
    card.wantsTouch = true;
    const process = new Process({ KMS_PKI_MANAGEMENT_KEY: MANAGEMENT_KEY });
    await process.secrets.authenticate(card);
    await process.secrets.authenticate(card);
    assert.deepEqual(process.notices, Array(2).fill("touch the YubiKey 11: its management key requires a touch"));
  });
});
