import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openssl } from "../fixtures/openssl";
import { UP } from "../engine/project";
import type { WorldProject } from "./worldProject";

/** A root stack in a KMS, and how its signatures are counted. */
export interface ListsOn {
  readonly project: WorldProject;
  /** How many signatures the KMS has made since the last question. */
  readonly signatures: () => number;
  /** How many signatures are asked for when keys are made, to find slots empty. None by default. */
  readonly probes?: number;
  readonly stop: () => Promise<void>;
}

/** A revocation list among the outputs. */
export interface ListOutput {
  readonly name: string;
  readonly url: string;
  readonly pem: string;
  readonly der: string;
  readonly number: number;
  readonly thisUpdate: string;
  readonly nextUpdate: string;
  readonly renewalTime: string;
}

const BEGINNING = Date.parse("2027-01-01T00:00:00Z");

/** That the lists of an authority are signed when they are due, and at no other time, whatever KMS has its keys. */
export function issuesListsOn(kms: string, skip: string | false, start: () => Promise<ListsOn>): void {
  void describe(`The revocation lists of an authority on ${kms}`, { skip }, () => {
    let on: ListsOn;
    const at = (day: number): void => {
      const now = new Date(BEGINNING + day * 86_400_000).toISOString();
      on.project.setEnvironment({ KMS_PKI_NOW: now, KMS_PKI_TEST_CLOCK: "1" });
    };
    const lists = async (): Promise<ListOutput[]> => (await on.project.outputs())["crls"] as ListOutput[];
    before(async () => {
      on = await start();
      await on.project.setConfig("kms-pki:ssh", "false");
      await on.project.setConfigObject("kms-pki:crl", {
        ...{ url: "http://pki.example.com/crl", every: "10d", renewBefore: "5d" },
        root: { every: "100d" },
      });
      at(0);
    });
    after(() => on.stop());

    void it("are signed once each, after a preview that signs nothing", async () => {
      await on.project.succeed(["preview"]);
      assert.equal(on.signatures(), 0);
      await on.project.up();
      assert.equal(on.signatures(), 4 + (on.probes ?? 0));
      const [root, intermediate] = await lists();
      assert.deepEqual(
        [root?.name, root?.url, root?.nextUpdate, root?.renewalTime],
        ["root", "http://pki.example.com/crl/root.crl", "2027-05-31T00:00:00Z", "2027-04-11T00:00:00.000Z"],
      );
      assert.deepEqual(
        [intermediate?.name, intermediate?.nextUpdate, intermediate?.renewalTime],
        ["intermediate", "2027-01-16T00:00:00Z", "2027-01-11T00:00:00.000Z"],
      );
    });

    void it("are verified by openssl, and named by the certificate of the intermediate", async () => {
      const outputs = await on.project.outputs();
      const file = (name: string, pem: unknown): string => {
        const path = join(on.project.scratch, name);
        writeFileSync(path, String(pem));
        return path;
      };
      const [root, intermediate] = await lists();
      const roots = file("root.pem", outputs["rootCertificate"]);
      const issuing = file("issuing.pem", outputs["intermediateCertificate"]);
      openssl(["crl", "-noout", "-verify", "-CAfile", roots], root?.pem);
      openssl(["crl", "-noout", "-verify", "-CAfile", issuing], intermediate?.pem);
      assert.match(openssl(["x509", "-noout", "-ext", "crlDistributionPoints", "-in", issuing]), /crl\/root\.crl/);
      const when = String(BEGINNING / 1000 + 86_400);
      const path = ["-attime", when, "-x509_strict", "-CAfile", roots, "-CRLfile", file("root.crl", root?.pem)];
      assert.match(openssl(["verify", "-crl_check_all", "-extended_crl", ...path, issuing]), /: OK/);
    });

    void it("are not signed in a run that comes before they are due", async () => {
      at(9.9);
      await on.project.succeed([...UP, "--expect-no-changes"]);
      assert.equal(on.signatures(), 0);
    });

    void it("are signed when they are due, and only those", async () => {
      const before = await lists();
      at(10);
      await on.project.succeed(["preview"]);
      assert.equal(on.signatures(), 0);
      await on.project.up();
      assert.equal(on.signatures(), 1);
      const [root, intermediate] = await lists();
      assert.deepEqual(root, before[0]);
      assert.ok(Number(intermediate?.number) > Number(before[1]?.number));
      await on.project.succeed([...UP, "--expect-no-changes"]);
      assert.equal(on.signatures(), 0);
    });
  });
}
