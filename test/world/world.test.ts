import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { secret } from "@pulumi/pulumi";
import { SoftKey } from "../../provider";
import { readCertificate } from "../../provider/x509/certificate";
import { subjectKeyIdentifier } from "../../provider/x509/subjectKeyIdentifier";
import { CHECKOUT, PulumiProject, UP } from "../engine/project";
import type { StackProject } from "../engine/stackProject";
import { missing } from "../tools";
import type { RecordedResource } from "./recordedState";
import { WorldProject } from "./worldProject";

interface Act {
  readonly what: string;
  /** Absent if the last one stays. */
  readonly program?: string;
  readonly command: readonly string[];
}

/** The observed result of an act: the steps, whether it failed, and the final state. */
interface Seen {
  readonly what: string;
  readonly failed: boolean;
  readonly steps: readonly string[];
  readonly recorded: readonly string[];
  readonly files: readonly string[];
}

/** A key, its root in a component, and a certificate under the root that other resources use. */
function program(names: { box: string; key: string }, more: { options?: string; algorithm?: string }): string {
  const { options = "", algorithm = "ECDSA_P256" } = more;
  return `
class Box extends pulumi.ComponentResource {
  constructor(name, options) {
    super("acme:index:Box", name, {}, options);
    const protection = { parent: this, ${options} };
    const key = new pki.SoftKey("${names.key}", { name: "root", encryption: "none", algorithm: "${algorithm}" }, {
      ...protection, aliases: [{ name: "key" }],
    });
    this.root = new pki.Certificate("root", { key, subject: { commonName: "Root" }, validity: "1000d" }, protection);
    this.registerOutputs({ root: this.root.certificatePem });
  }
}
const box = new Box("${names.box}", { aliases: [{ name: "box" }] });
const leafKey = new pki.SoftKey("leaf", { encryption: "none", deleteKey: false }, { retainOnDelete: true });
const leaf = new pki.Certificate("leaf", {
  profile: "leaf", issuer: box.root, publicKeyPem: leafKey.publicKeyPem, subject: { commonName: "Leaf" },
});
exports.leaf = leaf.certificatePem;
exports.secret = pulumi.secret(leafKey.uri);
`;
}

const OLD = { box: "box", key: "key" };
const NEW = { box: "chest", key: "signing-key" };
const UP_AT_ONCE = [...UP, "--skip-preview"];

/** An external root, which the program gets beside its own. */
const OTHERS_ROOT = readFileSync(
  join(CHECKOUT, "test", "fixtures", "states-0.1.0", "softkms-program", "kms", "existing", "root.crt"),
  "utf8",
);
const getting = (id: string): string => `
const root = pki.Certificate.get("others", "${id}", { certificatePem: ${JSON.stringify(OTHERS_ROOT)} });
exports.othersNotAfter = root.notAfter;
exports.othersId = pki.AuthorityId.get("others-id", "${"0123456789abcdef".repeat(2)}").authorityId;
`;
const OTHERS_ID = subjectKeyIdentifier(readCertificate(OTHERS_ROOT).publicKey);

const STORY: readonly Act[] = [
  { what: "preview of all that is new", program: program(OLD, { options: "protect: true" }), command: ["preview"] },
  { what: "create", command: UP },
  { what: "no-op", command: UP_AT_ONCE },
  { what: "refresh", command: ["refresh", "--yes", "--skip-preview"] },
  { what: "rename", program: program(NEW, { options: "protect: true" }), command: UP_AT_ONCE },
  {
    what: "replacement that protection refuses",
    program: program(NEW, { options: "protect: true", algorithm: "ECDSA_P384" }),
    command: UP_AT_ONCE,
  },
  { what: "destroy that protection refuses", command: ["destroy", "--yes", "--skip-preview"] },
  { what: "unprotect", program: program(NEW, {}), command: UP_AT_ONCE },
  { what: "preview of a replacement", program: program(NEW, { algorithm: "ECDSA_P384" }), command: ["preview"] },
  { what: "replacement", command: UP_AT_ONCE },
  {
    what: "replacement that is deleted first",
    program: program(NEW, { options: "deleteBeforeReplace: true", algorithm: "ECDSA_P521" }),
    command: UP_AT_ONCE,
  },
  { what: "get", program: program(NEW, { algorithm: "ECDSA_P521" }) + getting(OTHERS_ID), command: UP },
  { what: "get again", command: UP_AT_ONCE },
  { what: "refresh of what was got", command: ["refresh", "--yes", "--skip-preview"] },
  {
    what: "get of another than the id names",
    program: program(NEW, { algorithm: "ECDSA_P521" }) + getting("00".repeat(20)),
    command: UP_AT_ONCE,
  },
  { what: "get no more", program: program(NEW, { algorithm: "ECDSA_P521" }), command: UP_AT_ONCE },
  { what: "a failure of a part", program: `${program(NEW, {})}throw new Error("enough");`, command: UP_AT_ONCE },
  {
    what: "less in the program",
    program: "exports.nothing = 1; new pki.SoftKey('other', { encryption: 'none' });",
    command: UP_AT_ONCE,
  },
  { what: "destroy", command: ["destroy", "--yes", "--skip-preview"] },
];

