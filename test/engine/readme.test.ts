import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ScheduleKeyDeletionCommand } from "@aws-sdk/client-kms";
import { until } from "../fixtures/waiting";
import { checkRotation } from "../../provider/rotation/rotationRules";
import { AwsStack } from "../awskms/awsStack";
import { CloudStack, PROJECT } from "../cloudkms/cloudStack";
import { shellBlock } from "../documentation/shellBlocks";
import { missing, runTool } from "../tools";
import { CHECKOUT, PASSPHRASE, PulumiProject } from "./project";
import { commandLine, processesOf } from "./projectProcesses";
import { DeployProject } from "./deployProject";
import { Foreground, Terminal } from "./terminal";
import { Pkcs11Stack } from "./pkcs11Stack";
import { missingSoftHsm, PIN as TOKEN_PIN, SOFTHSM } from "../pkcs11/token";
import { PIN, YubiKeyStack } from "./yubiKeyStack";
import { NEW_EC_KEY } from "../fixtures/openssl";

const README = "README.md";
const SERVING = /Serving HTTPS on /;
const ENVIRONMENT = "source toolchain/stack-env.sh";

/** Without the lines for another terminal. */
function withoutServe(block: string): string {
  return block.replace(/^make serve.*$/m, "");
}

/** Without making and serving the authority, which already happened. */
function withoutMake(block: string): string {
  return withoutServe(block).replace(/^make up$/m, "");
}

/** The input lines of a block that shows a terminal. */
function typed(console: string): string {
  return console
    .split("\n")
    .filter((line) => line.startsWith("$ "))
    .map((line) => line.slice(2))
    .join("\n");
}

