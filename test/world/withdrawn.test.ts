import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UP } from "../engine/project";
import { WorldProject } from "./worldProject";

/** A root with an intermediate and a revocation list, and what the program says of each beyond that. */
const declared = ({ root = "", intermediate = "", list = "" }): string => `
  const key = (name) => new pki.SoftKey(name, { encryption: "none" });
  const root = new pki.Certificate("root", { key: key("root-key"), subject: { commonName: "Root" }, ${root} });
  const subject = { commonName: "Intermediate" };
  new pki.Certificate("intermediate", { key: key("intermediate-key"), issuer: root, subject, ${intermediate} });
  new pki.CertificateRevocationList("list", { issuer: root, ${list} });`;

const WITHDRAWN = { root: "withdrawn: true" };

/** Runs the program, and then another one, which must be refused before anything is signed. */
async function refused(next: string): Promise<string> {
  const project = await WorldProject.program(declared({}));
  try {
    await project.up();
    project.setProgram(next);
    const { code, output } = await project.pulumi(UP);
    assert.notEqual(code, 0, output);
    return output;
  } finally {
    project.remove();
  }
}

void describe("Below a CA that is withdrawn", () => {
  void it("no certificate is issued", async () => {
    const program = declared({ ...WITHDRAWN, intermediate: 'dnsNames: ["ca.example.com"]', list: "withdrawn: true" });
    assert.match(
      await refused(program),
      /Certificate "intermediate" has a problem:\n  issuer: KEY_COMPROMISED: it was withdrawn/,
    );
  });

  void it("no revocation list is signed", async () => {
    const program = declared({ ...WITHDRAWN, intermediate: "withdrawn: true", list: 'validity: "10d"' });
    assert.match(
      await refused(program),
      /CertificateRevocationList "list" has a problem:\n  issuer: KEY_COMPROMISED: it was withdrawn/,
    );
  });
});
