import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { patiently, untilLimit } from "../../provider/piv/patience";

void describe("Patience", () => {
  async function pausesOf(attempts: number, limit: number): Promise<{ found: string | undefined; pauses: number[] }> {
    const pauses: number[] = [];
    let tries = 0;
    const found = await patiently(
      () => {
        tries += 1;
        return tries > attempts ? "there" : undefined;
      },
      {
        limit,
        sleep: (milliseconds) => {
          pauses.push(milliseconds);
          return Promise.resolve();
        },
      },
    );
    return { found, pauses };
  }

  void it("does not wait for what is already there", async () => {
    assert.deepEqual(await pausesOf(0, 1000), { found: "there", pauses: [] });
  });

  void it("waits with pauses that grow to half a second", async () => {
    assert.deepEqual(await pausesOf(11, 10_000), {
      found: "there",
      pauses: [1, 2, 4, 8, 16, 32, 64, 128, 256, 500, 500],
    });
  });

  void it("ends at its limit after a last try", async () => {
    assert.deepEqual(await pausesOf(4, 10), { found: "there", pauses: [1, 2, 4, 3] });
    assert.deepEqual(await pausesOf(5, 10), { found: undefined, pauses: [1, 2, 4, 3] });
  });

  void it("tries once when it has no time", async () => {
    assert.deepEqual(await pausesOf(0, 0), { found: "there", pauses: [] });
    assert.deepEqual(await pausesOf(1, 0), { found: undefined, pauses: [] });
  });

  void it("ends with the error of an attempt", async () => {
    const failing = (): never => {
      throw new Error("broken");
    };
    await assert.rejects(patiently(failing, { limit: 1000 }), /broken/);
  });
});

void describe("A limit", () => {
  void it("does not affect what finishes before it, and ends with that", async () => {
    let signal: AbortSignal | undefined;
    const sleep = (_milliseconds: number, given?: AbortSignal): Promise<never> => {
      signal = given;
      return new Promise(() => undefined);
    };
    assert.equal(await untilLimit(Promise.resolve("there"), { limit: 10, sleep }), "there");
    assert.equal(signal?.aborted, true);
    await assert.rejects(untilLimit(Promise.reject(new Error("broken")), { limit: 10, sleep }), /broken/);
  });

  void it("is observed when nothing comes, with one second for the attempt itself", async () => {
    const slept: number[] = [];
    const sleep = (milliseconds: number): Promise<void> => {
      slept.push(milliseconds);
      return Promise.resolve();
    };
    assert.equal(await untilLimit(new Promise(() => undefined), { limit: 10, sleep }), undefined);
    assert.deepEqual(slept, [1_010]);
  });

  void it("leaves no timer behind", async () => {
    assert.equal(await untilLimit(Promise.resolve("there"), { limit: 1_000_000 }), "there");
  });
});