void describe(
  "The documents' lines, in a clone",
  { skip: missing("pulumi", "step-ca", "step", "openssl", "git") },
  () => {
    let clone: Terminal;
    let serving: Foreground;
    before(async () => {
      clone = await Terminal.inClone();
    });
    after(() => {
      clone.project.remove();
    });

    void it("make a certificate authority and serve it", async () => {
      serving = await Foreground.until(clone.start(shellBlock(README, "make up       #")), SERVING);
      const shown = shellBlock("docs/getting-started.md", "$ make up")
        .split("\n")
        .filter((line) => line.startsWith("✔"));
      assert.ok(shown.length > 0);
      for (const line of shown) {
        assert.ok(serving.output.includes(line), `${line} is not in:\n${serving.output}`);
      }
    });

    void it("have step-ca issue certificates, which git ignores", async () => {
      const block = withoutMake(typed(shellBlock("docs/getting-started.md", "$ make up"))); // both ran in the test before
      await clone.run(block, { STEPPATH: join(clone.project.scratch, "step") });
      const chain = ["-CAfile", "ca/root_ca.crt", "-untrusted", "ca/intermediate_ca.crt", "localhost.crt"];
      assert.match(
        execFileSync("openssl", ["verify", ...chain], { cwd: clone.project.directory, encoding: "utf8" }),
        /localhost\.crt: OK/,
      );
      assert.deepEqual(clone.untracked(), []);
    });

    void it("export and show certificates with kms-pki, even without HOME", async () => {
      const { output } = await clone.run(
        `unset HOME\n${shellBlock(README, "kms-pki export --dir ca")}\npulumi stack ls`,
      );
      assert.match(output, /root_ca|Root/);
      assert.match(output, /RENEWAL/);
      assert.doesNotMatch(output, /unbound variable|HOME/);
    });

    void it("refuse make down while step-ca is running, and destroy nothing", async () => {
      await assert.rejects(
        clone.run("make down"),
        /step-ca still runs on ca\/ \(process \d+\), and nothing was destroyed/,
      );
      assert.ok(existsSync(join(clone.project.directory, "keys", "root.pem")));
      assert.equal(process.kill(clone.servingProcess, 0), true);
      await serving.stop(clone.servingProcess);
    });

    void it("add a provisioner by a setting", async () => {
      await clone.run(shellBlock(README, "pulumi config set kms-pki:acme true"));
      assert.match(clone.project.read("ca/ca.json"), /"ACME"/);
    });

    void it("renew certificates", async () => {
      const { output } = await clone.run(
        `${ENVIRONMENT}\n${shellBlock("docs/renewal-and-rotation.md", "pulumi config set kms-pki:rootRenewBefore")}`,
      );
      assert.match(output, /RENEWAL/);
    });

    void it("replace a lost key", async () => {
      rmSync(join(clone.project.directory, "keys", "ssh-user-key.pem"));
      await clone.run(`${ENVIRONMENT}\npulumi refresh`);
      const block = shellBlock("docs/recovery.md", "pulumi stack --show-urns            #");
      const [show = "", ...rest] = block.split("\n");
      const { output } = await clone.run(`${ENVIRONMENT}\n${show}`);
      const [urn = ""] = /urn:\S+::ca-ssh-user-key\b/.exec(output) ?? [];
      await clone.run(`${ENVIRONMENT}\n${rest.join("\n").replace("URN", `'${urn}'`)}`);
      assert.ok(existsSync(join(clone.project.directory, "keys", "ssh-user-key.pem")));
    });

    void it("repair a stack after a killed run", async () => {
      const running = clone.start(
        `${ENVIRONMENT}\npulumi config set kms-pki:intermediateCommonName Other\nexec pulumi up --yes`,
      );
      const locks = join(clone.project.directory, ".pulumi-state", ".pulumi", "locks");
      await Foreground.until(running, /Updating|Previewing/);
      const isLocked = (): boolean =>
        existsSync(locks) && readdirSync(locks, { recursive: true }).some((file) => String(file).endsWith(".json"));
      const languageHosts = (): number[] =>
        processesOf(clone.project.scratch).filter((pid) => commandLine(pid).includes("pulumi-language-"));
      await until("the run has a lock and a language host", () => isLocked() && languageHosts().length > 0);
      running.kill("SIGKILL");
      await assert.rejects(clone.run(`${ENVIRONMENT}\npulumi up`), /currently locked/);
      const { output } = await clone.run(shellBlock("docs/recovery.md", "pgrep -af"));
      assert.ok(languageHosts().some((pid) => output.includes(`${String(pid)} `)));
      await clone.run(`${ENVIRONMENT}\n${shellBlock("docs/recovery.md", "pulumi cancel --yes")}\npulumi up`);
    });

    void it("rotate keys", async () => {
      // A new stack, because an existing authority needs more settings for its root.
      const stack = ["export KMS_PKI_STACK=rotated", ENVIRONMENT, "pulumi stack init rotated"];
      const keys = "pulumi config set kms-pki:directory keys/rotated";
      const { output } = await clone.run(
        [...stack, keys, shellBlock("docs/renewal-and-rotation.md", "schedule() {")].join("\n"),
      );
      assert.match(output, /updated|created/);
      assert.match(clone.project.read("rotation.svg"), /^<svg/);
      assert.deepEqual(clone.untracked(), []);
    });

    void it("turn deletion protection off, and destroy the stack", async () => {
      await clone.run(
        `${ENVIRONMENT}\n${shellBlock("docs/getting-started.md", "pulumi config set kms-pki:deletionProtection false && pulumi up\n")}`,
      );
      const { output } = await clone.run("make down");
      assert.match(output, /The stack dev is empty/);
    });

    void it("make an intermediate under an existing root", async () => {
      const { directory } = clone.project;
      runTool("openssl", [
        ...["req", "-x509", ...NEW_EC_KEY, "-days", "4000"],
        ...["-subj", "/CN=Old Root", "-keyout", join(directory, "root.key"), "-out", join(directory, "root.crt")],
      ]);
      const settings = shellBlock("docs/existing-cas.md", "pulumi config set kms-pki:rootCertificate");
      const project = "pulumi config set kms-pki:directory other-keys";
      await clone.run(
        `export KMS_PKI_STACK=other\n${ENVIRONMENT}\npulumi stack init other\n${project}\n${settings}\nmake up`,
      );
      const chain = ["-CAfile", "root.crt", "ca/intermediate_ca.crt"];
      const verified = execFileSync("openssl", ["verify", ...chain], { cwd: directory, encoding: "utf8" });
      assert.match(verified, /: OK/);
    });
  },
);

/** Follows the lines that make a certificate authority in a KMS, and starts step-ca on it. */
async function makeAndServe(
  clone: Terminal,
  block: string,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  await clone.run(withoutServe(block));
  const serving = await Foreground.until(clone.start("make serve", environment), SERVING);
  await serving.stop(clone.servingProcess);
}

