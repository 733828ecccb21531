import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { AuthorityStatus } from "../../provider/cli/certificateStatus";
import type { JsonObject } from "../../provider/stepca/jsonObject";
import { Authority } from "./authority";
import { type Answer, call } from "./testShell";

const CHECKOUT = join(__dirname, "..", "..", "..");
const MAIN = join(CHECKOUT, "dist", "provider", "cli", "main.js");

const EXPORTED = ["ca.json", "intermediate_ca.crt", "root_ca.crt", "ssh_host_ca_key.pub", "ssh_user_ca_key.pub"];

function parse(args: readonly string[]): Promise<Answer> {
  return call(args, { cwd: CHECKOUT });
}

void describe("The kms-pki command line", () => {
  const helps: readonly { args: string[]; topic: RegExp }[] = [
    { args: ["--help"], topic: /^kms-pki: / },
    { args: ["-h"], topic: /^kms-pki: / },
    { args: ["help"], topic: /^kms-pki: / },
    { args: ["help", "export"], topic: /^kms-pki export: / },
    { args: ["export", "--help"], topic: /^kms-pki export: / },
    { args: ["export", "--dir", "x", "-h"], topic: /^kms-pki export: / },
    { args: ["help", "status"], topic: /^kms-pki status: / },
    { args: ["status", "--help"], topic: /^kms-pki status: / },
    { args: ["help", "plan"], topic: /^kms-pki plan: / },
    { args: ["plan", "--help"], topic: /^kms-pki plan: / },
    { args: ["help", "recover"], topic: /^kms-pki recover: / },
    { args: ["help", "lint"], topic: /^kms-pki lint: / },
    { args: ["lint", "a.pem", "--help"], topic: /^kms-pki lint: / },
  ];
  for (const { args, topic } of helps) {
    void it(`answers ${args.join(" ")} with usage, exit codes and two examples`, async () => {
      const { exitCode, stdout, stderr } = await parse(args);
      assert.equal(exitCode, 0);
      assert.equal(stderr, "");
      assert.match(stdout, topic);
      assert.match(stdout, /\nUsage:\n {2}kms-pki /);
      assert.match(stdout, /\nExit codes:\n {2}0 /);
      assert.match(stdout, /\nExamples:\n {2}.*kms-pki [^\n]+\n {2}.*kms-pki [^\n]+$/);
      assert.ok(stdout.split("\n").every((line) => line.length <= 100));
    });
  }

  const options = {
    export: ["--dir", "--prefix", "--merge", "--force", "--cwd", "--stack", "--authority", "--outputs"],
    status: ["--json", "--warn", "--check", "--cwd", "--stack", "--authority", "--outputs"],
    plan: ["--from", "--to", "--last-run", "--json", "--svg", "--schedule", "--cwd", "--stack", "--authority"],
    recover: ["--cwd", "--stack"],
    lint: ["--profile", "--json"],
  };
  for (const [command, names] of Object.entries(options)) {
    void it(`describes each option of ${command}`, async () => {
      const { stdout } = await parse([command, "--help"]);
      for (const name of names) {
        assert.match(stdout, new RegExp(`^  ${name}[ A-Z]*(?: {2}|\n {19})\\S`, "m"), name);
      }
    });
  }

  void it("prints the package's version", async () => {
    const { version } = JSON.parse(readFileSync(join(CHECKOUT, "package.json"), "utf8")) as { version: string };
    assert.deepEqual(await parse(["--version"]), { exitCode: 0, stdout: version, stderr: "" });
  });

  void it("prints its help to standard error when run without arguments", async () => {
    const { exitCode, stdout, stderr } = await parse([]);
    assert.equal(exitCode, 64);
    assert.equal(stdout, "");
    assert.match(stderr, /^kms-pki: /);
  });

  const refusals: readonly { args: string[]; message: RegExp; hint: string }[] = [
    { args: ["exprot"], message: /"exprot" is not a command/, hint: "kms-pki --help" },
    { args: ["toString"], message: /"toString" is not a command/, hint: "kms-pki --help" },
    { args: ["help", "me"], message: /"me" is not a command/, hint: "kms-pki --help" },
    { args: ["--dir", "x", "export"], message: /the command must come first/, hint: "kms-pki --help" },
    { args: ["export", "--directory", "x"], message: /'--directory'/, hint: "kms-pki export --help" },
    { args: ["export", "now"], message: /'now'/, hint: "kms-pki export --help" },
    { args: ["export", "--dir"], message: /'--dir/, hint: "kms-pki export --help" },
    { args: ["export", "--dir", "--force"], message: /'--dir' argument is ambiguous/, hint: "kms-pki export --help" },
    { args: ["export", "--dir", ""], message: /'--dir' is empty/, hint: "kms-pki export --help" },
    { args: ["export", "--force=no"], message: /'--force'/, hint: "kms-pki export --help" },
    { args: ["export", "--prefix", "etc"], message: /"etc" is not an absolute path/, hint: "kms-pki export --help" },
    {
      args: ["export", "--outputs", "-", "--stack", "s"],
      message: /exclude each other/,
      hint: "kms-pki export --help",
    },
    { args: ["lint"], message: /No file is named/, hint: "kms-pki lint --help" },
    { args: ["lint", "--profile", "public", "a.pem"], message: /is not a profile/, hint: "kms-pki lint --help" },
    { args: ["lint", "--all", "a.pem"], message: /'--all'/, hint: "kms-pki lint --help" },
    { args: ["status", "--force"], message: /'--force'/, hint: "kms-pki status --help" },
    { args: ["status", "--warn", "30"], message: /--warn "30" is not a duration/, hint: "kms-pki status --help" },
    { args: ["status", "--warn", "1y"], message: /--warn "1y" is not a duration/, hint: "kms-pki status --help" },
    { args: ["plan", "--outputs", "-"], message: /'--outputs'/, hint: "kms-pki plan --help" },
    { args: ["plan", "--from", "today"], message: /--from "today" is not an instant/, hint: "kms-pki plan --help" },
    { args: ["plan", "--from", "30d"], message: /--from "30d" is not an instant/, hint: "kms-pki plan --help" },
    { args: ["plan", "--to", "2026-02-30"], message: /"2026-02-30" .*nor a duration/, hint: "kms-pki plan --help" },
    { args: ["plan", "--last-run", "1"], message: /--last-run "1" is not an instant/, hint: "kms-pki plan --help" },
    { args: ["plan", "--schedule", "-", "--stack", "s"], message: /exclude each other/, hint: "kms-pki plan --help" },
  ];
  for (const { args, message, hint } of refusals) {
    void it(`refuses ${args.map((arg) => JSON.stringify(arg)).join(" ")} and points to the help`, async () => {
      const { exitCode, stdout, stderr } = await parse(args);
      assert.equal(exitCode, 64);
      assert.equal(stdout, "");
      assert.match(stderr, /^INPUT_INVALID: [^\n]*$/);
      assert.match(stderr, message);
      assert.ok(stderr.toLowerCase().includes(`see ${hint}`), stderr);
    });
  }
});

void describe("The kms-pki program", () => {
  let authority: Authority;
  before(async () => {
    authority = await Authority.create();
    writeFileSync(authority.path("outputs.json"), JSON.stringify(await authority.outputs({ notBefore: new Date() })));
  });
  after(() => {
    authority.remove();
  });

  function program(args: readonly string[], input = ""): Answer {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
      cwd: authority.directory,
      encoding: "utf8",
      input,
    });
    return { exitCode: status ?? -1, stdout, stderr };
  }

  void it("exports the files", () => {
    const { exitCode, stdout, stderr } = program(["export", "--outputs", "outputs.json", "--dir", "out/ca"]);
    assert.equal(stderr, "");
    assert.equal(exitCode, 0);
    assert.match(stdout, /^✔ Root Key: softkms:path=keys\/root.pem\n(?:.*\n)+✔ CA Configuration: out\/ca\/ca.json\n$/);
    assert.ok(existsSync(authority.path("out", "ca", "ca.json")));
  });

  void it("shows the status at the current time, from standard input", () => {
    const text = readFileSync(authority.path("outputs.json"), "utf8");
    const { exitCode, stdout } = program(["status", "--json", "--warn", "0s", "--outputs", "-"], text);
    const { certificates } = JSON.parse(stdout) as AuthorityStatus;
    assert.deepEqual(
      certificates.map((certificate) => certificate.status),
      ["valid", "valid"],
    );
    assert.equal(exitCode, 0);
  });

  void it("writes ca.json last, and keeps the old one intact when the new one does not fit on the disk", async () => {
    const outputs = await authority.outputs();
    const caConfig = { ...(outputs["caConfig"] as JsonObject), padding: "x".repeat(100_000) };
    writeFileSync(authority.path("long.json"), JSON.stringify({ ...outputs, caConfig }));
    mkdirSync(authority.path("full"));
    writeFileSync(authority.path("full", "ca.json"), "old");
    // The shell's file size limit leaves room for the certificates.
    const { status, stderr } = spawnSync(
      "sh",
      [
        "-c",
        'ulimit -f 16; exec "$0" "$@"',
        process.execPath,
        MAIN,
        "export",
        "--outputs",
        "long.json",
        "--dir",
        "full",
      ],
      { cwd: authority.directory, encoding: "utf8" },
    );
    assert.equal(status, 1, stderr);
    assert.match(stderr, /^FILE_UNUSABLE: .*ca.json" cannot be used: EFBIG/);
    assert.equal(readFileSync(authority.path("full", "ca.json"), "utf8"), "old");
    assert.deepEqual(readdirSync(authority.path("full")).sort(), EXPORTED);
  });

  void it("prints one message and no stack trace for a failure", () => {
    const { exitCode, stdout, stderr } = program(["export", "--outputs", "none.json"]);
    assert.equal(exitCode, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /^OUTPUTS_UNREADABLE: [^\n]*\n$/);
  });

  void it("begins with a shebang line", () => {
    assert.match(readFileSync(MAIN, "utf8"), /^#!\/usr\/bin\/env node\n/);
  });

  void it("loads neither the Pulumi SDK nor the code that makes certificates", () => {
    const script = `require(${JSON.stringify(join(CHECKOUT, "dist", "provider", "cli", "kmsPki.js"))});
      console.log(Object.keys(require.cache).join("\\n"))`;
    const { stdout } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
    assert.match(stdout, /kmsPki\.js/);
    assert.doesNotMatch(stdout, /node_modules\/@pulumi|node_modules\/@peculiar\/x509|\/resources\/|\/components\//);
  });
});
