import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import ts from "typescript";
import { CHECKOUT } from "../engine/project";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { missing } from "../tools";
import { generateSdk, PYTHON_SDK } from "./sdk";

/** The files below a folder, with their texts. Python writes compiled files beside its sources. */
function texts(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (file) => !file.includes("__pycache__") && statSync(join(folder, file)).isFile(),
  );
  return Object.fromEntries(files.sort().map((file) => [file, readFileSync(join(folder, file), "utf8")]));
}

const PROGRAM = `
import * as kmsPki from "./sdk";
const ca = new kmsPki.CertificateAuthority("ca", { keys: { softkms: {} }, authorityName: "Example" });
const key = new kmsPki.SoftKey("key");
const leaf = new kmsPki.Certificate("leaf", {
  key: key.signingKey,
  issuer: ca.intermediateAsIssuer.apply((issuer) => issuer!),
  subject: { commonName: "leaf" },
});
export const outputs = [ca.outputs, leaf.chainPem];
`;

void describe("The generated SDK", { skip: missing("sdk-generator") }, () => {
  void it("for Python is the one that is checked in (make sdks writes it)", () => {
    const generated = temporaryDirectory();
    generateSdk("python", generated);
    assert.deepEqual(texts(PYTHON_SDK), texts(generated));
  });

  void it("for Node compiles, with a program of authority, key and leaf", () => {
    // It must be below the packages that it imports.
    const folder = join(CHECKOUT, "dist", "sdk-check");
    generateSdk("nodejs", join(folder, "sdk"));
    const program = join(folder, "program.ts");
    writeFileSync(program, PROGRAM);
    const diagnostics = ts.getPreEmitDiagnostics(
      ts.createProgram([program], {
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.NodeNext,
        types: ["node"],
      }),
    );
    assert.deepEqual(
      diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")),
      [],
    );
  });
});
