import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createContext } from "../../provider/lifecycle/context";
import { inEnvironment } from "../fixtures/environment";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { withCode } from "../fixtures/withCode";

void describe("What the lifecycles share", () => {
  void it("asks for the config and the working directory only when something needs them", () => {
    const asked: string[] = [];
    const directory = temporaryDirectory();
    const { secrets } = createContext(
      (key) => {
        asked.push(key);
        return "value";
      },
      () => {
        asked.push("working directory");
        return join(directory, "program");
      },
    );
    assert.deepEqual(asked, []);
    assert.equal(secrets.config("passphrase"), "value");
    assert.deepEqual(asked, ["kms-pki:passphrase"]);
    mkdirSync(join(directory, "program"));
    writeFileSync(join(directory, "Pulumi.yaml"), "");
    assert.equal(secrets.rootDirectory, directory);
    assert.deepEqual(asked, ["kms-pki:passphrase", "working directory"]);
  });

  void it("speaks to the person at the terminal on standard error", ({ mock }) => {
    const { mock: written } = mock.method(console, "error", () => undefined);
    createContext(
      () => undefined,
      () => ".",
    ).notice("a key was found missing");
    assert.deepEqual(
      written.calls.map((call) => call.arguments),
      [["kms-pki: a key was found missing"]],
    );
  });

  void it("has the time that tests set in the environment, and refuses one that is set without them", async () => {
    const { surroundings } = createContext(
      () => undefined,
      () => ".",
    );
    const set = { KMS_PKI_NOW: "2031-02-03T04:05:06Z" };
    await inEnvironment({ ...set, KMS_PKI_TEST_CLOCK: "1" }, () => {
      assert.equal(surroundings.now().toISOString(), "2031-02-03T04:05:06.000Z");
      return Promise.resolve();
    });
    await inEnvironment({ ...set, KMS_PKI_TEST_CLOCK: undefined }, () => {
      assert.throws(() => surroundings.now(), withCode("CONFIG_INVALID", /KMS_PKI_TEST_CLOCK=1/));
      return Promise.resolve();
    });
  });

  void it("has the time of now and as many random octets as are asked for", () => {
    const { surroundings } = createContext(
      () => undefined,
      () => ".",
    );
    const before = Date.now();
    const now = surroundings.now().getTime();
    assert.ok(before <= now && now <= Date.now());
    assert.equal(surroundings.random(16).length, 16);
    assert.notDeepEqual(surroundings.random(16), surroundings.random(16));
  });
});
