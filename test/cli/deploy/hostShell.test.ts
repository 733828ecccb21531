import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HostFailure, HostShell, quoted } from "../../../provider/cli/deploy/hostShell";

const shell = new HostShell({ here: true }, process.cwd(), { PATH: process.env["PATH"] });

/** How a command on the host failed. */
async function failureOf(script: string, timeoutSeconds?: number): Promise<HostFailure> {
  try {
    await shell.run(script, undefined, timeoutSeconds);
  } catch (error) {
    assert.ok(error instanceof HostFailure, String(error));
    return error;
  }
  throw new Error("the command succeeded");
}

void describe("The shell of a host", () => {
  void it("gives a command its input, and returns what it prints", async () => {
    assert.equal(String(await shell.run("tr a b", Buffer.from("aha"))), "bhb");
  });

  void it("tells how a command failed, and the last lines that it said", async () => {
    const { exitCode, said } = await failureOf("seq 9 >&2; exit 7");
    assert.deepEqual([exitCode, said], [7, "5\n6\n7\n8\n9"]);
  });

  void it("ends a command that answers without end", async () => {
    const { exitCode, said } = await failureOf("yes");
    assert.deepEqual([exitCode, said], [null, "it answered more than 16777216 bytes"]);
  });

  void it("ends a command that complains without end, and quotes little of it", async () => {
    const { said } = await failureOf("yes 0123456789 | tr -d '\\n' >&2");
    assert.match(said, /^(?:0123456789){50}\.\.\.\nit answered more than 16777216 bytes$/);
  });

  void it("ends a command that takes too long, also one that ignores the signal", async () => {
    const { exitCode, said } = await failureOf("trap '' TERM; while :; do sleep 0.1; done", 0.2);
    assert.deepEqual([exitCode, said], [null, "no answer within 0.2 s"]);
  });

  void it("does not wait for a process that a command left behind with its output", async () => {
    const { said } = await failureOf("setsid sleep 20 & echo left >&2", 0.2);
    assert.equal(said, "left\nno answer within 0.2 s");
  });

  void it("quotes nothing that a terminal obeys", async () => {
    const { said } = await failureOf("printf 'a\\033]0;title\\007b\\rc\\177d\\302\\233e' >&2; exit 1");
    assert.equal(said, "a]0;titlebcde");
  });

  void it("takes any text as one word", async () => {
    const text = "it's $(id) `id` \"\\\n\t-x";
    assert.equal(String(await shell.run(`printf %s ${quoted(text)}`)), text);
  });
});
