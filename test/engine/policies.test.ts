import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { findTool, missing } from "../tools";
import { CHECKOUT, PulumiProject, UP, UP_WITHOUT_PREVIEW } from "./project";
import { yamlProject } from "./yamlProject";

/** Every rule of the pack. */
const RULES = [
  "allowed-algorithms",
  "certificate-lifetimes",
  "deletion-protection",
  "encrypted-key-files",
  "no-compromised-or-overdue",
  "path-lengths",
  "required-name-constraints",
  "root-in-hardware",
];

/** The rules that a preview can break if everything is new. In YAML, it does not know the key that signs, nor the issuer. */
const RULES_OF_A_PREVIEW = {
  TypeScript: RULES.filter((name) => name !== "no-compromised-or-overdue"),
  YAML: RULES.filter((name) => !/no-compromised-or-overdue|required-name-constraints|root-in-hardware/.test(name)),
};

/**
 * The packed policy pack, installed in a folder. The language host that the tests build cannot run policy packs of the runtime
 * `nodejs`, so a runtime of their own starts the SDK's server, as newer hosts do.
 */
class InstalledPack {
  readonly #folder = temporaryDirectory();
  readonly #pack = join(this.#folder, "node_modules", "pulumi-kms-pki-policies");

  constructor() {
    const npm = (cwd: string, ...args: string[]): string =>
      execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    const policies = join(CHECKOUT, "policies");
    const tarball = npm(policies, "pack", "--ignore-scripts", "--silent", "--pack-destination", this.#folder).trim();
    writeFileSync(join(this.#folder, "package.json"), "{}");
    npm(this.#folder, "install", "--no-audit", "--no-fund", "--prefer-offline", join(this.#folder, tarball));
    const manifest = join(this.#pack, "PulumiPolicy.yaml");
    writeFileSync(manifest, readFileSync(manifest, "utf8").replace("runtime: nodejs", "runtime: nodetest"));
    const server = join(this.#folder, "node_modules", "@pulumi", "pulumi", "cmd", "run-policy-pack");
    const launcher = join(this.#folder, "pulumi-analyzer-policy-nodetest");
    writeFileSync(launcher, `#!/bin/sh\nexec '${process.execPath}' '${server}' "$@"\n`, { mode: 0o755 });
  }

  /** Runs the CLI with the pack, and returns the rules that found something. */
  async judge(
    project: PulumiProject,
    args: readonly string[],
    settings: object = {},
  ): Promise<{ code: number | null; output: string; broken: readonly string[] }> {
    const configuration = join(this.#folder, "configuration.json");
    writeFileSync(configuration, JSON.stringify(settings));
    const policies = ["--policy-pack", this.#pack, "--policy-pack-config", configuration];
    const path = [this.#folder, dirname(findTool("pulumi") ?? ""), process.env["PATH"]].join(delimiter);
    const { code, output } = await project.pulumi([...args, ...policies], { PATH: path });
    return { code, output, broken: RULES.filter((name) => new RegExp(`\\b${name}\\b`).test(output)) };
  }
}

/** Breaks every rule but one. */
const BREAKING = `
const root = new pki.Certificate("root", {
  key: new pki.SoftKey("root-key", { algorithm: "RSA_2048_PKCS1", encryption: "none" }),
  subject: { commonName: "Root" },
  validity: "9999d",
  pathLength: 3,
});
new pki.Certificate("below", { key: new pki.SoftKey("below-key"), issuer: root, subject: { commonName: "Below" } });
`;
const BREAKING_YAML = `
name: acme
runtime: yaml
plugins: { providers: [{ name: kms-pki, path: node_modules/.bin }] }
resources:
  root-key: { type: "kms-pki:SoftKey", properties: { algorithm: RSA_2048_PKCS1, encryption: none } }
  root:
    type: kms-pki:Certificate
    properties: { key: "\${root-key.signingKey}", subject: { commonName: Root }, validity: 9999d, pathLength: 3 }
  below-key: { type: "kms-pki:SoftKey" }
  below:
    type: kms-pki:Certificate
    properties: { key: "\${below-key.signingKey}", issuer: "\${root.asIssuer}", subject: { commonName: Below } }
`;

/** Keeps every rule, if roots may be in files. */
const KEEPING = `
new pki.CertificateAuthority("ca", {
  keys: new pki.SoftKeys(),
  dnsNames: ["ca.example.com"],
  root: { nameConstraints: { permitted: { dnsDomains: ["example.com"] } } },
});
`;
const KEEPING_YAML = `
name: acme
runtime: yaml
plugins: { providers: [{ name: kms-pki, path: node_modules/.bin }] }
resources:
  ca:
    type: kms-pki:CertificateAuthority
    properties:
      keys: { softkms: {} }
      dnsNames: [ca.example.com]
      root: { nameConstraints: { permitted: { dnsDomains: [example.com] } } }
`;
const FILES_ALLOWED = { "root-in-hardware": { kms: ["softkms"] } };

void describe("The policy pack", { skip: missing("pulumi", "pulumi-language-yaml", "npm") }, () => {
  let pack: InstalledPack;
  const projects: PulumiProject[] = [];
  before(() => {
    pack = new InstalledPack();
  });
  after(() => {
    projects.forEach((project) => {
      project.remove();
    });
  });

  for (const [language, breaking, keeping, makeProject] of [
    ["TypeScript", BREAKING, KEEPING, (program: string) => PulumiProject.program(program)],
    ["YAML", BREAKING_YAML, KEEPING_YAML, yamlProject],
  ] as const) {
    void describe(`over a program in ${language}`, () => {
      const project = async (program: string): Promise<PulumiProject> => {
        const made = await makeProject(program);
        projects.push(made);
        return made;
      };

      void it("ends the preview of one that breaks its rules, and says which", async () => {
        const { code, output, broken } = await pack.judge(await project(breaking), ["preview"], {
          "path-lengths": { root: 1 },
        });
        assert.deepEqual(broken, RULES_OF_A_PREVIEW[language], output);
        assert.notEqual(code, 0);
        assert.doesNotMatch(output, /can't run policy/);
      });

      void it("lets one pass that keeps its rules, and judges what was made", async () => {
        const made = await project(keeping);
        const { code, output, broken } = await pack.judge(made, UP, FILES_ALLOWED);
        assert.deepEqual(broken, [], output);
        assert.equal(code, 0, output);
        const ending = { ...FILES_ALLOWED, "no-compromised-or-overdue": { remaining: "9999d" } };
        assert.deepEqual((await pack.judge(made, ["preview"], ending)).broken, ["no-compromised-or-overdue"]);
      });
    });
  }

  void it("ends a run in YAML before a root in a file is signed", async () => {
    const made = await yamlProject(BREAKING_YAML);
    projects.push(made);
    const settings = { all: "advisory", "root-in-hardware": "mandatory" };
    const { code, output, broken } = await pack.judge(made, UP_WITHOUT_PREVIEW, settings);
    assert.notEqual(code, 0);
    assert.ok(broken.includes("root-in-hardware"), output);
    assert.deepEqual(
      (await made.state()).resources.filter(({ type }) => type.endsWith(":Certificate")),
      [],
    );
  });

  void it("refuses a setting that is none", async () => {
    const wrong = { "certificate-lifetimes": { root: "ten years" } };
    const made = projects[0] ?? assert.fail("no project was made");
    const { code, output } = await pack.judge(made, ["preview"], wrong);
    assert.notEqual(code, 0);
    assert.match(output, /root/);
    assert.match(output, /pattern/);
  });
});
