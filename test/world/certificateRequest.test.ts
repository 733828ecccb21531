import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { WorldProject } from "./worldProject";

const PASSWORD = "asked-for-by-the-issuer";

const asking = (request = "", key = "asking"): string => `
  const key = (name) => new pki.SoftKey(name, { encryption: "none" });
  const subject = { commonName: "Asking" };
  const request = new pki.CertificateRequest("request", { key: key("${key}"), subject, ${request} });
  exports.csr = request.csrPem;
  exports.der = request.csrDer;
  exports.publicKey = request.publicKeyPem;
  exports.identifier = request.subjectKeyIdentifier;`;

/** A CA of the same program that answers, as a foreign one would. */
const ANSWER = `
  const root = new pki.Certificate("root", { key: key("root"), subject: { commonName: "Root" } });
  exports.answered = new pki.Certificate("answer", { csrPem: request.csrPem, issuer: root, subject }).subjectKeyIdentifier;`;

async function withProject(program: string, test: (project: WorldProject) => Promise<void>): Promise<void> {
  const project = await WorldProject.program(program);
  try {
    await test(project);
  } finally {
    project.remove();
  }
}

void describe("A CertificateRequest in a program", { skip: missing("openssl") }, () => {
  void it("is signed once, whatever runs come after, and a preview signs nothing", () =>
    withProject(asking(), async (project) => {
      const file = join(project.scratch, "calls");
      project.setEnvironment({ PROVIDER_CALLS_FILE: file });
      const signatures = (): number => {
        try {
          return readFileSync(file, "utf8")
            .split("\n")
            .filter((call) => call === "sign").length;
        } catch {
          return 0;
        } finally {
          rmSync(file, { force: true });
        }
      };
      await project.succeed(["preview"]);
      assert.equal(signatures(), 0);
      await project.up();
      assert.equal(signatures(), 1);
      const csr = await project.output("csr");
      assert.equal(openssl(["req", "-verify", "-noout", "-pubkey"], csr), await project.output("publicKey"));
      assert.equal(openssl(["req", "-outform", "DER"], csr).length > 0, true);
      assert.equal(csr.replace(/-----[^-]*-----|\s/g, ""), await project.output("der"));
      await project.up();
      await project.succeed(["refresh", "--yes"]);
      await project.succeed(["up", "--yes", "--expect-no-changes"], {
        ...{ KMS_PKI_NOW: "2035-01-01T00:00:00Z", KMS_PKI_TEST_CLOCK: "1" },
      });
      assert.equal(signatures(), 0);
      project.setProgram(asking("pathLength: 1"));
      await project.succeed(["preview"]);
      assert.equal(signatures(), 0);
      await project.up();
      assert.equal(signatures(), 1);
      const changed = project.steps.filter(({ operation, urn }) => operation !== "same" && urn.endsWith("::request"));
      assert.deepEqual(
        changed.map(({ operation }) => operation),
        ["update"],
      );
    }));

  void it("is answered by a CA of the same program", () =>
    withProject(asking() + ANSWER, async (project) => {
      await project.up();
      assert.equal(await project.output("answered"), await project.output("identifier"));
    }));

  void it("is replaced with another key", () =>
    withProject(asking(), async (project) => {
      await project.up();
      const before = await project.output("identifier");
      project.setProgram(asking("", "other"));
      await project.up();
      assert.notEqual(await project.output("identifier"), before);
      const steps = project.steps.filter(({ urn }) => urn.endsWith("::request"));
      assert.ok(steps.some(({ operation }) => operation.includes("replace")));
    }));

  void it("is a secret of the state if it holds the challenge password, which is nowhere else", () =>
    withProject(asking("challengePassword: true") + ANSWER, async (project) => {
      project.setEnvironment({ KMS_PKI_CHALLENGE_PASSWORD: PASSWORD });
      const { output } = await project.up();
      const csr = await project.output("csr");
      assert.match(openssl(["req", "-noout", "-text"], csr), new RegExp(`challengePassword *:${PASSWORD}`));
      const state = await project.exportedState();
      assert.ok(!state.includes(csr.split("\n")[1] ?? csr));
      assert.ok(!state.includes(Buffer.from(PASSWORD).toString("base64")));
      assert.ok(!`${state}${output}`.includes(PASSWORD));
    }));

  void it("is in the state for all to see if it does not", () =>
    withProject(asking(), async (project) => {
      await project.up();
      const csr = await project.output("csr");
      assert.ok((await project.exportedState()).includes(JSON.stringify(csr).slice(1, -1)));
    }));
});
