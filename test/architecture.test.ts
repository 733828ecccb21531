import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { describe, it } from "node:test";
import ts from "typescript";
import { CHECKOUT } from "./engine/project";

interface Import {
  /** The importing file below provider/, without its ending. */
  readonly from: string;
  /** A file below provider/ without its ending, or a package. */
  readonly to: string;
  readonly isPackage: boolean;
  readonly typeOnly: boolean;
}

const PROVIDER = join(CHECKOUT, "provider");
const FILES = readdirSync(PROVIDER, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

function importsOf(file: string): Import[] {
  const source = ts.createSourceFile(file, readFileSync(join(PROVIDER, file), "utf8"), ts.ScriptTarget.ES2023, true);
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean): void => {
    if (specifier === undefined || !ts.isStringLiteral(specifier)) {
      return;
    }
    const isPackage = !specifier.text.startsWith(".");
    const to = isPackage ? specifier.text : normalize(join(dirname(file), specifier.text)).replace(/\.js$/, "");
    found.push({ from: file.replace(/\.ts$/, ""), to, isPackage, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const clause = node.importClause;
      const names = clause?.namedBindings;
      const allTypes =
        names !== undefined && ts.isNamedImports(names) && names.elements.every((element) => element.isTypeOnly);
      add(node.moduleSpecifier, clause?.phaseModifier === ts.SyntaxKind.TypeKeyword || allTypes);
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const IMPORTS = FILES.flatMap(importsOf);

/** The key source of a cloud asks it itself, in the rare moment when it is not known whether a key was made. */
const CLOUDS = ["kms/aws", "kms/cloud"];

/** By which a YubiKey and its keys are named and checked, everywhere. */
const PIV_WORDS = ["piv/slots", "piv/pin", "piv/managementKey", "piv/pivAlgorithms", "piv/pcscPackage"];

/** By which `kms-pki status --check` asks for keys. */
const KEY_SEARCH = [
  "kms/awsOwnerTag",
  "kms/awskms",
  "kms/awskmsKeys",
  "kms/backends",
  "kms/cloudKeyVersions",
  "kms/cloudkms",
  "kms/ownerMark",
  "kms/softKeyFiles",
  "type:kms/yubikey",
  "piv/slots",
];

/** What each folder may import of the others, as DESIGN.md says. Types may come from anywhere named here with `type:`. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  kms: ["errors", "files", "inputs/secrets", "piv/"],
  piv: ["errors", "kms/algorithms"],
  x509: ["errors", "kms/keyManager", "kms/algorithms"],
  ssh: [],
  inputs: [
    "errors",
    "kms/algorithms",
    "kms/keyUri",
    "x509/profiles",
    "x509/pem",
    "type:x509/distinguishedName",
    ...PIV_WORDS,
  ],
  rotation: ["errors", "inputs/"],
  stepca: [],
  lifecycle: ["errors", "inputs/", "kms/", "piv/attestation", "type:piv/", "x509/", "stepca/"],
  resources: [
    "errors",
    "inputs/",
    "kms/algorithms",
    "kms/ownerMark",
    "kms/yubiKeyUri",
    "x509/certificate",
    "x509/pem",
    "type:x509/",
    "type:lifecycle",
    "type:piv/",
    "type:rotation/",
  ],
  components: [
    "errors",
    "inputs/",
    "kms/algorithms",
    "kms/ownerMark",
    "kms/yubiKeyUri",
    ...CLOUDS,
    "piv/pcscPackage",
    "type:piv/",
    "type:lifecycle/",
    "resources/",
    "rotation/",
    "ssh/",
    "stepca/",
    "x509/profiles",
    "x509/certificate",
    "x509/pem",
    "type:x509/",
  ],
  cli: [
    "errors",
    "files",
    "inputs/",
    "kms/awsKeyUri",
    "kms/cloudKeyUri",
    ...KEY_SEARCH,
    "kms/keyUri",
    "kms/ownerMark",
    "kms/softKeyUri",
    "kms/yubiKeyUri",
    "rotation/",
    "ssh/",
    "stepca/config",
    "stepca/kmsBlock",
    "stepca/sshKeys",
    "x509/",
  ],
};

/** Where a package may be imported. */
const PACKAGE_HOMES: Readonly<Record<string, RegExp>> = {
  "@pulumi/pulumi": /^(?:resources|components)\//,
  "@pulumi/aws/": /^components\/awsKmsKeys$/,
  "@aws-sdk/": /^kms\/awskms/,
  "@pulumi/gcp/": /^components\/cloudKmsKeys$/,
  "@google-cloud/kms": /^kms\/cloudkmsClient$/,
  "crc-32/": /^kms\/cloudkmsIntegrity$/,
  "@peculiar/": /^(?:x509\/|kms\/encryptedPrivateKey$)/,
  "reflect-metadata": /^x509\//,
  sshpk: /^(?:ssh\/|kms\/opensshPrivateKey$)/,
  jose: /^stepca\//,
  "jsonc-parser": /^cli\//,
  "node:": /./,
};

void describe("The architecture", () => {
  void it("lets a folder import only what DESIGN.md says", () => {
    const offences = IMPORTS.filter(({ from, to, isPackage, typeOnly }) => {
      const folder = from.split("/")[0] ?? "";
      const allowed = MAY_IMPORT[folder];
      if (isPackage || allowed === undefined || to.startsWith(`${folder}/`)) {
        return false;
      }
      return !allowed.some((rule) =>
        rule.startsWith("type:")
          ? typeOnly && to.startsWith(rule.slice(5))
          : to === rule ||
            (rule.endsWith("/") && to.startsWith(rule)) ||
            (CLOUDS.includes(rule) && to.startsWith(rule)),
      );
    });
    assert.deepEqual(
      offences.map(({ from, to }) => `${from} -> ${to}`),
      [],
    );
  });

  void it("keeps each package behind one door", () => {
    const offences = IMPORTS.filter(({ from, to, isPackage }) => {
      const [, home] = Object.entries(PACKAGE_HOMES).find(([name]) => to === name || to.startsWith(name)) ?? [];
      return isPackage && home?.test(from) !== true;
    });
    assert.deepEqual(
      offences.map(({ from, to }) => `${from} -> ${to}`),
      [],
    );
  });

  void it("never lets one backend import another", () => {
    const backends = ["softkms", "awskms", "cloudkms", "yubikey", "pkcs11"].map((scheme) => `kms/${scheme}`);
    const offences = IMPORTS.filter(
      ({ from, to, typeOnly }) => backends.includes(to) && from.startsWith("kms/") && !typeOnly,
    );
    assert.deepEqual(
      offences.map(({ from }) => from),
      ["kms/backends", "kms/backends", "kms/backends", "kms/backends"],
    );
  });

  void it("loads what a preview does not need only when it is needed", () => {
    const eager = new Map<string, boolean>();
    const follow = (file: string): void => {
      if (eager.has(file)) {
        return;
      }
      eager.set(file, true);
      const source = readFileSync(join(PROVIDER, `${file}.ts`), "utf8");
      for (const { to, isPackage, typeOnly } of importsOf(`${file}.ts`)) {
        if (!isPackage && !typeOnly && !source.includes(`import("${relativeImport(file, to)}`)) {
          follow(to);
        }
      }
    };
    follow("lifecycle/index");
    for (const lazy of [
      "lifecycle/certificateIssuance",
      "x509/certificateAuthority",
      "kms/softkms",
      "kms/awskms",
      "kms/cloudkms",
      "kms/encryptedPrivateKey",
      "stepca/jwkProvisioner",
    ]) {
      assert.equal(eager.has(lazy), false, lazy);
    }
  });

  void it("asks one clock what time it is", () => {
    // Not the date but how long it has waited already.
    const measuring = ["kms/cloudkms.ts"];
    const asking = FILES.filter((file) =>
      /\bnew Date\(\)|\bDate\.now\(/.test(readFileSync(join(PROVIDER, file), "utf8")),
    );
    assert.deepEqual(asking.sort(), ["inputs/clock.ts", ...measuring]);
  });

  void it("keeps the clock, chance and the world out of rotations", () => {
    for (const file of FILES.filter((name) => name.startsWith("rotation/"))) {
      assert.doesNotMatch(
        readFileSync(join(PROVIDER, file), "utf8"),
        /Date\.now|new Date\(\)|Math\.random|process\./,
        file,
      );
    }
    assert.deepEqual(
      IMPORTS.filter(({ from, isPackage }) => from.startsWith("rotation/") && isPackage),
      [],
    );
  });

  void it("has no file above 250 lines, and none that is named for nothing", () => {
    for (const file of FILES) {
      const lines = readFileSync(join(PROVIDER, file), "utf8").split("\n").length - 1;
      assert.ok(lines <= 250, `${file} has ${String(lines)} lines`);
      assert.doesNotMatch(basename(file), /^(?:utils?|utilities|helpers?|common|misc)\./i);
    }
  });
});

function relativeImport(from: string, to: string): string {
  const [fromFolder] = from.split("/");
  const [toFolder, name = ""] = to.split("/");
  return fromFolder === toFolder ? `./${name}` : `../${to}`;
}
