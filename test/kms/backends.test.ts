import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Backends } from "../../provider/kms/backends";
import { SoftKms } from "../../provider/kms/softkms";
import { withCode } from "../fixtures/withCode";

function backends(): Backends {
  const secrets = { environment: {}, config: () => undefined, rootDirectory: "/nonexistent" };
  return new Backends({ secrets, notice: () => undefined });
}

void describe("The backends", () => {
  void it("are found by a key's URI", async () => {
    assert.ok((await backends().keyManager("softkms:path=keys/root.pem")) instanceof SoftKms);
  });

  void it("are one instance each", async () => {
    const all = backends();
    const one = await all.keyManager("softkms:path=keys/root.pem");
    assert.equal(await all.keyManager("SOFTKMS:keys/other.pem"), one);
    assert.equal(await all.softkms(), one);
    assert.notEqual(await backends().softkms(), one);
  });

  for (const uri of ["nokms:key=1", "toString:key=1", "__proto__:key=1", "constructor:x", "keys/root.pem", ""]) {
    void it(`know none for "${uri}"`, async () => {
      await assert.rejects(async () => backends().keyManager(uri), withCode("KEY_URI_INVALID"));
    });
  }

  void it("keep a PIN out of the message", async () => {
    await assert.rejects(
      async () => backends().keyManager("nokms:slot-id=9c?pin-value=123456"),
      (error) => !String(error).includes("123456") && withCode("KEY_URI_INVALID", /softkms/)(error),
    );
  });
});
