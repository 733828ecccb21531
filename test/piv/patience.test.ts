import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { patiently } from "../../provider/piv/patience";

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

  void it("does not wait for what is there", async () => {
    assert.deepEqual(await pausesOf(0, 1000), { found: "there", pauses: [] });
  });

  void it("waits with pauses that grow to half a second", async () => {
    assert.deepEqual(await pausesOf(11, 10_000), {
      found: "there",
      pauses: [1, 2, 4, 8, 16, 32, 64, 128, 256, 500, 500],
    });
  });

  void it("ends at its limit, after a last try", async () => {
    assert.deepEqual(await pausesOf(4, 10), { found: "there", pauses: [1, 2, 4, 3] });
    assert.deepEqual(await pausesOf(5, 10), { found: undefined, pauses: [1, 2, 4, 3] });
  });

  void it("tries once when it has no time", async () => {
    assert.deepEqual(await pausesOf(0, 0), { found: "there", pauses: [] });
    assert.deepEqual(await pausesOf(1, 0), { found: undefined, pauses: [] });
  });

  void it("ends with what an attempt throws", async () => {
    const failing = (): never => {
      throw new Error("broken");
    };
    await assert.rejects(patiently(failing, { limit: 1000 }), /broken/);
  });
});
