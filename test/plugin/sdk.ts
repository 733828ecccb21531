import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { schemaText } from "../../provider/plugin/schema";
import { CHECKOUT } from "../engine/project";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { runTool } from "../tools";

/** The languages for which an SDK of the plugin is generated. */
export type SdkLanguage = "nodejs" | "python" | "go";

/** The SDK for Python, which is checked in and part of the package. */
export const PYTHON_SDK = join(CHECKOUT, "sdk", "python");

/** Generates an SDK anew in a folder of its own. */
export function generateSdk(language: SdkLanguage, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  runTool("sdk-generator", [language, folder], schemaText());
}

/** Builds the wheel of the SDK for Python into a folder, and returns its path. */
export function buildWheel(folder: string): string {
  // The build leaves its own files beside the sources.
  const copy = temporaryDirectory();
  cpSync(PYTHON_SDK, copy, { recursive: true });
  const build =
    "import os, sys, setuptools.build_meta as b; os.chdir(sys.argv[1]); print(); print(b.build_wheel(sys.argv[2]))";
  const lines = runTool("python-with-pulumi", ["-c", build, copy, folder]).trimEnd().split("\n");
  return join(folder, lines.at(-1) ?? "");
}
