import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { AwsStack } from "../awskms/awsStack";
import { CloudStack, PROJECT } from "../cloudkms/cloudStack";
import { shellBlock } from "../documentation/shellBlocks";
import { missing, runTool } from "../tools";
import { Clone, Foreground } from "./clone";
import type { KmsStack } from "./kmsStack";
import { PIN, YubiKeyStack } from "./yubiKeyStack";

const README = "README.md";
const SERVING = /Serving HTTPS on /;
const ENVIRONMENT = "source toolchain/stack-env.sh";

/** Without what a person does in another terminal. */
function withoutServe(block: string): string {
  return block.replace(/^make serve.*$/m, "");
}

/** What a person types of a block that shows a terminal. */
function typed(console: string): string {
  return console
    .split("\n")
    .filter((line) => line.startsWith("$ "))
    .map((line) => line.slice(2))
    .join("\n");
}

/** The process ID of the step-ca at work on the clone's `ca` folder. */
function servingProcess({ project }: Clone): number {
  return Number(project.read("ca/db/LOCK"));
}

void describe("README's lines, in a clone", { skip: missing("pulumi", "step-ca", "step", "openssl", "git") }, () => {
  let clone: Clone;
  let serving: Foreground;
  before(async () => {
    clone = await Clone.make();
  });
  after(() => {
    clone.project.remove();
  });

  void it("make a certificate authority and serve it", async () => {
    serving = await Foreground.until(clone.start(shellBlock(README, "make up       #")), SERVING);
    assert.match(serving.output, /✔ CA Configuration: ca\/ca\.json/);
  });

  void it("have step-ca issue certificates, of which git offers none to commit", async () => {
    const block = shellBlock(README, "$ make up");
    const shown = block.split("\n").filter((line) => line.startsWith("✔"));
    const { output } = await clone.run(withoutServe(typed(block)), { STEPPATH: join(clone.project.scratch, "step") });
    for (const line of shown) {
      assert.ok(output.includes(line), `${line} is not in:\n${output}`);
    }
    const chain = ["-CAfile", "ca/root_ca.crt", "-untrusted", "ca/intermediate_ca.crt", "localhost.crt"];
    assert.match(
      execFileSync("openssl", ["verify", ...chain], { cwd: clone.project.directory, encoding: "utf8" }),
      /localhost\.crt: OK/,
    );
    assert.deepEqual(
      clone.untracked().filter((line) => !line.includes("Pulumi.")),
      [],
    );
  });

  void it("find kms-pki in a shell that sourced the environment, also where there is no HOME", async () => {
    const { output } = await clone.run(`unset HOME\n${ENVIRONMENT}\nkms-pki status\npulumi stack ls`);
    assert.match(output, /root_ca|Root/);
    assert.doesNotMatch(output, /unbound variable|HOME/);
  });

  void it("refuse make down while step-ca is at work, and destroy nothing", async () => {
    await assert.rejects(
      clone.run("make down"),
      /step-ca still runs on ca\/ \(process \d+\), and nothing was destroyed/,
    );
    assert.ok(existsSync(join(clone.project.directory, "keys", "root.pem")));
    assert.equal(process.kill(servingProcess(clone), 0), true);
    await serving.stop(servingProcess(clone));
  });

  void it("renew certificates", async () => {
    const { output } = await clone.run(
      `${ENVIRONMENT}\n${shellBlock(README, "pulumi config set kms-pki:rootRenewBefore")}`,
    );
    assert.match(output, /RENEWAL/);
  });

  void it("give up a key that is lost", async () => {
    rmSync(join(clone.project.directory, "keys", "ssh-user-key.pem"));
    await clone.run(`${ENVIRONMENT}\npulumi refresh`);
    const block = shellBlock(README, "pulumi stack --show-urns");
    const [show = "", ...rest] = block.split("\n");
    const { output } = await clone.run(`${ENVIRONMENT}\n${show}`);
    const [urn = ""] = /urn:\S+::ca-ssh-user-key\b/.exec(output) ?? [];
    await clone.run(`${ENVIRONMENT}\n${rest.join("\n").replace("URN", `'${urn}'`)}`);
    assert.ok(existsSync(join(clone.project.directory, "keys", "ssh-user-key.pem")));
  });

  void it("set a stack right after a run that was killed", async () => {
    const running = clone.start(`${ENVIRONMENT}\npulumi config set kms-pki:name Other\nexec pulumi up --yes`);
    const locks = join(clone.project.directory, ".pulumi-state", ".pulumi", "locks");
    await Foreground.until(running, /Updating|Previewing/);
    while (
      !existsSync(locks) ||
      !readdirSync(locks, { recursive: true }).some((file) => String(file).endsWith(".json"))
    ) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    running.kill("SIGKILL");
    await assert.rejects(clone.run(`${ENVIRONMENT}\npulumi up`), /currently locked/);
    await clone.run(`${ENVIRONMENT}\n${shellBlock(README, "pulumi cancel --yes")}\npulumi up`);
  });

  void it("rotate keys", async () => {
    const { output } = await clone.run(`${ENVIRONMENT}\n${shellBlock(README, "schedule() {")}`);
    assert.match(output, /updated|created/);
    assert.match(clone.project.read("rotation.svg"), /^<svg/);
    assert.deepEqual(
      clone.untracked().filter((line) => !line.includes("Pulumi.")),
      [],
    );
  });

  void it("switch deletion protection off, and destroy what was made", async () => {
    await clone.run(
      `${ENVIRONMENT}\n${shellBlock(README, "pulumi config set kms-pki:deletionProtection false && pulumi up\n")}`,
    );
    const { output } = await clone.run("make down");
    assert.match(output, /The stack dev is empty/);
  });

  void it("make an intermediate under a root that exists", async () => {
    const { directory } = clone.project;
    runTool("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "4000"],
      ...["-subj", "/CN=Old Root", "-keyout", join(directory, "root.key"), "-out", join(directory, "root.crt")],
    ]);
    const settings = shellBlock(README, "pulumi config set kms-pki:rootCertificate");
    const project = "pulumi config set kms-pki:keyDirectory other-keys";
    await clone.run(
      `export KMS_PKI_STACK=other\n${ENVIRONMENT}\npulumi stack init other\n${project}\n${settings}\nmake up`,
    );
    const chain = ["-CAfile", "root.crt", "ca/intermediate_ca.crt"];
    const verified = execFileSync("openssl", ["verify", ...chain], { cwd: directory, encoding: "utf8" });
    assert.match(verified, /: OK/);
  });
});

