import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { findTool, missing } from "../tools";

/** The PIN of the test tokens. The tests search for it where it must not be. */
export const PIN = "correct-pin-4711";
const SO_PIN = "security-officer-0815";

/** The libraries, as toolchain/test-env.sh found or built them. */
export const SOFTHSM = process.env["SOFTHSM"] ?? "";
const KRYOPTIC = process.env["KRYOPTIC"] ?? "";

/** For the `skip` option of a test on SoftHSM, which also needs programs: false if nothing is missing. */
export function missingSoftHsm(...programs: readonly string[]): string | false {
  return missingModule("softhsm", SOFTHSM, programs);
}

/** The same for kryoptic. */
export function missingKryoptic(): string | false {
  return missingModule("kryoptic", KRYOPTIC, []);
}

function missingModule(name: string, path: string, programs: readonly string[]): string | false {
  if (!existsSync(path) || !isInstalled("pkcs11js")) {
    return `missing: ${name} or pkcs11js; make test gets them`;
  }
  return missing("pkcs11-tool", "softhsm2-util", ...programs);
}

function isInstalled(packageName: string): boolean {
  try {
    createRequire(__filename).resolve(packageName);
    return true;
  } catch {
    return false;
  }
}

/** A module with its own tokens, in a folder that is removed after the tests of the file. */
export interface TestModule {
  readonly modulePath: string;
  /** The environment in which the module and every tool find the tokens. */
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
}

/** Tokens of SoftHSM. */
export function softHsm(...labels: readonly string[]): TestModule {
  const directory = temporaryDirectory();
  const configuration = join(directory, "softhsm2.conf");
  mkdirSync(join(directory, "tokens"));
  writeFileSync(
    configuration,
    `directories.tokendir = ${join(directory, "tokens")}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  const module = { modulePath: SOFTHSM, environment: { SOFTHSM2_CONF: configuration }, directory };
  for (const label of labels) {
    initializeToken(module, label);
  }
  return module;
}

/** Makes a token of SoftHSM. */
export function initializeToken(module: TestModule, label: string): void {
  run("softhsm2-util", module, ["--init-token", "--free", "--label", label, "--so-pin", SO_PIN, "--pin", PIN]);
}

/** A token of kryoptic, which has one token per file. */
export function kryoptic(label: string): TestModule {
  const directory = temporaryDirectory();
  const configuration = join(directory, "kryoptic.conf");
  writeFileSync(configuration, `[[slots]]\nslot = 0\ndbtype = "sqlite"\ndbargs = "${join(directory, "token.sql")}"\n`);
  const module = { modulePath: KRYOPTIC, environment: { KRYOPTIC_CONF: configuration }, directory };
  pkcs11Tool(module, "--slot", "0", "--init-token", "--label", label, "--so-pin", SO_PIN);
  pkcs11Tool(module, "--login", "--login-type", "so", "--so-pin", SO_PIN, "--init-pin", "--pin", PIN);
  return module;
}

/** Runs OpenSC's tool on a module. */
export function pkcs11Tool(module: TestModule, ...args: readonly string[]): string {
  return run("pkcs11-tool", module, ["--module", module.modulePath, ...args]);
}

/** Runs OpenSC's tool on a token, as its user. */
export function asUser(module: TestModule, label: string, ...args: readonly string[]): string {
  return pkcs11Tool(module, "--token-label", label, "--login", "--pin", PIN, ...args);
}

function run(program: string, { environment }: TestModule, args: readonly string[]): string {
  const env = { ...process.env, ...environment };
  return execFileSync(findTool(program) ?? program, args, { encoding: "utf8", stdio: "pipe", env });
}
