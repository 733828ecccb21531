import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { PASSPHRASE } from "../fixtures/lifecycleContext";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { PluginClient } from "./pluginClient";

void describe("A run that is canceled", () => {
  const started = async (): Promise<{ plugin: PluginClient; directory: string }> => {
    const directory = temporaryDirectory();
    const plugin = await PluginClient.spawn(directory);
    await plugin.configure({ passphrase: PASSPHRASE });
    return { plugin, directory };
  };

  void it("ends what it began, begins nothing more, and still tells what it knows", async () => {
    const { plugin, directory } = await started();
    try {
      const { inputs } = await plugin.check("SoftKey", "begun", {});
      const { inputs: later } = await plugin.check("SoftKey", "later", {});
      const begun = plugin.create("SoftKey", "begun", inputs);
      await plugin.cancel();
      const { outputs } = await begun;
      assert.equal(outputs["status"], "present");
      await assert.rejects(plugin.create("SoftKey", "later", later), /CANCELED: .*nothing was made/);
      await assert.rejects(plugin.delete("SoftKey", "begun", outputs), /CANCELED: /);
      assert.ok(existsSync(join(directory, "keys", "begun.pem")));
      assert.ok(!existsSync(join(directory, "keys", "later.pem")));
      assert.equal((await plugin.diff("SoftKey", "begun", outputs, inputs)).changes, false);
    } finally {
      plugin.stop();
    }
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    void it(`ends its plugin on ${signal} after the answer to what runs`, async () => {
      const { plugin } = await started();
      const { inputs } = await plugin.check("SoftKey", "running", {});
      const running = plugin.create("SoftKey", "running", inputs);
      await plugin.check("SoftKey", "after", {}); // it has been received
      const exit = once(plugin.process ?? process, "exit");
      plugin.process?.kill(signal);
      assert.equal((await running).outputs["status"], "present");
      assert.deepEqual(await exit, [0, null]);
      plugin.stop();
    });
  }
});
