import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { CHECKOUT } from "./engine/project";
import { missing, runTool } from "./tools";

const EXAMPLE = join(CHECKOUT, "examples", "ci");
const textOf = (...path: string[]): string => readFileSync(join(EXAMPLE, ...path), "utf8");
const { load } = createRequire(require.resolve("@pulumi/pulumi"))("js-yaml") as { load: (text: string) => unknown };

void describe("The workflow of examples/ci", () => {
  const workflow = textOf("github", "deploy.yml");

  void it("passes actionlint", { skip: missing("actionlint") }, () => {
    assert.equal(runTool("actionlint", ["-no-color", join(EXAMPLE, "github", "deploy.yml")]), "");
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

  void it("is documented in README with every variable", () => {
    for (const [, name = ""] of workflow.matchAll(/(?:vars|secrets)\.(\w+)/g)) {
      assert.ok(textOf("README.md").includes(`\`${name}\``), name);
    }
  });
});

void describe("The pipeline of examples/ci", () => {
  const pipeline = load(textOf("gitlab", ".gitlab-ci.yml")) as Record<
    string,
    Record<string, unknown> & { script?: string[]; before_script?: string[] }
  >;

  void it("runs one deployment at a time, on a schedule, and a preview of each merge request", () => {
    const { deploy, preview } = pipeline;
    assert.ok(deploy && preview);
    assert.equal(typeof deploy["resource_group"], "string");
    assert.match(JSON.stringify(deploy["rules"]), /CI_PIPELINE_SOURCE == \\"schedule\\"/);
    assert.match(JSON.stringify(preview["rules"]), /merge_request_event/);
    assert.deepEqual(Object.keys(pipeline), ["default", "preview", "deploy"]);
  });

  void it("has commands that pass shellcheck", { skip: missing("shellcheck") }, () => {
    const directory = mkdtempSync(join(tmpdir(), "kms-pki-pipeline-"));
    try {
      const commands = Object.values(pipeline).flatMap((job) => [...(job.before_script ?? []), ...(job.script ?? [])]);
      assert.ok(commands.length >= 8, String(commands.length));
      writeFileSync(join(directory, "commands.sh"), `#!/bin/bash\n${commands.join("\n")}\n`);
      assert.equal(runTool("shellcheck", [join(directory, "commands.sh")]), "");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

void describe("The units of examples/ci", () => {
  void it("pass systemd-analyze", { skip: missing("systemd-analyze") }, () => {
    const directory = mkdtempSync(join(tmpdir(), "kms-pki-units-"));
    try {
      const files = readdirSync(join(EXAMPLE, "systemd"));
      assert.deepEqual(files.sort(), ["kms-pki-deploy.service", "kms-pki-deploy.timer"]);
      for (const file of files) {
        copyFileSync(join(EXAMPLE, "systemd", file), join(directory, file));
      }
      assert.equal(runTool("systemd-analyze", ["verify", ...files.map((file) => join(directory, file))]), "");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

void describe("The shell scripts", { skip: missing("shellcheck") }, () => {
  const check = (directory: string, files: readonly string[]): string =>
    runTool("shellcheck", [
      ...["--external-sources", "--check-sourced", "--exclude=SC1091"], // computed paths are not followed
      ...files.map((file) => join(directory, file)),
    ]);

  void it("that deployments run on hosts pass shellcheck", () => {
    assert.equal(check(join(CHECKOUT, "provider", "cli", "deploy"), ["onHost.sh"]), "");
  });

  void it("of the toolchain pass shellcheck", () => {
    const directory = join(CHECKOUT, "toolchain");
    const files = readdirSync(directory).filter((file) => file.endsWith(".sh"));
    assert.equal(check(directory, files), "");
  });
});
