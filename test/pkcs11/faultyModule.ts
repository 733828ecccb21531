import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { CHECKOUT } from "../engine/project";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import type { TestModule } from "./token";

/** A module whose calls are counted, over all processes, and can be made to fail: see faultyModule.c. */
export class FaultyModule implements TestModule {
  readonly modulePath: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly directory = temporaryDirectory();

  /** @param real what it stands before */
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

  /** The functions that were called, in their order. */
  get calls(): string[] {
    const file = join(this.directory, "calls");
    return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  }

  /** How often a function was called. */
  count(name: string): number {
    return this.calls.filter((call) => call === name).length;
  }

  /** Forgets calls and faults. */
  clear(): void {
    rmSync(join(this.directory, "calls"), { force: true });
    rmSync(join(this.directory, "faults"), { force: true });
  }

  /** Has the n-th call of a function from now on go wrong, as faultyModule.c names it: `C_Sign 1 crash`. */
  inject(...faults: readonly string[]): void {
    this.clear();
    writeFileSync(join(this.directory, "faults"), `${faults.join("\n")}\n`);
  }

  /** Names the process that `kill` kills. */
  set engine(number: number | undefined) {
    writeFileSync(join(this.directory, "engine"), String(number));
  }
}
