import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { CHECKOUT } from "../engine/project";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import type { TestModule } from "./token";

/** A module whose calls are counted across all processes and can be made to fail: see faultyModule.c. */
export class FaultyModule implements TestModule {
  readonly modulePath: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly directory = temporaryDirectory();

  /** @param real the module behind it */
  constructor(real: TestModule) {
    this.modulePath = join(this.directory, "faultyModule.so");
    this.environment = {
      ...real.environment,
      FAULTY_MODULE: real.modulePath,
      FAULTY_DIRECTORY: this.directory,
    };
    const headers = join(dirname(createRequire(__filename).resolve("pkcs11js")), "includes", "pkcs11");
    const source = join(CHECKOUT, "test", "pkcs11", "faultyModule.c");
    execFileSync("cc", ["-shared", "-fPIC", "-I", headers, "-o", this.modulePath, source, "-ldl"], { stdio: "pipe" });
  }

  /** The functions that were called, in order. */
  get calls(): string[] {
    const file = join(this.directory, "calls");
    return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  }

  /** How often a function was called. */
  count(name: string): number {
    return this.calls.filter((call) => call === name).length;
  }

  /** Clears calls and faults. */
  clear(): void {
    rmSync(join(this.directory, "calls"), { force: true });
    rmSync(join(this.directory, "faults"), { force: true });
  }

  /** Makes the n-th next call of a function fail, as named in faultyModule.c: `C_Sign 1 crash`. */
  inject(...faults: readonly string[]): void {
    this.clear();
    writeFileSync(join(this.directory, "faults"), `${faults.join("\n")}\n`);
  }

  /** Sets the process that `kill` kills. */
  set engine(number: number | undefined) {
    writeFileSync(join(this.directory, "engine"), String(number));
  }
}
