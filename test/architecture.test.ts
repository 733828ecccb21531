import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, it } from "node:test";
import { kmsRegistry } from "../provider/kms/registry/registry";
import { CHECKOUT } from "./engine/project";
import { cyclesIn, graphOf } from "./architecture/cycles";
import { ENTRIES, MAY_IMPORT, rulesText } from "./architecture/rules";
import { codeOf, FILES, type Import, IMPORTS, importsIn, roomOf, sourceOf } from "./architecture/imports";

/** Other names of a KMS in code. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  softkms: ["softKey"],
  awskms: ["\\baws", "awsK"],
  cloudkms: ["google", "gcp"],
  yubikey: ["yubi-key"],
};

/** The files outside KMS folders that may contain a KMS name, and why. */
const KNOWS_NAMES: Readonly<Record<string, string>> = {
  index: "a program imports SoftKeys and SoftKey from the package itself",
  lifecycle: "the state of a stack names its exports",
  "kms/registry/registry": "it lists the descriptors",
  "kms/keyUri": "a message shows a key URI as an example",
  "kms/resourceType": "states and slots name types of 0.1.0",
  "plugin/protocol": "the messages are those of a package whose name begins with Google's",
  "plugin/keySources": "a message shows a source of keys as an example",
  "plugin/resourceTypes": "it lists the types of resources, as the schema does",
  "plugin/resourceClasses": "as above",
  "cli/exportHelp": "its text tells of what each KMS does",
  "cli/statusHelp": "as above",
  "cli/adoptHelp": "an example shows a key URI",
  "cli/attestation": "its chains are files by Google's names of them",
  "authority/program/authorityArgumentChecks": "a message shows a source of keys as an example",
};

/** Where a package may be imported. */
const PACKAGE_HOMES: Readonly<Record<string, RegExp>> = {
  "@pulumi/pulumi/proto/": /^plugin\/protocol$/,
  "@grpc/grpc-js": /^plugin\/protocol$/,
  "google-protobuf/": /^plugin\/protocol$/,
  "@pulumi/pulumi": /^(?:pulumi|plugin\/componentRun)$/,
  "@pulumi/aws/": /^kms\/awskms\/program\/awsKmsKeys$/,
  "@aws-sdk/": /^kms\/awskms\/aws/,
  "@pulumi/gcp/": /^kms\/cloudkms\/program\/cloudKmsKeys$/,
  "@google-cloud/kms": /^kms\/cloudkms\/cloudkmsClient$/,
  "crc-32/": /^kms\/cloudkms\/cloudkmsIntegrity$/,
  "@peculiar/x509": /^x509\/peculiarX509$/,
  "@peculiar/": /^(?:x509\/|kms\/softkms\/encryptedPrivateKey$)/,
  "reflect-metadata": /^x509\/peculiarX509$/,
  sshpk: /^kms\/softkms\/opensshPrivateKey$/,
  jose: /^stepca\//,
  "jsonc-parser": /^cli\//,
  "node:": /./,
};

