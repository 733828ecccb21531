import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { resourceType } from "../../provider/kms/resourceType";
import { missing } from "../tools";
import { UP_WITHOUT_PREVIEW } from "./project";
import { type KilledOn, survivesKills, withStack } from "./survivesKills";
import { YubiKeyStack } from "./yubiKeyStack";

const YUBIKEY: KilledOn<YubiKeyStack> = {
  name: "a YubiKey",
  skip: missing("pulumi", "pcscd", "piv-card", "opensc-tool", "yubico-piv-tool"),
  start: () => YubiKeyStack.rootStack(),
  keyType: resourceType("PivKey"),
  keys: 2,
  resources: 11,
  check: async (stack) => {
    assert.equal(stack.seen("GENERATE"), 2);
    for (const [slot, output] of [
      ["9a", "rootCertificate"],
      ["9c", "intermediateCertificate"],
    ] as const) {
      assert.equal(await stack.certificate(slot), (await stack.project.output(output)).trim());
    }
  },
};

// The card continues when the engine is dead, so the creation of a key that was cut off is still complete, and a stack has one such kill:
// after the mark of the first key, before that key is made, or after the second one is made. Then come a signature and the certificates that
// are stored.
survivesKills(
  YUBIKEY,
  { moments: ["GENERATE:1:before", "SIGN:1:after", "PUT DATA:1:after"] },
  { moments: ["GENERATE:2:after", "PUT DATA:2:after"] },
);

void describe("An up on a YubiKey that is pulled", { skip: YUBIKEY.skip }, () => {
  void it("makes a key again, and says so, only when the card was pulled before it returned the first", () =>
    withStack(YUBIKEY, async (stack) => {
      stack.card.inject("GENERATE", async (forward) => {
        await forward();
        await stack.card.remove();
        return Buffer.from("6f00", "hex");
      });
      const cut = await stack.pulumi(UP_WITHOUT_PREVIEW); // as in the kills above
      assert.notEqual(cut.code, 0);
      assert.match(cut.output, /CARD_REMOVED|CARD_NOT_FOUND/);
      await stack.readers.reinsert(stack.card);
      const { output } = await stack.project.succeed(UP_WITHOUT_PREVIEW);
      assert.match(output, /slot 9[ac] bears the mark of an interrupted run of urn:pulumi:\S+; making its key now/);
      assert.match((await stack.project.succeed(UP_WITHOUT_PREVIEW)).output, /11 unchanged/);
    }));
});
