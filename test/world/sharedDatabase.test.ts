import assert from "node:assert/strict";
import { cpSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as pki from "../../provider";
import { MariaDb, missingMariaDb } from "../database/mariaDb";
import { missingPostgres, Postgres } from "../database/postgres";
import { StepCa } from "../engine/stepCa";
import { freePort } from "../fixtures/freePort";
import { openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { WorldProject } from "./worldProject";

const TOOLS = missing("step-ca", "step", "openssl");
const NAME = "stepca_test";

/** A database server, and how two step-ca name it. */
interface Server {
  /** What `kms-pki export` reads. */
  readonly url: string;
  /** What stands in the other step-ca's ca.json, and its environment. */
  readonly other: { readonly url: string; readonly environment: Readonly<Record<string, string>> };
  readonly stop: () => Promise<void>;
}

const DATABASES: readonly {
  readonly what: string;
  readonly type: "postgresql" | "mysql";
  readonly skip: string | false;
  readonly start: () => Promise<Server>;
}[] = [
  {
    ...{ what: "PostgreSQL, of which the other has the password in its environment", type: "postgresql" },
    skip: missingPostgres(),
    start: async () => {
      const server = await Postgres.start();
      return {
        ...{ url: server.url, stop: () => server.stop() },
        other: { url: server.urlWithoutPassword, environment: { PGPASSWORD: Postgres.password } },
      };
    },
  },
  {
    ...{ what: "MariaDB, which the other reaches over TLS", type: "mysql" },
    skip: missingMariaDb(),
    start: async () => {
      const server = await MariaDb.start(NAME);
      return {
        ...{ url: server.url, stop: () => server.stop() },
        other: { url: `${server.url}?tls=true`, environment: { SSL_CERT_FILE: server.certificateFile } },
      };
    },
  },
];

for (const { what, type, skip, start } of DATABASES) {
  void describe(`Two step-ca of one authority on one ${what}`, { skip: TOOLS || skip }, () => {
    let database: Server;
    let project: WorldProject;
    let [one, other]: (StepCa | undefined)[] = [];
    const caConfig = (): string => join(project.directory, "ca", "ca.json");
    const inScratch = (name: string): string => join(project.scratch, name);
    const serving = (ca: StepCa | undefined): StepCa => ca ?? assert.fail("step-ca did not start");

    before(async () => {
      database = await start();
      const [port, otherPort] = [await freePort(), await freePort()];
      project = await WorldProject.program("");
      project.runsProgram(() => ({
        ca: new pki.CertificateAuthority("ca", {
          ...{ keys: new pki.SoftKeys(), address: `127.0.0.1:${String(port)}` },
          database: { type, name: NAME, urlFile: "database-url" },
        }),
      }));
      writeFileSync(join(project.directory, "database-url"), `${database.url}\n`, { mode: 0o600 });
      await project.up();
      const exported = await project.kmsPki(["export", "--dir", "ca"]);
      assert.equal(exported.code, 0, exported.output);
      assert.equal(exported.output.includes(database.url), false);
      // Another host would have the same ca.json. On this one, a second step-ca needs a port of its own.
      cpSync(join(project.directory, "ca"), inScratch("other"), { recursive: true });
      const moved = readFileSync(caConfig(), "utf8")
        .replace(`127.0.0.1:${String(port)}`, `127.0.0.1:${String(otherPort)}`)
        .replace(database.url, database.other.url);
      writeFileSync(join(inScratch("other"), "ca.json"), moved);
      one = await StepCa.start(join(project.directory, "ca"), project.passphraseFile, port, inScratch("step"));
      other = await StepCa.start(
        inScratch("other"),
        project.passphraseFile,
        otherPort,
        inScratch("step"),
        database.other.environment,
      );
    });
    after(async () => {
      await one?.stop();
      await other?.stop();
      await database.stop();
      project.remove();
    });

    void it("has the database's URL in the ca.json of the export, which only its owner reads, and nowhere else", async () => {
      const { db } = JSON.parse(readFileSync(caConfig(), "utf8")) as { db: unknown };
      assert.deepEqual(db, { type, dataSource: database.url, database: NAME });
      assert.equal(statSync(caConfig()).mode & 0o777, 0o600);
      const state = await project.exportedState();
      assert.match(state, /kms-pki:url-file=database-url/);
      assert.equal(state.includes("horse"), false);
    });

    void it("renews a leaf of the one with the other, and refuses it everywhere once the other has revoked it", async () => {
      const password = ["--provisioner", "admin", "--provisioner-password-file", project.passphraseFile];
      const [certificate, key] = [inScratch("leaf.crt"), inScratch("leaf.key")];
      const serial = (): string => openssl(["x509", "-noout", "-serial", "-in", certificate]);
      await serving(one).step(["ca", "certificate", "leaf.example.com", certificate, key, ...password, "--force"]);
      const first = serial();
      await serving(other).step(["ca", "renew", certificate, key, "--force"]);
      assert.notEqual(serial(), first);
      await serving(other).step(["ca", "revoke", "--cert", certificate, "--key", key, "--reasonCode", "1"]);
      await assert.rejects(serving(one).step(["ca", "renew", certificate, key, "--force"]));
      assert.match(serving(one).log, /revoked/);
    });

    void it("accepts a token once: the other refuses the token that the one has used", async () => {
      const password = ["--provisioner", "admin", "--provisioner-password-file", project.passphraseFile];
      const token = (await serving(one).step(["ca", "token", "once.example.com", ...password])).trim();
      const issue = (ca: StepCa | undefined, name: string): Promise<string> =>
        serving(ca).step([
          "ca",
          "certificate",
          "once.example.com",
          inScratch(`${name}.crt`),
          inScratch(`${name}.key`),
          "--token",
          token,
        ]);
      await issue(one, "first");
      await assert.rejects(issue(other, "second"));
      assert.match(serving(other).log, /token already used/);
    });
  });
}
