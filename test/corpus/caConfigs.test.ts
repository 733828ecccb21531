import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { JsonObject } from "../../provider/stepca/jsonObject";
import { Authority, type Outputs } from "../cli/authority";
import { call } from "../cli/testShell";
import { freePort } from "../fixtures/freePort";
import { StepCa } from "../engine/stepCa";
import { findTool, missing, runTool } from "../tools";

interface CaConfigFile {
  /** The program that made it, and its content. */
  readonly what: string;
  /** Makes the text of the file from an export of this authority. */
  readonly make: (exported: JsonObject) => string;
  /** The result of `export --merge`: its notes, or why it refuses the file. */
  readonly ours: readonly string[] | RegExp;
  /** step-ca's verdict on the merged file, or on the file that we refuse. */
  readonly stepCa: "serves" | "refuses it";
}

const text = (config: JsonObject): string => JSON.stringify(config, null, 2);
const withKms = (kms: unknown) => (exported: JsonObject) => text({ ...exported, kms });

void describe("A ca.json that others wrote", { skip: missing("step-ca", "step"), timeout: 120_000 }, () => {
  let authority: Authority;
  let outputs: Outputs;
  let port: number;
  let passwordFile: string;
  const path = (...names: string[]): string => authority.path("ca", ...names);
  const kmsPki = (...args: string[]): ReturnType<typeof call> =>
    call(["export", "--outputs", "-", ...args], { cwd: authority.directory, stdin: JSON.stringify(outputs) });

  before(async () => {
    authority = await Authority.create();
    outputs = await authority.outputs({ notBefore: new Date(Date.now() - 60_000) });
    port = await freePort();
    passwordFile = authority.path("password");
    writeFileSync(passwordFile, "password");
    mkdirSync(path());
  });
  after(() => {
    authority.remove();
  });

  /** The output of the real `step ca init` for its own CA. */
  const stepCaInit = (): string => {
    const home = authority.path("init");
    const options = [
      "--name",
      "Other",
      "--dns",
      "127.0.0.1",
      "--address",
      `127.0.0.1:${String(port)}`,
      "--provisioner",
      "admin",
    ];
    runTool("env", [
      `STEPPATH=${home}`,
      `HOME=${home}`,
      findTool("step") ?? "step",
      "ca",
      "init",
      ...options,
      "--password-file",
      passwordFile,
    ]);
    return readFileSync(join(home, "config", "ca.json"), "utf8");
  };

  const kept = (names: string): string => `note: kms keeps ${names}, which the stack does not set`;
  const gone = (names: string): string => `note: kms no longer has ${names}, which contradicts what the stack sets`;
  const files: readonly CaConfigFile[] = [
    { what: "step: ca init", make: stepCaInit, ours: [], stepCa: "serves" },
    { what: "by hand: a type in capitals", make: withKms({ type: "SoftKMS" }), ours: [], stepCa: "serves" },
    { what: "by hand: an empty kms", make: withKms({}), ours: [], stepCa: "serves" },
    { what: "by hand: kms null", make: withKms(null), ours: [], stepCa: "serves" },
    { what: "by hand: a uri without a type", make: withKms({ uri: "SOFTKMS:" }), ours: [], stepCa: "serves" },
    {
      what: "by hand: a softkms with its own setting",
      make: withKms({ type: "softkms", storageDirectory: "/keys" }),
      ours: [kept("storageDirectory")],
      stepCa: "serves",
    },
    {
      what: "by hand: a YubiKey with a PIN",
      make: withKms({ type: "yubikey", uri: "yubikey:serial=1?pin-value=111111", pin: "222222" }),
      ours: [gone("pin, uri")],
      stepCa: "serves",
    },
    {
      what: "by hand: fields in a different case",
      make: ({ root, crt, key, kms, ...others }) => text({ ROOT: root, Crt: crt, KEY: key, Kms: kms, ...others }),
      ours: [],
      stepCa: "serves",
    },
    {
      what: "by hand: tabs and Windows newlines",
      make: (exported) => JSON.stringify(exported, null, "\t").replaceAll("\n", "\r\n"),
      ours: [],
      stepCa: "serves",
    },
    {
      what: "by hand: a field that occurs twice, where Go uses the last",
      make: (exported) => text(exported).replace("{", '{ "key": "/old",'),
      ours: /^CONFIG_INVALID: .* has the field "key" twice/,
      stepCa: "serves",
    },
    {
      what: "by hand: a comment",
      make: (exported) => `// of the CA\n${text(exported)}`,
      ours: /^CONFIG_INVALID: /,
      stepCa: "refuses it",
    },
    {
      what: "by hand: a trailing comma",
      make: (exported) => text(exported).replace(/\n}$/, ",\n}"),
      ours: /^CONFIG_INVALID: /,
      stepCa: "refuses it",
    },
    {
      what: "by hand: a byte order mark",
      make: (exported) => `\ufeff${text(exported)}`,
      ours: /^CONFIG_INVALID: /,
      stepCa: "refuses it",
    },
  ];
  for (const { what, make, ours, stepCa } of files) {
    void it(`(${what}) is ${ours instanceof RegExp ? "refused" : "merged"}; step-ca ${stepCa}`, async () => {
      rmSync(path(), { recursive: true, force: true });
      assert.equal((await kmsPki("--dir", "ca")).exitCode, 0);
      const exported = JSON.parse(readFileSync(path("ca.json"), "utf8")) as JsonObject;
      const before = make({ ...exported, address: `127.0.0.1:${String(port)}`, dnsNames: ["127.0.0.1"] });
      writeFileSync(path("ca.json"), before);

      const { exitCode, stderr } = await kmsPki("--dir", "ca", "--merge", "ca/ca.json");
      if (ours instanceof RegExp) {
        assert.match(stderr, ours);
        assert.equal(exitCode, 1);
        assert.equal(readFileSync(path("ca.json"), "utf8"), before);
      } else {
        assert.equal(exitCode, 0, stderr);
        assert.deepEqual(
          stderr.split("\n").filter((line) => line !== ""),
          ours,
        );
        assert.doesNotMatch(readFileSync(path("ca.json"), "utf8"), /111111|222222/);
      }

      const starting = StepCa.start(path(), passwordFile, port, authority.path("home"));
      if (stepCa === "refuses it") {
        await assert.rejects(starting, /step-ca ended with/);
      } else {
        await (await starting).stop();
      }
    });
  }
});
