import assert from "node:assert/strict";
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { Authority, BEGINNING } from "./authority";
import { type Answer, call } from "./testShell";

void describe("The source of the outputs", () => {
  let authority: Authority;
  let text: string;
  before(async () => {
    authority = await Authority.create();
    text = JSON.stringify(await authority.outputs());
    mkdirSync(authority.path("bin"));
    mkdirSync(authority.path("below"));
    writeFileSync(authority.path("outputs.json"), text);
  });
  after(() => {
    authority.remove();
  });

  /** Calls `kms-pki status` with a `pulumi` on the PATH that runs a script. */
  function status(args: readonly string[], script: string, stdin = ""): Promise<Answer> {
    writeFileSync(authority.path("bin", "pulumi"), `#!/bin/sh\n${script}\n`, { mode: 0o700 });
    return call(["status", ...args], {
      cwd: authority.directory,
      stdin,
      now: BEGINNING,
      environment: { PATH: `${authority.path("bin")}:/usr/bin:/bin`, GREETING: "hello" },
    });
  }

  const record =
    'printf "%s\\n" "$PWD" "$GREETING" "$@" > "$(dirname "$0")/called"; cat "$(dirname "$0")/../outputs.json"';
  const called = (): string[] => readFileSync(authority.path("bin", "called"), "utf8").trimEnd().split("\n");

  void it("is pulumi in the current folder and environment, never interactive", async () => {
    const answer = await status([], record);
    assert.equal(answer.stderr, "");
    assert.equal(answer.exitCode, 0);
    assert.deepEqual(called(), [
      realpathSync(authority.directory),
      "hello",
      ...["stack", "output", "--json", "--show-secrets", "--non-interactive"],
    ]);
  });

  void it("is pulumi with the given folder and stack", async () => {
    assert.equal((await status(["--cwd", "below", "--stack", "org/prod"], record)).exitCode, 0);
    const [cwd, , ...args] = called();
    assert.equal(cwd, realpathSync(authority.path("below")));
    assert.deepEqual(args.slice(-3), ["--stack", "org/prod", "--non-interactive"]);
  });

  void it("is a file, relative to the current folder", async () => {
    assert.equal((await status(["--outputs", "outputs.json", "--cwd", "below"], "exit 99")).exitCode, 0);
  });

  void it("is one of several authorities, chosen by the name of its output", async () => {
    writeFileSync(authority.path("several.json"), `{"web": {"rootCertificate": "", "caConfig": {}}, "ca": ${text}}`);
    const several = ["--outputs", "several.json"];
    assert.equal((await status([...several, "--authority", "ca"], "exit 99")).exitCode, 0);
    const { exitCode, stderr } = await status(several, "exit 99");
    assert.equal(exitCode, 3);
    assert.match(stderr, /^AUTHORITY_AMBIGUOUS: "several.json" returned several authorities: web, ca. /);
  });

  void it("is refused for a stack without an update", async () => {
    const { exitCode, stderr } = await status([], "echo '{}'");
    assert.equal(exitCode, 3);
    assert.match(stderr, /^AUTHORITY_NOT_FOUND: pulumi stack output returned no authority.*pulumi up/);
  });

  for (const { runtime, line } of [
    { runtime: "runtime: nodejs", line: "export const ca = new pki.CertificateAuthority(...)" },
    { runtime: 'runtime: "yaml"', line: "outputs: { ca: ${ca.outputs} }" },
    { runtime: "runtime:\n  name: python\n  options:\n    virtualenv: venv", line: 'pulumi.export("ca", ca.outputs)' },
    { runtime: "runtime: { name: go }", line: 'ctx.Export("ca", ca.Outputs)' },
    { runtime: "runtime: dotnet", line: undefined },
  ]) {
    void it(`is refused without an authority, with the line for the program's language: ${runtime}`, async () => {
      writeFileSync(authority.path("Pulumi.yaml"), `name: example\n${runtime}\n`);
      const { stderr } = await status([], `echo '{"other": 1}'`);
      const advice = `Have the program export it${line === undefined ? "" : ` (${line})`}, run pulumi up`;
      assert.ok(stderr.includes(advice), stderr);
    });
  }

  void it("is standard input", async () => {
    assert.equal((await status(["--outputs", "-"], "exit 99", text)).exitCode, 0);
  });

  void it("shows what a failing pulumi printed, and what to do", async () => {
    const { exitCode, stderr, stdout } = await status([], "echo 'error: no stack named prod found' >&2; exit 255");
    assert.equal(exitCode, 3);
    assert.equal(stdout, "");
    assert.match(stderr, /^OUTPUTS_UNREADABLE: .*\nerror: no stack named prod found\n.*--stack/s);
    assert.doesNotMatch(stderr, /^\s+at /m);
  });

  const refusals: readonly { what: string; args: string[]; script?: string; message: RegExp }[] = [
    { what: "an answer that is not JSON", args: [], script: "echo 'warning: {'", message: /no JSON object/ },
    { what: "a folder that does not exist", args: ["--cwd", "nowhere"], message: /nowhere" does not exist.*--cwd/ },
    { what: "a file that does not exist", args: ["--outputs", "none.json"], message: /"none.json".*ENOENT/ },
    { what: "a file that is a folder", args: ["--outputs", "below"], message: /"below".*EISDIR/ },
    { what: "an empty standard input", args: ["--outputs", "-"], message: /standard input returned no JSON/ },
  ];
  for (const { what, args, script = "exit 99", message } of refusals) {
    void it(`is refused for ${what}`, async () => {
      const { exitCode, stderr } = await status(args, script);
      assert.equal(exitCode, 3);
      assert.match(stderr, /^OUTPUTS_UNREADABLE: /);
      assert.match(stderr, message);
    });
  }

  void it("explains a missing pulumi", async () => {
    const { exitCode, stderr } = await call(["export"], {
      cwd: authority.directory,
      environment: { PATH: authority.path("below") },
    });
    assert.equal(exitCode, 1);
    assert.match(stderr, /^OUTPUTS_UNREADABLE: pulumi is not installed.*--outputs/);
  });
});
