import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readCertificate } from "../../provider/x509/certificate";
import { makeCa } from "../corpus/caWorkshop";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { missing } from "../tools";
import { type Answer, call } from "./testShell";

const ROTATION = {
  intermediate: { start: "2026-01-01T00:00:00Z", every: "40d", publishBefore: "5d", retireAfter: "7d" },
};

const directory = temporaryDirectory();
mkdirSync(join(directory, "bin"));
mkdirSync(join(directory, "below"));

/** Calls `kms-pki plan` with a `pulumi` on the PATH that runs a script. */
function plan(args: readonly string[], script: string): Promise<Answer> {
  writeFileSync(join(directory, "bin", "pulumi"), `#!/bin/sh\n${script}\n`, { mode: 0o700 });
  return call(["plan", "--from", "2026-01-01", ...args], {
    cwd: directory,
    environment: { PATH: `${join(directory, "bin")}:/usr/bin:/bin` },
  });
}

/** A `pulumi` that answers with a config, and records its calls. */
function answering(config: unknown): string {
  writeFileSync(join(directory, "config.json"), JSON.stringify(config));
  return 'printf "%s\\n" "$PWD" "$@" > "$(dirname "$0")/called"; cat "$(dirname "$0")/../config.json"';
}

const called = (): string[] =>
  readFileSync(join(directory, "bin", "called"), "utf8")
    .trimEnd()
    .split("\n");

