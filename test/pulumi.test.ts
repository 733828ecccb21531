import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as sdk from "@pulumi/pulumi";
import * as door from "../provider/pulumi";
import { CHECKOUT } from "./engine/project";

void describe("The door to Pulumi's SDK", () => {
  const named: Readonly<Record<string, unknown>> = { ...sdk.runtime, ...sdk };

  for (const [name, value] of Object.entries(door)) {
    void it(`has the SDK's own ${name}`, () => {
      assert.equal(value, named[name]);
    });
  }

  void it("loads a small part of the SDK", () => {
    const loaded = loadedBy(join(CHECKOUT, "dist", "index.js"), join(CHECKOUT, "dist", "provider", "index.js"));
    assert.ok(loaded.includes("@pulumi/pulumi/output.js"), "the SDK's files have other names");
    const heavy =
      /^(?:typescript|ts-node)\/|^@pulumi\/pulumi\/(?:index|runtime\/index|automation\/|runtime\/closure\/)/;
    assert.deepEqual(
      loaded.filter((file) => heavy.test(file)),
      [],
    );
  });
});

void describe("The plugin", () => {
  const pluginFile = (name: string): string => join(CHECKOUT, "dist", "provider", "plugin", name);

  const declaring = /^@pulumi\/pulumi\/(?!proto\/)/;
  const signing = /^@peculiar\/|^(?:sshpk|jose)\//;

  for (const [what, file] of [
    ["listens", "server.js"],
    ["knows its resources", "servedResources.js"],
  ] as const) {
    void it(`${what} before it has loaded what declares a resource, and what signs`, () => {
      const loaded = loadedBy(pluginFile(file));
      assert.ok(loaded.some((each) => each.startsWith("@grpc/grpc-js/")));
      assert.deepEqual(
        loaded.filter((each) => declaring.test(each) || signing.test(each)),
        [],
      );
    });
  }

  void it("declares a resource before it has loaded what signs", () => {
    const loaded = loadedBy(pluginFile("resourceClasses.js"));
    assert.ok(loaded.includes("@pulumi/pulumi/output.js"));
    assert.deepEqual(
      loaded.filter((each) => signing.test(each)),
      [],
    );
  });
});

void describe("The compile cache", () => {
  const cacheOf = (environment: NodeJS.ProcessEnv): string =>
    evaluated(
      `require(process.argv[1]); process.stdout.write(String(require("module").getCompileCacheDir()))`,
      [join(CHECKOUT, "dist", "provider", "index.js")],
      environment,
    );

  void it("lies among the installed packages", () => {
    const { NODE_COMPILE_CACHE: _, ...environment } = process.env;
    const expected = join(CHECKOUT, "node_modules", ".cache", "pulumi-kms-pki");
    assert.ok(cacheOf(environment).startsWith(expected), cacheOf(environment));
  });

  void it("is off if the environment says so", () => {
    assert.equal(cacheOf({ ...process.env, NODE_DISABLE_COMPILE_CACHE: "1" }), "undefined");
  });
});

/** The files in node_modules that Node loads for a file. Whether the file itself runs to its end does not matter. */
function loadedBy(...files: readonly string[]): string[] {
  const script = `
    for (const file of process.argv.slice(1)) try { require(file); } catch (cause) { if (!cause.__pulumiRunError) throw cause; }
    process.stdout.write(JSON.stringify(Object.keys(require.cache)));`;
  const loaded = JSON.parse(evaluated(script, files, process.env)) as string[];
  return loaded.flatMap((file) => file.split("/node_modules/").slice(1));
}

function evaluated(script: string, args: readonly string[], env: NodeJS.ProcessEnv): string {
  return execFileSync(process.execPath, ["-e", script, ...args], { encoding: "utf8", env });
}