void describe("The architecture", () => {
  void it("lets a folder import only what its rule allows", () => {
    assert.deepEqual(IMPORTS.filter((each) => !each.isPackage && !isAllowed(each)).map(arrow), []);
  });

  void it("has the rules that DESIGN.md shows", () => {
    assert.ok(readFileSync(join(CHECKOUT, "DESIGN.md"), "utf8").includes(rulesText()), rulesText());
  });

  void it("has no cycle of files, including type imports and deferred imports", () => {
    assert.deepEqual(cyclesIn(graphOf(IMPORTS.filter(({ isPackage }) => !isPackage))), []);
  });

  void it("has no cycle of folders", () => {
    const arrows = IMPORTS.filter(({ isPackage }) => !isPackage)
      .map(({ from, to }) => ({ from: roomOf(from), to: roomOf(to) }))
      .filter(({ from, to }) => from !== to);
    assert.deepEqual(cyclesIn(graphOf(arrows)), []);
  });

  void it("names a KMS only in its own folder", () => {
    const name = new RegExp(kmsRegistry.all.flatMap(({ scheme }) => [scheme, ...(NAMES[scheme] ?? [])]).join("|"), "i");
    const knowing = FILES.filter((file) => !isKmsOwn(file) && name.test(sourceOf(file)) && name.test(codeOf(file)));
    assert.deepEqual(knowing.sort(), Object.keys(KNOWS_NAMES).sort());
  });

  void it("keeps each package behind one door", () => {
    const offences = IMPORTS.filter(({ from, to, isPackage }) => {
      const [, home] = Object.entries(PACKAGE_HOMES).find(([name]) => to === name || to.startsWith(name)) ?? [];
      return isPackage && (home === undefined ? !isOneKmsOwn(to) : !home.test(from));
    });
    assert.deepEqual(offences.map(arrow), []);
  });

  void it("defers loading what a preview does not need", () => {
    const eager = reachedFrom("lifecycle", ({ typeOnly, lazy }) => !typeOnly && !lazy);
    for (const lazy of [
      "lifecycle/certificateIssuance",
      "x509/certificateAuthority",
      "x509/lint/lint",
      "kms/softkms/softkms",
      "kms/awskms/awskms",
      "kms/cloudkms/cloudkms",
      "kms/softkms/encryptedPrivateKey",
      "stepca/jwkProvisioner",
    ]) {
      assert.ok(FILES.includes(lazy), lazy);
      assert.equal(eager.has(lazy), false, lazy);
    }
  });

  void it("keeps the program's side out of the provider process", () => {
    const declares = ({ to, typeOnly }: Import): boolean => to.startsWith("@pulumi/") && !typeOnly;
    const run = [...reachedFrom("lifecycle", isValue), ...reachedFrom("cli/main", isValue)];
    assert.deepEqual(IMPORTS.filter((each) => run.includes(each.from) && declares(each)).map(arrow), []);
  });

  void it("reads the time from one clock", () => {
    // The first compares the clock of a host with the system's, and the second measures a waiting time.
    const measuring = ["cli/deploy/caFolder", "kms/cloudkms/cloudkms"];
    const asking = FILES.filter((file) => /\bnew Date\(\)|\bDate\.now\(/.test(sourceOf(file)));
    assert.deepEqual(asking.sort(), [...measuring, "words/clock"]);
  });

  void it("keeps the clock, randomness and I/O out of rotations", () => {
    for (const file of FILES.filter((name) => name.startsWith("rotation/"))) {
      assert.doesNotMatch(sourceOf(file), /Date\.now|new Date\(\)|Math\.random|process\./, file);
    }
    assert.deepEqual(
      IMPORTS.filter(({ from, isPackage }) => from.startsWith("rotation/") && isPackage),
      [],
    );
  });

  void it("has no file above 250 lines, and no file with a catch-all name", () => {
    for (const file of FILES) {
      const lines = sourceOf(file).split("\n").length - 1;
      assert.ok(lines <= 250, `${file} has ${String(lines)} lines`);
      assert.doesNotMatch(basename(file), /^(?:utils?|utilities|helpers?|common|misc)$/i);
    }
  });
});

void describe("A cycle", () => {
  const arrows = (...pairs: readonly string[]) =>
    graphOf(pairs.map((pair) => ({ from: pair.charAt(0), to: pair.charAt(1) })));

  void it("is found wherever the walk starts", () => {
    assert.deepEqual(cyclesIn(arrows("ab", "bc", "cb", "dd")), ["b -> c -> b", "d -> d"]);
  });

  void it("is not reported when two paths lead to the same file", () => {
    assert.deepEqual(cyclesIn(arrows("ab", "ac", "bd", "cd")), []);
  });
});

void describe("An import", () => {
  for (const { text, expected } of [
    { text: 'import { a } from "./b";', expected: "./b" },
    { text: 'import "./b";', expected: "./b" },
    { text: 'import type { A } from "./b";', expected: "type ./b" },
    { text: 'import { type A } from "./b";', expected: "type ./b" },
    { text: 'import { type A, b } from "./b";', expected: "./b" },
    { text: 'import b = require("./b");', expected: "./b" },
    { text: 'export * from "./b";', expected: "./b" },
    { text: 'export type { A } from "./b";', expected: "type ./b" },
    { text: 'type A = import("./b").A;', expected: "type ./b" },
    { text: 'type B = typeof import("./b");', expected: "type ./b" },
    { text: 'const b = () => import("./b.js");', expected: "lazy ./b" },
    { text: 'const b = () => require("./b");', expected: "lazy ./b" },
    { text: 'const load = createRequire(__filename); load("./b");', expected: "./b" },
    { text: 'const b = () => createRequire(__filename)("./b");', expected: "lazy ./b" },
    { text: "const b = () => import(`./b`);", expected: "lazy ./b" },
    { text: 'function b(load = createRequire(__filename)) { return load("./b"); }', expected: "lazy ./b" },
  ]) {
    void it(`is found in ${text}`, () => {
      const found = importsIn("words/a", text).map(({ to, typeOnly, lazy }) =>
        [...(typeOnly ? ["type"] : []), ...(lazy ? ["lazy"] : []), to].join(" "),
      );
      assert.deepEqual(found, [expected.replace("./b", "words/b/index")]);
    });
  }
});

function isAllowed({ from, to, typeOnly }: Import): boolean {
  const [room, other] = [roomOf(from), roomOf(to)];
  if (room === other || ENTRIES.includes(room)) {
    return true;
  }
  const rules = ruleOf(room).map((rule) => rule.replace("*", kmsOf(room) ?? "*"));
  return rules.some((rule) =>
    typeOnly ? isRoom(other, rule.replace(/^type:/, "")) : !rule.startsWith("type:") && isRoom(other, rule),
  );
}

function ruleOf(room: string): readonly string[] {
  const rule = MAY_IMPORT[room.replace(/^kms\/(?!registry)[a-z0-9]+/, "kms/*")];
  assert.ok(rule !== undefined, `no rule for ${room}`);
  return rule;
}

/** The KMS that a folder belongs to. */
function kmsOf(room: string): string | undefined {
  return /^kms\/(?!registry)([a-z0-9]+)/.exec(room)?.[1];
}

function isRoom(room: string, rule: string): boolean {
  return room === rule || (rule.includes("*") && room === rule.replace("*", kmsOf(room) ?? ""));
}

/** Whether only one KMS imports a package. */
function isOneKmsOwn(name: string): boolean {
  const schemes = new Set(IMPORTS.filter(({ to }) => to === name).map(({ from }) => kmsOf(roomOf(from))));
  return schemes.size === 1 && !schemes.has(undefined);
}

/** The folders of KMSs, and the card application that one of them uses. */
function isKmsOwn(file: string): boolean {
  return kmsOf(roomOf(file)) !== undefined || file.startsWith("piv/");
}

function isValue({ typeOnly }: Import): boolean {
  return !typeOnly;
}

/** The files that a file reaches through followed imports, including itself. */
function reachedFrom(start: string, follows: (each: Import) => boolean): ReadonlySet<string> {
  const reached = new Set([start]);
  for (const file of reached) {
    for (const each of IMPORTS.filter(({ from, isPackage }) => from === file && !isPackage)) {
      if (follows(each)) {
        reached.add(each.to);
      }
    }
  }
  return reached;
}

function arrow({ from, to }: Import): string {
  return `${from} -> ${to}`;
}