void describe("The source of a rotation", () => {
  void it("is the config of the selected stack, in the current folder", async () => {
    const entry = { value: JSON.stringify(ROTATION), objectValue: ROTATION, secret: false };
    const { exitCode, stdout, stderr } = await plan([], answering({ "kms-pki:rotation": entry }));
    assert.equal(stderr, "");
    assert.equal(exitCode, 0);
    assert.match(stdout, /^intermediate-g1 /m);
    assert.deepEqual(called(), [realpathSync(directory), "config", "--json", "--non-interactive"]);
  });

  void it("is the config of the given stack and project, whatever form the value has", async () => {
    const script = answering({ "kms-pki:rotation": { value: JSON.stringify(ROTATION) } });
    assert.equal((await plan(["--cwd", "below", "--stack", "org/prod"], script)).exitCode, 0);
    assert.deepEqual(called(), [
      realpathSync(join(directory, "below")),
      ...["config", "--json", "--stack", "org/prod", "--non-interactive"],
    ]);
  });

  void it("shows the requests of an issuer elsewhere, which a stack without an up does not have yet", async () => {
    answering({ "kms-pki:rotation": { objectValue: ROTATION }, "kms-pki:rootKms": { value: "external" } });
    const script = 'case "$1" in config) cat "$(dirname "$0")/../config.json" ;; *) echo "{}" ;; esac';
    const { exitCode, stdout, stderr } = await plan(["--to", "40d"], script);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^REQUEST +FROM +ANSWER BY +WAITS FOR$/m);
    assert.match(stdout, /^intermediate-g1 +2026-02-05T00:00:00Z +2026-02-10T00:00:00Z *$/m);
  });

  void it("has the facts about adopted certificates that the config names", { skip: missing("openssl") }, async () => {
    const { certificatePem } = makeCa({ days: 700, extensions: "basicConstraints=critical,CA:TRUE,pathlen:1\n" });
    writeFileSync(join(directory, "Pulumi.yaml"), "name: test\nruntime: nodejs\n");
    writeFileSync(join(directory, "ca.crt"), certificatePem);
    const root = { start: "2026-12-01T00:00:00Z", every: "300d", publishBefore: "30d", retireAfter: "30d" };
    const adopt = (certificate: string): object => ({ objectValue: { certificate } });
    const config = {
      "kms-pki:rotation": { objectValue: { ...ROTATION, root } },
      "kms-pki:rootAdopt": adopt("ca.crt"),
      "kms-pki:intermediateAdopt": adopt("ca.crt"),
    };
    const { exitCode, stdout, stderr } = await plan(["--json", "--to", "10d", "--cwd", "below"], answering(config));
    assert.equal(exitCode, 0, stderr);
    const { steps, warnings } = JSON.parse(stdout) as {
      steps: { certificates: { name: string; notAfter?: string; pathLength?: number }[] }[];
      warnings: string[];
    };
    assert.match(warnings.join(), /The root has path length 1/);
    const found = (name: string) => steps[0]?.certificates.find((each) => each.name === name);
    const end = new Date(readCertificate(certificatePem).validTo).toISOString().replace(".000", "");
    assert.deepEqual([found("root")?.pathLength, found("intermediate")?.notAfter], [1, end]);

    const absent = await plan([], answering({ ...config, "kms-pki:rootAdopt": adopt("absent.crt") }));
    assert.equal(absent.exitCode === 0, false);
    assert.match(
      absent.stderr,
      /FILE_UNUSABLE: the file "absent\.crt" of kms-pki:rootAdopt\.certificate cannot be read/,
    );
  });

  void it("is what the config names as compromised, if there is no schedule", async () => {
    const entry = { objectValue: ["intermediate", "root"] };
    const drawing = join(directory, "compromised.svg");
    const { exitCode, stdout, stderr } = await plan(
      ["--svg", drawing],
      answering({ "kms-pki:compromised": entry, "kms-pki:acme": { value: "true" } }),
    );
    assert.equal(stderr, "");
    assert.equal(exitCode, 0);
    assert.match(stdout, /^2026-01-01T00:00:00Z +- +root-g1 +intermediate-g1-root-g1$/m);
    assert.match(stdout, /^warning: intermediate is compromised/m);
    assert.match(readFileSync(drawing, "utf8"), /<\/svg>/);
    const [wrong, none] = [{ objectValue: ["root-g7"] }, { objectValue: [] }];
    assert.match((await plan([], answering({ "kms-pki:compromised": wrong }))).stderr, /"root-g7" is a generation/);
    assert.equal((await plan([], answering({ "kms-pki:compromised": none }))).exitCode, 3);
  });

  void it("has the revocation lists in the config beside it", async () => {
    const crl = { url: "http://pki.example.com", every: "7d" };
    const lists = async (config: object, ...args: string[]): Promise<Answer> => {
      const settings = Object.fromEntries(
        Object.entries({ "kms-pki:rotation": ROTATION, ...config }).map(([key, value]) => [
          key,
          { value: JSON.stringify(value), objectValue: value },
        ]),
      );
      return plan(["--to", "10d", ...args], answering(settings));
    };
    const both = await lists({ "kms-pki:crl": { ...crl, root: { every: "90d", renewBefore: "30d" } } });
    assert.equal(both.exitCode, 0, both.stderr);
    assert.match(both.stdout, /^REVOCATION LISTS OF +EVERY +VALID FOR +FROM +UNTIL$/m);
    assert.match(both.stdout, /^root +90d +120d +- +-$/m);
    assert.match(both.stdout, /^intermediate +7d +10d12h +- +2026-02-17T00:00:00Z$/m);
    const existing = await lists({ "kms-pki:crl": crl, "kms-pki:rootCertificate": "root.crt" }, "--json");
    assert.deepEqual((JSON.parse(existing.stdout) as { revocationLists: unknown }).revocationLists, [
      {
        ...{ label: "intermediate", part: "intermediate", generation: 0, every: "7d", validity: "10d12h" },
        ...{ from: null, to: "2026-02-17T00:00:00Z" },
      },
    ]);
    assert.doesNotMatch((await lists({})).stdout, /REVOCATION/);
    const wrong = await lists({ "kms-pki:crl": { every: 7 } });
    assert.equal(wrong.exitCode, 3);
    assert.match(wrong.stderr, /crl\.every: VALIDITY_INVALID/);
  });

  void it("is a file, relative to the current folder", async () => {
    writeFileSync(join(directory, "rotation.json"), JSON.stringify(ROTATION));
    assert.equal((await plan(["--schedule", "rotation.json", "--cwd", "below"], "exit 99")).exitCode, 0);
  });

  void it("is the program's output when the config has none or --authority is given", async () => {
    const authority = (rotation?: object): object => ({ rootCertificate: "", caConfig: {}, rotation });
    const [file, config] = [join(directory, "outputs.json"), { "kms-pki:rotation": { objectValue: {} } }];
    const put = (outputs: object, settings: object): string => {
      writeFileSync(file, JSON.stringify(outputs));
      return `case "$*" in *output*) exec cat ${file};; esac; echo '${JSON.stringify(settings)}'`;
    };
    const rotating = { ca: authority(ROTATION) };
    for (const { args, outputs, settings } of [
      { args: [], outputs: rotating, settings: {} },
      { args: ["--authority", "ca"], outputs: { ...rotating, other: authority() }, settings: config },
    ]) {
      const { exitCode, stdout, stderr } = await plan(args, put(outputs, settings));
      assert.equal(stderr, "");
      assert.equal(exitCode, 0);
      assert.match(stdout, /^intermediate-g1 /m);
    }
    for (const { args, outputs, message } of [
      { args: [], outputs: { ca: authority() }, message: /^OUTPUTS_UNREADABLE: .*rootFingerprint/ },
      { args: ["--authority", "b"], outputs: rotating, message: /^AUTHORITY_NOT_FOUND: .*"b"/ },
    ]) {
      const { exitCode, stderr } = await plan(args, put(outputs, {}));
      assert.equal(exitCode, 3);
      assert.match(stderr, message);
    }
  });

  const refusals: readonly { what: string; args?: string[]; script: string; exitCode?: number; message: RegExp }[] = [
    {
      what: "a config without a rotation",
      script: "echo '{}'",
      message: /has no kms-pki:rotation, and the stack has no outputs\..*--schedule/,
    },
    {
      what: "an option that excludes another",
      args: ["--schedule", "x", "--authority", "ca"],
      script: "",
      exitCode: 64,
      message: /--schedule and --authority exclude each other/,
    },
    {
      what: "a failing pulumi",
      script: "echo 'error: no stack' >&2; exit 255",
      message: /pulumi config failed.*no stack/s,
    },
    { what: "an answer that is not JSON", script: "echo warning", message: /pulumi config returned no JSON/ },
    { what: "a missing folder", args: ["--cwd", "none"], script: "", message: /none" does not exist/ },
    { what: "a missing file", args: ["--schedule", "x"], script: "", message: /"x": ENOENT/ },
    {
      what: "an unquoted date in the stack's YAML, as Pulumi writes it",
      script: `echo '${JSON.stringify({
        "kms-pki:rotation": {
          objectValue: { intermediate: { ...ROTATION.intermediate, start: "2026-01-01 00:00:00 +0000 UTC" } },
        },
      })}'`,
      exitCode: 2,
      message: /rotation\.intermediate\.start: .*Quote it in YAML/,
    },
  ];
  for (const { what, args = [], script, exitCode = 3, message } of refusals) {
    void it(`is refused for ${what}`, async () => {
      const answer = await plan(args, script);
      assert.equal(answer.exitCode, exitCode);
      assert.match(answer.stderr, exitCode === 3 ? /^CONFIG_UNREADABLE: / : /^INPUT_INVALID: /);
      assert.match(answer.stderr, message);
    });
  }

  void it("explains a missing pulumi", async () => {
    const { stderr } = await call(["plan"], { cwd: directory, environment: { PATH: join(directory, "below") } });
    assert.match(stderr, /^CONFIG_UNREADABLE: pulumi is not installed.*--schedule/);
  });

  void it("is what the real pulumi reports for a stack without an update", { skip: missing("pulumi") }, async () => {
    const project = join(directory, "project");
    mkdirSync(join(project, "state"), { recursive: true });
    writeFileSync(join(project, "Pulumi.yaml"), "name: planned\nruntime: nodejs\n");
    const environment = {
      ...process.env,
      PULUMI_BACKEND_URL: `file://${join(project, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "passphrase",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    const pulumi = (...args: string[]): void => {
      execFileSync("pulumi", [...args, "--non-interactive"], { cwd: project, env: environment, stdio: "pipe" });
    };
    pulumi("stack", "init", "dev");
    for (const [field, value] of Object.entries(ROTATION.intermediate)) {
      pulumi("config", "set", "--path", `kms-pki:rotation.intermediate.${field}`, value);
    }
    const { exitCode, stdout, stderr } = await call(["plan", "--from", "2026-01-01"], { cwd: project, environment });
    assert.equal(stderr, "");
    assert.equal(exitCode, 0);
    assert.match(stdout, /^intermediate-g1 {2}2026-02-05T00:00:00Z/m);
  });
});
