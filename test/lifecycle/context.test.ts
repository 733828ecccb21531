import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createContext } from "../../provider/lifecycle/context";
import { inEnvironment } from "../fixtures/environment";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { withCode } from "../fixtures/withCode";

void describe("The context of the lifecycles", () => {
  void it("reads the config and the working directory only when they are needed", () => {
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

  void it("writes messages for the user to standard error", ({ mock }) => {
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

  void it("has the time that tests set in the environment, and refuses one set outside tests", async () => {
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

  void it("has the current time and the requested number of random bytes", () => {
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