/** The two alternatives in a block. */
function ways(block: string): [string, string] {
  const [first = "", second = ""] = block.split(/^# or.*\n/m);
  return [first, second];
}

const AWS_TOOLS = missing("pulumi", "step-ca", "ministack", "git");

void describe("The documents' lines of AWS KMS, in a clone", { skip: AWS_TOOLS }, () => {
  let clone: Terminal;
  let stack: AwsStack;
  before(async () => {
    clone = await Terminal.inClone();
    stack = await AwsStack.over(clone.project);
  });
  after(() => stack.stop());

  const intermediateKey = (): string => /"awskms:key-id=([^"]+)"/.exec(clone.project.read("ca/ca.json"))?.[1] ?? "";
  const loseIntermediateKey = async (): Promise<void> => {
    await stack.client.send(new ScheduleKeyDeletionCommand({ KeyId: intermediateKey() }));
    await clone.run(`${ENVIRONMENT}\npulumi refresh`);
  };

  void it("make a certificate authority and serve it", async () => {
    await makeAndServe(clone, shellBlock("docs/aws-kms.md", "kms-pki:kms awskms"), stack.stepCaEnvironment);
    assert.notEqual(intermediateKey(), "");
  });

  void it("recover a key that was scheduled for deletion", async () => {
    await loseIntermediateKey();
    const [keep] = ways(shellBlock("docs/aws-kms.md", "aws kms cancel-key-deletion", { ID: intermediateKey() }));
    await clone.run(`${ENVIRONMENT}\n${keep}`);
    assert.equal((await stack.describe(intermediateKey())).KeyState, "Enabled");
  });

  void it("make a new key in place of one that was scheduled for deletion", async () => {
    const old = intermediateKey();
    await loseIntermediateKey();
    const [, renew] = ways(shellBlock("docs/aws-kms.md", "aws kms cancel-key-deletion", { ID: old }));
    await clone.run(`${ENVIRONMENT}\n${renew}\nkms-pki export --dir ca --force`);
    assert.notEqual(intermediateKey(), old);
    assert.equal((await stack.describe(old)).KeyState, "PendingDeletion");
  });
});

void describe("The documents' lines of Cloud KMS, in a clone", { skip: missing("pulumi", "step-ca", "git") }, () => {
  let clone: Terminal;
  let stack: CloudStack;
  before(async () => {
    clone = await Terminal.inClone();
    stack = await CloudStack.over(clone.project);
  });
  after(() => stack.stop());

  const intermediateKey = (): string => /"(projects\/[^"]+)"/.exec(clone.project.read("ca/ca.json"))?.[1] ?? "";
  const loseIntermediateKey = async (): Promise<void> => {
    stack.server.state.destroyCryptoKeyVersion({ name: intermediateKey() });
    await clone.run(`${ENVIRONMENT}\npulumi refresh`);
  };

  void it("make a certificate authority and serve it", async () => {
    await makeAndServe(
      clone,
      shellBlock("docs/google-cloud-kms.md", "kms-pki:kms cloudkms", { PROJECT }),
      stack.stepCaEnvironment,
    );
    assert.notEqual(intermediateKey(), "");
  });

  void it("keep a version that was scheduled for destruction", async () => {
    await loseIntermediateKey();
    const [keep] = ways(
      shellBlock("docs/google-cloud-kms.md", "gcloud kms keys versions restore", { NAME: intermediateKey() }),
    );
    await clone.run(`${ENVIRONMENT}\n${keep}`);
    assert.ok((await stack.liveKeys()).includes(intermediateKey()));
  });

  void it("make a new version in place of one that was scheduled for destruction", async () => {
    const old = intermediateKey();
    await loseIntermediateKey();
    const { output } = await clone.run(`${ENVIRONMENT}\npulumi stack --show-urns`);
    const [URN = ""] = /urn:\S+:CryptoKeyVersion::ca-intermediate-key\S*/.exec(output) ?? [];
    const [, renew] = ways(
      shellBlock("docs/google-cloud-kms.md", "gcloud kms keys versions restore", { URN: `'${URN}'` }),
    );
    await clone.run(`${ENVIRONMENT}\n${renew}\nkms-pki export --dir ca --force`);
    assert.notEqual(intermediateKey(), old);
  });

  void it("use the ring and the keys of a destroyed stack", async () => {
    const settings = shellBlock("docs/google-cloud-kms.md", "kms-pki:existing.keyRing true");
    await clone.run(`${ENVIRONMENT}\npulumi destroy\n${settings}\npulumi up`);
    assert.equal((await stack.liveKeys()).length, 4);
  });
});

