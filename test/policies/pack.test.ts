import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { RULES } from "../../policies/rules";
import { importsIn } from "../architecture/imports";
import { CHECKOUT } from "../engine/project";

const POLICIES = join(CHECKOUT, "policies");

void describe("The policy pack", () => {
  void it("has every rule, level and setting in the table of its document", () => {
    const rows = readFileSync(join(CHECKOUT, "docs", "policies.md"), "utf8")
      .split("\n")
      .filter((line) => /^\| (?:`|  )/.test(line) && line.split("|").length === 7)
      .map((line) =>
        line
          .split("|")
          .slice(1, 5)
          .map((cell) => cell.trim().replaceAll("`", "")),
      );
    const expected = RULES.flatMap(({ name, level, settings }) => {
      const own = Object.entries(settings).filter(([setting]) => setting !== "except");
      const cells = own.map(([setting, { default: value }]) => [setting, documented(value)]);
      return (cells.length === 0 ? [["", ""]] : cells).map((setting, index) => [
        ...(index === 0 ? [name, level] : ["", ""]),
        ...setting,
      ]);
    });
    assert.deepEqual(rows, expected);
  });

  void it("has the version and the dependency that the package is built and tested with", () => {
    const manifest = (file: string): Record<"version" | "devDependencies" | "dependencies", unknown> =>
      JSON.parse(readFileSync(file, "utf8")) as ReturnType<typeof manifest>;
    const [pack, main] = [manifest(join(POLICIES, "package.json")), manifest(join(CHECKOUT, "package.json"))];
    const versionIn = (dependencies: unknown, name: string): unknown =>
      new Map(Object.entries(dependencies ?? {})).get(name);
    assert.equal(pack.version, main.version);
    assert.equal(versionIn(pack.dependencies, "@pulumi/policy"), versionIn(main.devDependencies, "@pulumi/policy"));
    assert.equal(versionIn(pack.dependencies, "@pulumi/pulumi"), versionIn(main.dependencies, "@pulumi/pulumi"));
  });

  void it("imports no package but Pulumi's for policies, and that in one file", () => {
    const files = readdirSync(POLICIES).filter((file) => file.endsWith(".ts"));
    const packages = files.flatMap((file) =>
      importsIn(`../policies/${file.slice(0, -".ts".length)}`, readFileSync(join(POLICIES, file), "utf8"))
        .filter(({ isPackage, to }) => isPackage && !to.startsWith("node:"))
        .map(({ to }) => `${file}: ${to}`),
    );
    assert.deepEqual(packages, ["index.ts: @pulumi/policy"]);
  });
});

/** A default as the table shows it. */
function documented(value: unknown): string {
  if (Array.isArray(value)) {
    return value.includes("ED25519") ? "all but RSA_2048_PKCS1, RSA_2048_PSS" : value.join(", ");
  }
  return value === undefined ? "no limit" : JSON.stringify(value).replaceAll('"', "");
}