/**
 * The steps in the last part of a run's report, unordered, because many are simultaneous, and each once. Pulumi's own engine does
 * not report every component.
 */
function stepsIn(output: string): string[] {
  const [last = ""] = output.split(/^(?:Updating|Refreshing|Destroying)[^\n]*:$/m).slice(-1);
  const step =
    /^ *[+~=-]+ +\S+?(\w+) (\S+) (create|update|replace|delete|created|updated|replaced|deleted)(?= \(| \[| ?$)/gm;
  return [
    ...new Set(
      [...last.matchAll(step)].map(([, ...words]) => words.join(" ")).filter((line) => !line.startsWith("Box ")),
    ),
  ].sort();
}

async function play(project: StackProject): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const { what, program: next, command } of STORY) {
    if (next !== undefined) {
      project.setProgram(next);
    }
    const { code, output } = await project.pulumi(command);
    const { resources } = await project.state();
    const keys = join(project.directory, "keys");
    const declared = resources.filter(
      ({ type }) => !type.startsWith("pulumi:providers:"),
    ) as unknown as RecordedResource[];
    seen.push({
      what,
      failed: code !== 0,
      steps: stepsIn(output),
      recorded: declared
        .map(({ urn, parent = "", dependencies, protect = false, retainOnDelete = false, outputs }) =>
          JSON.stringify({
            ...{
              urn,
              parent,
              dependencies: [...((dependencies as string[] | undefined) ?? [])].sort(),
              protect,
              retainOnDelete,
            },
            outputs: Object.keys((outputs as object | undefined) ?? {}).sort(),
          }),
        )
        .sort(),
      files: filesIn(keys),
    });
  }
  return seen;
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

void describe("A stack in the test engine", () => {
  void it("runs a function, and returns to a saved state with its secrets", async () => {
    const project = await WorldProject.program("");
    try {
      project.runsProgram(() => {
        const key = new SoftKey("key", { encryption: "none" });
        return { uri: key.uri, concealed: secret(key.uri) };
      });
      await project.up();
      assert.deepEqual(
        project.steps.map(({ operation, urn }) => `${operation} ${urn.slice(urn.lastIndexOf(":") + 1)}`),
        ["create acme-test", "create key"],
      );
      const outputs = await project.outputs();
      assert.deepEqual(outputs, { uri: "softkms:path=keys/key.pem", concealed: "softkms:path=keys/key.pem" });
      assert.equal((await project.exportedState()).split('"ciphertext"').length - 1, 1);
      const kept = project.snapshot();
      await project.succeed(["destroy", "--yes", "--skip-preview"]);
      assert.deepEqual((await project.state()).resources, []);
      project.restore(kept);
      assert.deepEqual(await project.outputs(), outputs);
      const { output } = await project.succeed(["refresh", "--preview-only", "--diff"]);
      assert.match(output, /status: "present" => "missing"/);
    } finally {
      project.remove();
    }
  });
});

void describe("The test engine", { skip: missing("pulumi") }, () => {
  void it("takes the same steps and records the same state as Pulumi's own", async () => {
    const world = await WorldProject.program("");
    const real = await PulumiProject.program("");
    try {
      const expected = await play(real);
      const seen = await play(world);
      for (const [index, act] of expected.entries()) {
        assert.deepEqual(seen[index], act);
      }
      assert.deepEqual(
        expected.filter(({ failed }) => failed).map(({ what }) => what),
        [
          ...["replacement that protection refuses", "destroy that protection refuses"],
          ...["get of another than the id names", "a failure of a part"],
        ],
      );
    } finally {
      world.remove();
      real.remove();
    }
  });
});
