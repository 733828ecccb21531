import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, it } from "node:test";
import { CaFolder } from "../../../provider/cli/deploy/caFolder";
import { readDeploySettings } from "../../../provider/cli/deploy/deploySettings";
import { HostShell } from "../../../provider/cli/deploy/hostShell";
import { temporaryDirectory } from "../../fixtures/temporaryDirectory";

void describe("The folder of ca.json on a host", () => {
  const scratch = temporaryDirectory();
  let directory: string;
  let count = 0;
  beforeEach(() => {
    directory = join(scratch, `ca-${String((count += 1))}`);
    mkdirSync(directory);
    writeFileSync(join(directory, "ca.json"), '{ "crt": "a" }\n');
  });

  /** The folder, reached by a shell command whose $0 is the script. */
  function reachedBy(command: string, path = process.env["PATH"]): CaFolder {
    const [host] = readDeploySettings(
      { hosts: [{ directory, url: "https://127.0.0.1", command: ["sh", "-c", command] }] },
      "the test",
    );
    assert.ok(host);
    return new CaFolder(host, new HostShell(host.reach, scratch, { PATH: path }));
  }

  void it("is read on a host whose shell greets everybody", async () => {
    const folder = reachedBy('echo "Welcome"; printf "7 ca.json\\nno end"; exec sh -c "$0"');
    assert.deepEqual([...(await folder.show(["ca.json"]))], [["ca.json", '{ "crt": "a" }\n']]);
    assert.equal((await folder.present(["ca.json"], [])).owner, undefined);
    await folder.begin("me:1:1", undefined);
    assert.equal(await folder.restore("me:1:1"), true);
  });

  void it("tells that there was no ca.json to restore, also on such a host", async () => {
    directory = join(scratch, "new");
    const folder = reachedBy('echo "Welcome"; exec sh -c "$0"');
    await folder.begin("me:1:1", undefined);
    assert.equal(await folder.restore("me:1:1"), false);
  });

  void it("is not taken for empty on a host that runs nothing", async () => {
    await assert.rejects(reachedBy("true").present(["ca.json"], []), { said: /ran no script for a POSIX shell/ });
    await assert.rejects(reachedBy("echo This account is not available.").show(["ca.json"]), {
      said: /ran no script for a POSIX shell/,
    });
  });

  void it("is not taken for empty, and none of its files for shorter, if the answer is cut off", async () => {
    for (const bytes of [25, 40]) {
      await assert.rejects(reachedBy(`sh -c "$0" | head -c ${String(bytes)}`).show(["ca.json"]), {
        said: /something else than the files/,
      });
    }
  });

  void it("is where the command that signals step-ca runs, whatever that is called", async () => {
    const programs = join(scratch, "programs");
    mkdirSync(programs);
    const program = join(programs, "accept");
    writeFileSync(program, "#!/bin/sh\npwd >signalled\n");
    chmodSync(program, 0o755);
    const folder = reachedBy('exec sh -c "$0"', `${programs}:${String(process.env["PATH"])}`);
    await folder.reload("accept now");
    assert.equal((await folder.show(["signalled"])).get("signalled"), `${directory}\n`);
  });
});