const YUBIKEY_TOOLS = missing("pulumi", "step-ca", "git", "pcscd", "piv-card", "yubico-piv-tool", "opensc-tool");

void describe("The documents' lines of a YubiKey, in a clone", { skip: YUBIKEY_TOOLS }, () => {
  void it("make a certificate authority and serve it", async () => {
    const clone = await Terminal.inClone();
    const stack = await YubiKeyStack.over(clone.project);
    try {
      mkdirSync(join(clone.project.directory, ".secrets"), { mode: 0o700 });
      writeFileSync(join(clone.project.directory, ".secrets", "pin"), PIN, { mode: 0o600 });
      await makeAndServe(clone, shellBlock("docs/yubikey.md", "kms-pki:kms yubikey"), stack.stepCaEnvironment);
      assert.match(clone.project.read("ca/ca.json"), /"key": "yubikey:slot-id=9c/);
    } finally {
      await stack.stop();
    }
  });
});

void describe(
  "The documents' lines of a PKCS#11 token, in a clone",
  { skip: missingSoftHsm("pulumi", "step-ca", "git", "cc") },
  () => {
    void it("make a certificate authority and serve it", async () => {
      const clone = await Terminal.inClone();
      const stack = Pkcs11Stack.over(clone.project);
      try {
        mkdirSync(join(clone.project.directory, ".secrets"), { mode: 0o700 });
        writeFileSync(join(clone.project.directory, ".secrets", "token-pin"), TOKEN_PIN, { mode: 0o600 });
        const lines = shellBlock("docs/pkcs11.md", "kms-pki:kms pkcs11")
          .replace(/^softhsm2-util .*$/m, "") // it asks for PINs, and the token is there
          .replace("/usr/lib/softhsm/libsofthsm2.so", SOFTHSM);
        await makeAndServe(clone, lines, stack.stepCaEnvironment);
        assert.match(clone.project.read("ca/ca.json"), /"key": "pkcs11:id=[0-9a-f]{32};object=ca-intermediate"/);
      } finally {
        await stack.stop();
      }
    });
  },
);

void describe("The lines of examples/ci on one machine", { skip: missing("pulumi", "step-ca") }, () => {
  void it("make an authority, hand it over to step-ca, and change nothing in a second run", async () => {
    const { project, host } = await DeployProject.create();
    try {
      writeFileSync(join(project.directory, "passphrase"), PASSPHRASE, { mode: 0o600 });
      const tries = shellBlock("examples/ci/README.md", "npx kms-pki deploy     # 3: there is no step-ca yet")
        .replaceAll("127.0.0.1:9443", host.address)
        .replaceAll(/^npx kms-pki deploy/gm, "npx kms-pki deploy && echo ended with 0 || echo ended with $?; true");
      // The packages are already installed. A step-ca in the background would keep the shell's output open forever.
      const stop = `trap 'kill "$(cat ca/step-ca.pid)"' EXIT`;
      const { output } = await new Terminal(project).run(`npm() { true; }\n${stop}\n${tries}`);
      const codes = [...output.matchAll(/^ended with (\d+)$/gm)].map(([, code]) => Number(code));
      assert.deepEqual(codes, [3, 0, 0], output);
    } finally {
      project.remove();
    }
  });

  void it("give the intermediate a schedule", async () => {
    const project = await PulumiProject.existing((directory) => {
      cpSync(join(CHECKOUT, "examples", "ci"), directory, { recursive: true });
    });
    try {
      await new Terminal(project).run(shellBlock("examples/ci/README.md", "rotation.intermediate.start"));
      const rotation = (await project.succeed(["config", "get", "rotation"])).stdout;
      assert.deepEqual(checkRotation(JSON.parse(rotation), "rotation", new Date()), []);
    } finally {
      project.remove();
    }
  });
});
