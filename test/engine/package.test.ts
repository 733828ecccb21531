import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { AwsStack } from "../awskms/awsStack";
import { CloudStack, PROJECT } from "../cloudkms/cloudStack";
import { relativeLinks } from "../documentation/links";
import { documents, shellBlock } from "../documentation/shellBlocks";
import { linkFolder } from "../fixtures/folderCopy";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { missing, runTool } from "../tools";
import { CHECKOUT, ended, PASSPHRASE, PulumiProject, UP_WITHOUT_PREVIEW } from "./project";
import { freePort } from "../fixtures/freePort";
import { Foreground, Terminal } from "./terminal";
import { MANAGEMENT_KEY, PIN, YubiKeyStack } from "./yubiKeyStack";
import { Pkcs11Stack } from "./pkcs11Stack";
import { missingSoftHsm, PIN as TOKEN_PIN, SOFTHSM } from "../pkcs11/token";

/** Runs a development dependency's command on the checkout's tarball, and returns its output. */
function judge(command: string, ...args: string[]): string {
  return execFileSync(join(CHECKOUT, "node_modules", ".bin", command), [...args, packed()], { encoding: "utf8" });
}

let tarball: string | undefined;

/** The path of the package tarball, which npm packs only once. */
function packed(): string {
  if (tarball === undefined) {
    const directory = temporaryDirectory();
    const pack = ["pack", "--ignore-scripts", "--silent", "--pack-destination", directory];
    const name = execFileSync("npm", pack, { cwd: CHECKOUT, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    tarball = join(directory, name.trim());
  }
  return tarball;
}

/** npm's list of the packages in a folder. */
const LIST = ".package-lock.json";
/** The packages of the examples, as far as they are installed. */
const installed = new Map<string, string>();

/** Keeps the packages that a project has installed, for projects that need the same ones and others. */
function keep(example: string, project: PulumiProject): void {
  const directory = temporaryDirectory();
  linkFolder(join(project.directory, "node_modules"), directory);
  installed.set(example, directory);
}

/**
 * Makes a project from an example and the packed package, which the first line of its README installs.
 *
 * @param over an example that needs some of the same packages and no others. They are there if its own test has installed them
 */
async function installExample(example: string, over = "softkms"): Promise<(directory: string) => void> {
  const port = await freePort();
  return (directory) => {
    cpSync(join(CHECKOUT, "examples", example), directory, { recursive: true });
    const packages = installed.get(over);
    if (packages !== undefined) {
      const modules = join(directory, "node_modules");
      mkdirSync(modules);
      linkFolder(packages, modules);
      // npm writes its list in place, so it must be no link.
      rmSync(join(modules, LIST));
      cpSync(join(packages, LIST), join(modules, LIST), { preserveTimestamps: true });
    }
    const program = join(directory, "index.ts");
    const address = `"127.0.0.1:${String(port)}"`; // the example's own may be in use
    writeFileSync(program, readFileSync(program, "utf8").replace('":9443"', address));
    const manifestPath = join(directory, "package.json");
    const manifest = JSON.parse(readFileSync(manifestPath, "utf8")) as { dependencies: Record<string, string> };
    manifest.dependencies["pulumi-kms-pki"] = `file:${packed()}`;
    writeFileSync(manifestPath, JSON.stringify(manifest));
  };
}

/** The words that a reader replaces in the lines of the examples' READMEs, and the files that they name. */
const VALUES = { PROJECT };
const SECRET_FILES = {
  passphrase: PASSPHRASE,
  "provisioner-password": PASSPHRASE,
  pin: PIN,
  "token-pin": TOKEN_PIN,
  "management-key": MANAGEMENT_KEY,
  credentials: "[pki]\naws_access_key_id = test\naws_secret_access_key = test-secret-access-key\n",
};

/**
 * Follows the README of an example, whose last line starts step-ca.
 *
 * @param types whether Pulumi checks the types of the program in the preview and in the up, or the compiler once
 */
async function follow(
  project: PulumiProject,
  block: string,
  environment: Readonly<Record<string, string>> = {},
  types: "by Pulumi" | "by the compiler" = "by the compiler",
): Promise<void> {
  for (const [name, content] of Object.entries(SECRET_FILES)) {
    writeFileSync(join(project.directory, name), content, { mode: 0o600 });
  }
  const terminal = new Terminal(project);
  const lines = block.trimEnd().split("\n");
  const serve = lines.pop() ?? "";
  project.setEnvironment({ AWS_SHARED_CREDENTIALS_FILE: join(project.directory, "credentials"), ...NPM });
  project.setEnvironment(types === "by Pulumi" ? {} : TYPES_CHECKED);
  await terminal.run(lines.join("\n"));
  if (types === "by the compiler") {
    await terminal.run("npx tsc --noEmit --skipLibCheck");
  }
  const serving = await Foreground.until(terminal.start(serve, environment), /Serving HTTPS on /);
  await serving.stop(terminal.servingProcess);
}

/** npm asks the registry only for what it has not kept. It compiles pcsclite with the headers of this Node, if it has them. */
const HEADERS = join(process.execPath, "..", "..");
const NPM = {
  ...{ npm_config_audit: "false", npm_config_fund: "false", npm_config_prefer_offline: "true" },
  ...(existsSync(join(HEADERS, "include", "node", "node.h")) ? { npm_config_nodedir: HEADERS } : {}),
};
/** A run of a program whose types are checked otherwise, or were. */
const TYPES_CHECKED = { PULUMI_NODEJS_TRANSPILE_ONLY: "true" };
const YUBIKEY_TOOLS = ["pcscd", "piv-card", "yubico-piv-tool", "opensc-tool"];

void describe("The tarball", { skip: missing("npm") }, () => {
  void it("passes publint", () => {
    assert.match(judge("publint", "--strict"), /All good!/);
  });

  void it("provides types for every kind of module resolution, as attw checks", () => {
    assert.match(judge("attw", "--format", "ascii", "--no-emoji"), /No problems found/);
  });
});

void describe("The packed package in an empty Pulumi project", { skip: missing("pulumi", "npm", "openssl") }, () => {
  let project: PulumiProject;
  before(async () => {
    project = await PulumiProject.existing(await installExample("softkms"));
  });
  after(() => {
    project.remove();
  });

  void it("makes and serves the example's certificate authority with a TypeScript program, with README's lines", async () => {
    await follow(project, shellBlock("examples/softkms/README.md", "npm install"), {}, "by Pulumi");
    keep("softkms", project);
    assert.match((await project.succeed(UP_WITHOUT_PREVIEW, TYPES_CHECKED)).output, /12 unchanged/);
    const chain = await project.output("teamChain");
    writeFileSync(join(project.directory, "team.pem"), chain);
    writeFileSync(join(project.directory, "root.pem"), await project.output("ca.rootCertificate"));
    const arguments_ = ["verify", "-x509_strict", "-CAfile", "root.pem", "team.pem"];
    assert.match(
      execFileSync("openssl", arguments_, { cwd: project.directory, encoding: "utf8" }),
      /team\.pem: OK/,
      runTool("openssl", ["version"]),
    );
  });

  void it("includes the documents, whose links lead to files that it includes", () => {
    const packed = join(project.directory, "node_modules", "pulumi-kms-pki");
    const files = documents().filter((file) => existsSync(join(packed, file)));
    for (const file of ["README.md", "docs/getting-started.md", "docs/errors.md", "examples/softkms/README.md"]) {
      assert.ok(files.includes(file), file);
    }
    const broken = files.flatMap(relativeLinks).filter(({ path }) => !existsSync(join(packed, path)));
    assert.deepEqual(
      broken.map(({ from, text }) => `${from}: ${text}`),
      [],
    );
  });

  void it("includes no cloud package", () => {
    for (const name of ["@pulumi/aws", "@pulumi/gcp", "@aws-sdk", "@google-cloud", "pcsclite", "pkcs11js"]) {
      assert.equal(existsSync(join(project.directory, "node_modules", name)), false, name);
    }
  });

  void it("includes the command kms-pki", async () => {
    const run = await ended(project.npx("kms-pki", ["export", "--dir", "ca"]));
    assert.equal(run.code, 0, run.output);
    assert.match(project.read("ca/ca.json"), /"ca\.example\.com"/);
    const status = await ended(project.npx("kms-pki", ["status"]));
    assert.equal(status.code, 0, status.output);
  });
});

/**
 * That nothing is left to do, and that openssl verifies what `kms-pki export` writes.
 *
 * @returns what the export printed
 */
async function assertWhole(project: PulumiProject): Promise<string> {
  assert.match((await project.succeed(UP_WITHOUT_PREVIEW, TYPES_CHECKED)).output, /\d+ unchanged/);
  const exported = await ended(project.npx("kms-pki", ["export", "--dir", "ca"]));
  assert.equal(exported.code, 0, exported.output);
  const arguments_ = ["verify", "-x509_strict", "-CAfile", "ca/root_ca.crt", "ca/intermediate_ca.crt"];
  const verified = execFileSync("openssl", arguments_, { cwd: project.directory, encoding: "utf8" });
  assert.match(verified, /intermediate_ca\.crt: OK/);
  return exported.output;
}

void describe("The packed package with AWS KMS", { skip: missing("pulumi", "npm", "ministack", "openssl") }, () => {
  let stack: AwsStack;
  before(async () => {
    stack = await AwsStack.over(await PulumiProject.existing(await installExample("aws-kms")));
  });
  after(() => stack.stop());

  void it("makes the example's certificate authority, with its root in another region, with README's lines", async () => {
    const { project } = stack;
    await follow(project, shellBlock("examples/aws-kms/README.md", "npm install"), stack.stepCaEnvironment);
    await assertWhole(project);
    assert.match(project.read("ca/ca.json"), /"key": "awskms:key-id=[0-9a-f-]{36}"/);
  });
});

void describe("The packed package with Cloud KMS", { skip: missing("pulumi", "npm", "openssl") }, () => {
  let stack: CloudStack;
  before(async () => {
    stack = await CloudStack.over(await PulumiProject.existing(await installExample("cloud-kms")));
  });
  after(() => stack.stop());

  void it("makes the example's certificate authority, and exports its root's attestation, with README's lines", async () => {
    const { project } = stack;
    await follow(project, shellBlock("examples/cloud-kms/README.md", "npm install", VALUES), stack.stepCaEnvironment);
    const exported = await assertWhole(project);
    assert.match(exported, /✔ Root Attestation: ca\/root_attestation\.dat \(CAVIUM_V2_COMPRESSED\)/);
    assert.match(project.read("ca/ca.json"), /"key": "projects\/[^"]+\/cryptoKeyVersions\/1"/);
  });
});

const withYubiKey = { skip: missing("pulumi", "npm", "openssl", ...YUBIKEY_TOOLS) };

void describe("The packed package with a YubiKey", withYubiKey, () => {
  let stack: YubiKeyStack;
  before(async () => {
    stack = await YubiKeyStack.over(await PulumiProject.existing(await installExample("yubikey")));
  });
  after(() => stack.stop());

  void it("makes the example's certificate authority, with its certificates in the slots, with README's lines", async () => {
    const { project } = stack;
    await follow(project, shellBlock("examples/yubikey/README.md", "npm install"), stack.stepCaEnvironment);
    keep("yubikey", project);
    await assertWhole(project);
    assert.equal(await stack.certificate("9c"), project.read("ca/intermediate_ca.crt").trim());
  });
});

void describe(
  "The packed package with a PKCS#11 token",
  { skip: missingSoftHsm("pulumi", "npm", "openssl", "cc") },
  () => {
    let stack: Pkcs11Stack;
    before(async () => {
      stack = Pkcs11Stack.over(await PulumiProject.existing(await installExample("pkcs11")));
    });
    after(() => stack.stop());

    void it("makes the example's certificate authority, with its certificates in the token, with README's lines", async () => {
      const { project } = stack;
      const lines = shellBlock("examples/pkcs11/README.md", "npm install");
      await follow(project, lines.replace("/usr/lib/softhsm/libsofthsm2.so", SOFTHSM), stack.stepCaEnvironment);
      await assertWhole(project);
      assert.equal(stack.labels.length, 4);
      assert.equal(stack.tool("--list-objects", "--type", "cert").match(/Certificate Object/g)?.length, 2);
    });
  },
);

void describe(
  "The packed package with a root in a YubiKey over AWS KMS",
  { skip: missing("pulumi", "npm", "openssl", "ministack", ...YUBIKEY_TOOLS) },
  () => {
    let aws: AwsStack;
    let stack: YubiKeyStack;
    before(async () => {
      aws = await AwsStack.over(await PulumiProject.existing(await installExample("offline-root", "yubikey")));
      stack = await YubiKeyStack.over(aws.project);
    });
    after(async () => {
      await stack.readers.stop();
      await aws.stop();
    });

    void it("makes the example's certificate authority, and changes nothing without the device, with README's lines", async () => {
      await follow(aws.project, shellBlock("examples/offline-root/README.md", "npm install"), aws.stepCaEnvironment);
      await stack.readers.remove(stack.card);
      assert.match((await aws.project.succeed(UP_WITHOUT_PREVIEW, TYPES_CHECKED)).output, /\d+ unchanged/);
      assert.equal(await aws.project.output("ca.rootKey"), "yubikey:slot-id=9c");
      assert.match(await aws.project.output("ca.intermediateKey"), /^awskms:key-id=/);
    });
  },
);
