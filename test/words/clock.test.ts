import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { currentTime } from "../../provider/words/clock";
import { withCode } from "../fixtures/withCode";

void describe("The clock", () => {
  for (const environment of [{}, { KMS_PKI_NOW: "" }, { KMS_PKI_TEST_CLOCK: "1" }]) {
    void it(`is the system clock with ${JSON.stringify(environment)}`, () => {
      const before = Date.now();
      const now = currentTime(environment).getTime();
      assert.ok(before <= now && now <= Date.now());
    });
  }

  void it("is taken from the environment when tests enable that", () => {
    const environment = { KMS_PKI_NOW: "2031-02-03T05:05:06+01:00", KMS_PKI_TEST_CLOCK: "1" };
    assert.equal(currentTime(environment).toISOString(), "2031-02-03T04:05:06.000Z");
  });

  const refused: readonly { environment: Record<string, string>; message: RegExp }[] = [
    { environment: { KMS_PKI_NOW: "2031-02-03T04:05:06Z" }, message: /only for tests\. Unset KMS_PKI_NOW/ },
    { environment: { KMS_PKI_NOW: "soon", KMS_PKI_TEST_CLOCK: "0" }, message: /only for tests/ },
    {
      environment: { KMS_PKI_NOW: "2031-02-03", KMS_PKI_TEST_CLOCK: "1" },
      message: /"2031-02-03", which is not an RFC 3339 instant/,
    },
  ];
  for (const { environment, message } of refused) {
    void it(`is refused with ${JSON.stringify(environment)}`, () => {
      assert.throws(() => currentTime(environment), withCode("CONFIG_INVALID", message));
    });
  }
});
