import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { CHECKOUT } from "./engine/project";
import { missing, runTool } from "./tools";

const EXAMPLE = join(CHECKOUT, "examples", "ci");
const WORKFLOWS = join(EXAMPLE, ".github", "workflows");

void describe("The workflow of examples/ci", () => {
  const workflow = readFileSync(join(WORKFLOWS, "rotate.yml"), "utf8");

  void it("passes actionlint", { skip: missing("actionlint") }, () => {
    const files = readdirSync(WORKFLOWS).map((file) => join(WORKFLOWS, file));
    assert.equal(runTool("actionlint", ["-no-color", ...files]), "");
  });

  void it("names each action by a full commit hash, and its version beside it", () => {
    const uses = [...workflow.matchAll(/^.*\buses:.*$/gm)].map(([line]) => line);
    assert.ok(uses.length >= 5, String(uses.length));
    for (const line of uses) {
      assert.match(line, /\buses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  void it("stores no cloud credentials, and keeps its token to itself", () => {
    const secrets = [...workflow.matchAll(/secrets\.(\w+)/g)].map(([, name]) => name);
    assert.deepEqual(secrets.sort(), ["CA_SSH_KEY", "KMS_PKI_PROVISIONER_PASSWORD"]);
    assert.match(workflow, /^permissions: \{\}$/m);
    assert.match(workflow, /^ {6}id-token: write/m);
    assert.doesNotMatch(workflow, /pull_request_target/);
  });

  void it("puts no expression into a command, where its value could run as a command", () => {
    const commands = [...workflow.matchAll(/^( *)(?:- )?run: (?:\|\n((?:\1 {2}.*\n)+)|(.*)\n)/gm)];
    assert.ok(commands.length >= 5, String(commands.length));
    for (const [command] of commands) {
      assert.doesNotMatch(command, /\$\{\{/);
    }
  });

  void it("is documented in README: every variable and every setting of the script", () => {
    const readme = readFileSync(join(EXAMPLE, "README.md"), "utf8");
    const script = readFileSync(join(EXAMPLE, "rotate.sh"), "utf8");
    const variables = [...workflow.matchAll(/(?:vars|secrets)\.(\w+)/g)].map(([, name = ""]) => name);
    const settings = [...script.matchAll(/\b(CA_[A-Z_]+)=\$\{\1/g)].map(([, name = ""]) => name);
    assert.ok(settings.length >= 7, settings.join());
    for (const name of [...variables, ...settings]) {
      assert.ok(readme.includes(`\`${name}\``), name);
    }
  });
});

void describe("The shell scripts", { skip: missing("shellcheck") }, () => {
  const check = (directory: string, files: readonly string[]): string =>
    runTool("shellcheck", [
      ...["--external-sources", "--check-sourced", "--exclude=SC1091"], // computed paths are not followed
      ...files.map((file) => join(directory, file)),
    ]);

  void it("of examples/ci pass shellcheck", () => {
    assert.equal(check(EXAMPLE, ["rotate.sh", "rotate/on-host.sh"]), "");
  });

  void it("of the toolchain pass shellcheck", () => {
    const directory = join(CHECKOUT, "toolchain");
    const files = readdirSync(directory).filter((file) => file.endsWith(".sh"));
    assert.equal(check(directory, files), "");
  });
});
