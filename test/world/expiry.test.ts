import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WorldProject } from "./worldProject";

const SHORT_LIVED = `
const key = new pki.SoftKey("short", { encryption: "none" });
const certificate = new pki.Certificate("short-lived", { key, subject: { commonName: "Short" }, validity: "4d" });
exports.certificatePem = certificate.certificatePem;
exports.notAfter = certificate.notAfter;
`;

void describe("An expired certificate", () => {
  void it("is reported by a refresh and a preview, and reissued in place for the same key by the next up", async () => {
    const project = await WorldProject.program(SHORT_LIVED);
    const at = (now: number): void => {
      project.setEnvironment({ KMS_PKI_NOW: new Date(now).toISOString(), KMS_PKI_TEST_CLOCK: "1" });
    };
    try {
      at(Date.parse("2026-01-01T00:00:00Z"));
      await project.up();
      const first = await project.outputs();
      const { id } = await project.resource("short-lived");
      at(new Date(String(first["notAfter"])).getTime() + 1000);
      const seen = await project.succeed(["refresh", "--preview-only", "--diff"]);
      assert.match(seen.output, /status\s*: "valid" => "expired"/);
      assert.match(seen.output, /readyForRenewal\s*: false => true/);
      await project.succeed(["refresh", "--yes", "--skip-preview"]);
      assert.equal((await project.resource("short-lived")).outputs?.["status"], "expired");
      assert.match((await project.succeed(["preview"])).output, /~ 1 to update/);

      await project.up();
      assert.notEqual(await project.output("certificatePem"), first["certificatePem"]);
      assert.equal((await project.resource("short-lived")).id, id);
    } finally {
      project.remove();
    }
  });
});