/** The lines that make a certificate authority in a KMS, and what the KMS is played by. */
const KMSS: readonly {
  name: string;
  skip: string | false;
  /** Words that only the block about it holds. */
  words: string;
  over: (clone: Clone) => Promise<Pick<KmsStack, "stepCaEnvironment" | "stop">>;
  values?: Readonly<Record<string, string>>;
  /** A key of ca.json. */
  key: RegExp;
}[] = [
  {
    name: "AWS KMS",
    skip: missing("pulumi", "step-ca", "ministack", "git"),
    words: "kms-pki:kms awskms",
    over: ({ project }) => AwsStack.over(project),
    key: /"key": "awskms:key-id=/,
  },
  {
    name: "Cloud KMS",
    skip: missing("pulumi", "step-ca", "git"),
    words: "kms-pki:kms cloudkms",
    over: ({ project }) => CloudStack.over(project),
    values: { PROJECT },
    key: /"key": "projects\//,
  },
  {
    name: "a YubiKey",
    skip: missing("pulumi", "step-ca", "git", "pcscd", "piv-card", "yubico-piv-tool", "opensc-tool"),
    words: "kms-pki:kms yubikey",
    over: ({ project }) => YubiKeyStack.over(project),
    key: /"key": "yubikey:slot-id=9c/,
  },
];

void describe("README's lines of a KMS, in a clone", () => {
  for (const { name, skip, words, over, values = {}, key } of KMSS) {
    void it(`make a certificate authority in ${name} and serve it`, { skip }, async () => {
      const clone = await Clone.make();
      const stack = await over(clone);
      try {
        mkdirSync(join(clone.project.directory, ".secrets"), { mode: 0o700 });
        writeFileSync(join(clone.project.directory, ".secrets", "pin"), PIN, { mode: 0o600 });
        // A person logs in with Google's own program.
        const login = "gcloud() { true; }";
        const block = shellBlock(README, words, values);
        await clone.run(`${login}\n${withoutServe(block)}`);
        assert.match(clone.project.read("ca/ca.json"), key);
        const serving = await Foreground.until(clone.start("make serve", stack.stepCaEnvironment), SERVING);
        await serving.stop(servingProcess(clone));
      } finally {
        await stack.stop();
      }
    });
  }
});
