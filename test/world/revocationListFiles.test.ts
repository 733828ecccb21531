import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { AuthorityStatus } from "../../provider/cli/certificateStatus";
import type { JsonObject } from "../../provider/stepca/jsonObject";
import { openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { type Answer, call } from "../cli/testShell";
import { issueList } from "../x509/listing";
import { WorldProject } from "./worldProject";

const BEGINNING = Date.parse("2027-01-01T00:00:00Z");

void describe(
  "The revocation lists of a rotation, as shown and exported by kms-pki",
  { skip: missing("openssl") },
  () => {
    let project: WorldProject;
    const at = (day: number): void => {
      const now = new Date(BEGINNING + day * 86_400_000).toISOString();
      project.setEnvironment({ KMS_PKI_NOW: now, KMS_PKI_TEST_CLOCK: "1" });
    };
    const status = async (...args: string[]): Promise<{ code: number | null; output: string }> => {
      const { code, output } = await project.kmsPki(["status", "--warn", "1d", ...args]);
      return { code, output };
    };
    before(async () => {
      project = await WorldProject.rootStack({ "kms-pki:ssh": "false" });
      await project.setConfigObject("kms-pki:rotation", {
        intermediate: { start: "2027-01-01T00:00:00Z", every: "100d", publishBefore: "20d", retireAfter: "20d" },
      });
      await project.setConfigObject("kms-pki:crl", {
        ...{ url: "http://pki.example.com/crl", every: "10d", renewBefore: "5d", root: { every: "60d" } },
        stepCaUrl: "http://ca.example.com/crl",
      });
      at(85);
      await project.up();
    });
    after(() => {
      project.remove();
    });

    void it("are listed for every generation, with the state of its CA", async () => {
      const lists = (await project.outputs())["crls"] as JsonObject[];
      assert.deepEqual(
        lists.map(({ name, state, url }) => [name, state, url]),
        [
          ["root", "active", "http://pki.example.com/crl/root.crl"],
          ["intermediate", "active", "http://pki.example.com/crl/intermediate.crl"],
          ["intermediate-g1", "published", "http://pki.example.com/crl/intermediate-g1.crl"],
        ],
      );
    });

    void it("are exported in DER by the names in their URLs, and in PEM", async () => {
      const { code, output } = await project.kmsPki(["export", "--dir", "ca"]);
      assert.equal(code, 0, output);
      assert.match(output, /✔ Revocation List \(intermediate-g1\): ca\/intermediate-g1\.crl/);
      const file = (name: string): string => join(project.directory, "ca", name);
      const roots = ["-CAfile", file("root_ca.crt")];
      openssl(["crl", "-noout", "-verify", "-inform", "DER", "-in", file("root.crl"), ...roots]);
      openssl(["crl", "-noout", "-verify", "-inform", "PEM", "-in", file("root.crl.pem"), ...roots]);
      for (const name of ["intermediate.crl", "intermediate-g1.crl"]) {
        const found = openssl(["crl", "-noout", "-issuer", "-inform", "DER", "-in", file(name)]);
        assert.match(found, name === "intermediate.crl" ? /Intermediate$/m : /Intermediate G1$/m);
      }
      const config = JSON.parse(readFileSync(file("ca.json"), "utf8")) as JsonObject;
      const own = { enabled: true, generateOnRevoke: true, idpURL: "http://ca.example.com/crl" };
      assert.deepEqual(config["crl"], own);
    });

    void it("are shown with their ends, and are due only to --check", async () => {
      const fresh = await status();
      assert.equal(fresh.code, 0, fresh.output);
      assert.match(fresh.output, /^REVOCATION LIST +STATUS +ENDS +DAYS LEFT +RENEWAL +REVOKED +NUMBER +URL$/m);
      assert.match(fresh.output, /^intermediate-g1 +valid +2027-04-11 +15 +2027-04-06 +0 +\d+ +http:\S+-g1\.crl$/m);
      assert.equal((await status("--check")).code, 0);
      at(95);
      const due = await status();
      assert.equal(due.code, 0, due.output);
      assert.match(due.output, /^intermediate +valid +2027-04-11 +5 +due /m);
      assert.match(due.output, /^root +valid +2027-06-25 +80 +2027-05-26 /m);
      assert.equal((await status("--check")).code, 1);
    });

    void it("expire without an up, and then count like an expired certificate", async () => {
      at(100);
      const ended = await status("--json");
      assert.equal(ended.code, 2);
      const { revocationLists = [], status: ofCertificates } = JSON.parse(ended.output) as AuthorityStatus;
      assert.equal(ofCertificates, "valid");
      assert.deepEqual(
        revocationLists.map(({ name, status: each, daysLeft, readyForRenewal }) => [
          name,
          each,
          daysLeft,
          readyForRenewal,
        ]),
        [
          ["root", "valid", 75, false],
          ["intermediate", "expired", 0, true],
          ["intermediate-g1", "expired", 0, true],
        ],
      );
      await project.up();
      assert.equal((await status("--check")).code, 0);
    });

    void it("disappear with the key of their CA", async () => {
      at(121);
      await project.up();
      const lists = (await project.outputs())["crls"] as JsonObject[];
      assert.deepEqual(
        lists.map(({ name, state }) => [name, state]),
        [
          ["root", "active"],
          ["intermediate-g1", "active"],
        ],
      );
      assert.equal((await project.kmsPki(["export", "--dir", "ca"])).code, 0);
    });

    void it("of a compromised CA are shown, and may end", async () => {
      const outputs = await project.outputs();
      const lists = outputs["crls"] as JsonObject[];
      const last = { ...lists[1], name: "intermediate-g9", file: "intermediate-g9.crl", state: "compromised" };
      const stdin = JSON.stringify({ ...outputs, crls: [...lists, { ...last, pem: await issueList() }] });
      const now = new Date(BEGINNING + 121 * 86_400_000);
      const shown = await call(["status", "--warn", "1d", "--outputs", "-"], { cwd: project.directory, stdin, now });
      assert.match(shown.stdout, /^intermediate-g9 +expired /m);
      assert.equal(shown.exitCode, 0, shown.stdout);
    });

    void it("signed by another CA are reported as broken and not exported", async () => {
      const outputs = await project.outputs();
      const [root, intermediate] = outputs["crls"] as JsonObject[];
      const swapped = { ...outputs, crls: [root, { ...intermediate, pem: await issueList() }] };
      const answer = (command: string): Promise<Answer> =>
        call([command, "--outputs", "-"], {
          ...{ cwd: project.directory, stdin: JSON.stringify(swapped) },
          now: new Date(BEGINNING + 121 * 86_400_000),
        });
      const shown = await answer("status");
      assert.equal(shown.exitCode, 2);
      assert.match(shown.stdout, /The revocation list of intermediate-g1 is broken: no CA of the stack signed it\./);
      const exported = await answer("export");
      assert.notEqual(exported.exitCode, 0);
      assert.match(exported.stderr, /CA_MISMATCH: the stack's revocation list of intermediate-g1 is broken/);
    });
  },
);
