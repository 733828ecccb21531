import assert from "node:assert/strict";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { HostShell } from "../../../provider/cli/deploy/hostShell";
import { chainFault, chainIn, servedChain } from "../../../provider/cli/deploy/servedChain";
import { inEnvironment } from "../../fixtures/environment";
import { NEW_EC_KEY } from "../../fixtures/openssl";
import { temporaryDirectory } from "../../fixtures/temporaryDirectory";
import { missing, runTool } from "../../tools";

void describe("The chain that a host serves", { skip: missing("openssl") }, () => {
  const scratch = temporaryDirectory();
  const host = { address: "127.0.0.1:1", name: "ca1", probe: "host" } as const;

  /** A machine with a shell, and with an openssl that prints a text, if any. */
  function machine(name: string, printed?: string): HostShell {
    const programs = join(scratch, name);
    mkdirSync(programs);
    symlinkSync("/bin/sh", join(programs, "sh"));
    if (printed !== undefined) {
      const openssl = join(programs, "openssl");
      writeFileSync(openssl, `#!/bin/sh\necho '${printed}'\n`);
      chmodSync(openssl, 0o755);
    }
    return new HostShell({ here: true }, scratch, { PATH: programs });
  }

  function pem(text: string): string {
    return `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----`;
  }

  const certificate = (): string =>
    runTool("openssl", [
      ...["req", "-x509", ...NEW_EC_KEY, "-keyout", "/dev/null"],
      ...["-subj", "/CN=Root", "-days", "10"],
    ]);

  void it("is none if the host answers with something else", async () => {
    const answers = ["", "nonsense", pem("AAAA"), pem("not base64"), `${certificate()}${pem("MAA=")}`];
    for (const [at, answer] of answers.entries()) {
      assert.deepEqual(await servedChain(machine(`machine-${String(at)}`, answer), host), [], answer);
    }
  });

  void it("cannot be asked for without openssl, and the message says where that is missing", async () => {
    const bare = machine("bare");
    await assert.rejects(servedChain(bare, host), /HANDOVER_FAILED: openssl is missing on ca1\. Install it there/);
    await assert.rejects(servedChain(bare, { ...host, probe: "here" }), /openssl is missing on this machine/);
  });

  void it("is not taken for that of another authority if openssl is missing here", async () => {
    await assert.rejects(
      chainFault(chainIn(certificate()), certificate(), true, machine("blind")),
      /openssl is missing on this machine/,
    );
  });

  void it("is verified in any folder for temporary files", async () => {
    const folder = join(scratch, "it's $(temporary)");
    mkdirSync(folder);
    const root = certificate();
    const here = new HostShell({ here: true }, scratch, { PATH: process.env["PATH"] });
    const [own, other] = await inEnvironment({ TMPDIR: folder }, async () => [
      await chainFault(chainIn(root), root, false, here),
      await chainFault(chainIn(root), certificate(), false, here),
    ]);
    assert.equal(own, undefined);
    assert.match(String(other), /self-signed certificate/);
  });
});
