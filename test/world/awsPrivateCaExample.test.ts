import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { UP } from "../engine/project";
import { ForeignCa } from "../fixtures/foreignCa";
import { certificateText, openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { exampleProgram } from "./exampleProgram";
import { WorldProject } from "./worldProject";

const ARN = "arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/08322ede-92f9-4200-8f21-c7d12b2b6edb";
const END = "2040-01-01T00:00:00Z";

interface Outputs {
  readonly caConfig?: { readonly key: string };
  readonly rootCertificate?: string;
  readonly intermediateKey?: string;
  readonly intermediateCertificate?: string;
  readonly intermediateBundle?: string;
  readonly requests: readonly { readonly name: string; readonly isAwaited: boolean }[];
}

/** The example's project, whose CA in AWS openssl plays. */
class Example {
  readonly project: WorldProject;
  /** A CA below a root, as many have it in AWS. */
  readonly aws = new ForeignCa({ hasPolicyCa: true });
  readonly #calls: string;

  private constructor(project: WorldProject) {
    this.project = project;
    this.#calls = join(project.scratch, "calls");
    project.setEnvironment({ KMS_PKI_TEST_PRIVATE_CA: this.aws.directory, PROVIDER_CALLS_FILE: this.#calls });
  }

  static async with(test: (example: Example) => Promise<void>): Promise<void> {
    const example = new Example(await WorldProject.program(""));
    try {
      await example.set({ certificateAuthorityArn: ARN, validUntil: END });
      example.edit((source) => source);
      await test(example);
    } finally {
      example.project.remove();
    }
  }

  async set(settings: Readonly<Record<string, string>>): Promise<void> {
    for (const [key, value] of Object.entries(settings)) {
      await this.project.setConfig(`acme:${key}`, value);
    }
  }

  edit(change: (source: string) => string): void {
    this.project.runsProgram(exampleProgram("aws-private-ca", change));
  }

  async outputs(): Promise<Outputs> {
    return (await this.project.outputs())["ca"] as Outputs;
  }

  /** How many signatures the stack's keys made since the last time. */
  signatures(): number {
    const calls = existsSync(this.#calls) ? readFileSync(this.#calls, "utf8").split("\n") : [];
    rmSync(this.#calls, { force: true });
    return calls.filter((call) => call === "sign").length;
  }

  /** What the last run changed, in order. */
  changes(): string[] {
    return this.project.steps
      .filter(({ operation, urn }) => operation !== "same" && !urn.includes("pulumi:pulumi:Stack"))
      .map(({ operation, urn }) => `${operation} ${urn.split("::").at(-1) ?? ""}`);
  }

  /** The serial numbers that AWS was told to revoke. */
  revoked(): string[] {
    const file = join(this.aws.directory, "revoked");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  }

  /** Has openssl verify the intermediate as a client does that has only the root. */
  async verify(): Promise<void> {
    const { rootCertificate = "", intermediateBundle = "", intermediateCertificate = "" } = await this.outputs();
    assert.equal(rootCertificate, this.aws.rootPem);
    const file = (name: string, content: string): string => {
      writeFileSync(join(this.project.scratch, name), content);
      return join(this.project.scratch, name);
    };
    const [root, bundle] = [file("root.pem", rootCertificate), file("bundle.pem", intermediateBundle)];
    const own = file("intermediate.pem", intermediateCertificate);
    assert.match(openssl(["verify", "-x509_strict", "-CAfile", root, "-untrusted", bundle, own]), /OK/);
  }
}

const withoutLine = (line: string) => (source: string) => {
  assert.ok(source.includes(line));
  return source.replace(line, "");
};

void describe("examples/aws-private-ca", { skip: missing("openssl") }, () => {
  void it("has its certificate and ca.json after the first up, and signs nothing in a preview or without changes", () =>
    Example.with(async (example) => {
      const { project } = example;
      await project.succeed(["preview"]);
      assert.equal(example.signatures(), 0);
      assert.match(
        (await project.up()).output,
        /is not as the program declares it \(changed: key usages\), and is used as it is/,
      );
      assert.equal(example.signatures(), 1, "the request");
      const {
        caConfig,
        intermediateKey,
        intermediateCertificate = "",
        intermediateBundle,
        requests,
      } = await example.outputs();
      assert.deepEqual(
        requests.map(({ name, isAwaited }) => [name, isAwaited]),
        [["intermediate", false]],
      );
      assert.equal(caConfig?.key, intermediateKey);
      assert.equal(intermediateBundle, intermediateCertificate + String(example.aws.policyPem));
      const text = certificateText(intermediateCertificate);
      assert.match(text, /Issuer: CN=Foreign Policy,O=Foreign\n/);
      assert.match(text, /CA:TRUE, pathlen:0/);
      assert.match(text, /Digital Signature, Certificate Sign, CRL Sign/);
      assert.match(text, /Not After : Jan {2}1 00:00:00 2040 GMT/);
      await example.verify();
      await project.succeed(["up", "--yes", "--expect-no-changes"]);
      await project.succeed(["refresh", "--yes"]);
      await project.succeed(["up", "--yes", "--expect-no-changes"]);
      assert.equal(example.signatures(), 0);
      const exported = await project.kmsPki(["export", "--dir", "ca"]);
      assert.equal(exported.code, 0, exported.output);
      assert.equal(project.read("ca/root_ca.crt"), example.aws.rootPem);
    }));

  void it("renews by another date, without a signature of its own, and revokes nothing", () =>
    Example.with(async (example) => {
      const { project } = example;
      await project.up();
      const before = await example.outputs();
      assert.equal(example.signatures(), 1);
      project.setEnvironment({ KMS_PKI_NOW: "2039-10-04T00:00:00Z", KMS_PKI_TEST_CLOCK: "1" });
      await project.succeed(["up", "--yes", "--expect-no-changes"]);
      const due = await project.kmsPki(["status"]);
      assert.match(due.output, /^intermediate +active +\S+ +renewal, since 2039-10-03 /m);
      assert.equal(due.code, 1);
      await example.set({ validUntil: "2041-01-01T00:00:00Z" });
      await project.succeed(["preview"]);
      await project.up();
      assert.deepEqual(example.changes(), ["replace intermediate", "update ca-intermediate"]);
      const after = await example.outputs();
      assert.equal(after.intermediateKey, before.intermediateKey);
      assert.match(certificateText(after.intermediateCertificate ?? ""), /Not After : Jan {2}1 00:00:00 2041 GMT/);
      await example.verify();
      assert.equal(example.signatures(), 0);
      assert.deepEqual(example.revoked(), []);
      await project.succeed(["up", "--yes", "--expect-no-changes"]);
    }));

  void it("would have the old certificate revoked by its renewal without retainOnDelete", () =>
    Example.with(async (example) => {
      example.edit(withoutLine("{ retainOnDelete: true },"));
      await example.project.up();
      const { intermediateCertificate = "" } = await example.outputs();
      await example.set({ validUntil: "2041-01-01T00:00:00Z" });
      await example.project.up();
      assert.deepEqual(example.revoked(), [new X509Certificate(intermediateCertificate).serialNumber.toLowerCase()]);
    }));

  void it("is refused the certificate of a leaf, which AWS makes without a template", () =>
    Example.with(async (example) => {
      example.edit(withoutLine('templateArn: "arn:aws:acm-pca:::template/SubordinateCACertificate_PathLen0/V1",'));
      const { code, output } = await example.project.pulumi(UP);
      assert.notEqual(code, 0);
      assert.match(output, /ISSUER_NOT_CA: /);
    }));
});
