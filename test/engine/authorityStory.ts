import assert from "node:assert/strict";
import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { until } from "../fixtures/waiting";
import { missing } from "../tools";
import { type AuthorityProgram, inTypeScript } from "./authorityPrograms";
import { authoritySayings, typescriptSayings } from "./authoritySayings";
import { type PulumiProject, UP, UP_WITHOUT_PREVIEW } from "./project";
import { commandLine, processesOf } from "./projectProcesses";
import { countingCalls, killedAt, recover } from "./providerCalls";
import { freePort } from "../fixtures/freePort";
import { StepCa } from "./stepCa";

/** A language in which a program declares an authority. */
export interface AuthorityLanguage {
  readonly name: string;
  /** The programs that it needs besides Pulumi. */
  readonly tools: readonly string[];
  /** A new project with the program. */
  readonly start: (program: AuthorityProgram) => Promise<PulumiProject>;
  /** Changes the program of the project. */
  readonly change: (project: PulumiProject, program: AuthorityProgram) => void;
}

/** Tests the life of an authority in a language, from a preview to its end. Each test goes on where the one before stopped. */
export function tellsAuthority({ name, tools, start, change }: AuthorityLanguage): void {
  void describe(`An authority in ${name}`, { skip: missing("pulumi", "step-ca", "step", ...tools) }, () => {
    let project: PulumiProject;
    let port: number;
    before(async () => {
      port = await freePort();
      project = await start({ port });
    });
    after(() => {
      project.remove();
    });

    void it("is previewed without a call of its KMS, and nothing is made", async () => {
      const { run, calls } = await countingCalls(project, ["preview"]);
      assert.match(run.output, /kms-pki:index:CertificateAuthority ca create/);
      assert.deepEqual(Object.values(calls), [0, 0, 0]);
      assert.equal(existsSync(join(project.directory, "keys")), false);
    });

    void it(
      "whose engine is killed leaves no plugin",
      { skip: existsSync("/proc/self/environ") ? false : "looks at /proc" },
      async () => {
        const run = await killedAt(project, UP_WITHOUT_PREVIEW, "link:2:after");
        assert.equal(run.signal, "SIGKILL");
        const isThere = (process: number): boolean => commandLine(process).includes("plugin/main.js");
        await until("no plugin is left", () => !processesOf(project.scratch).some(isThere));
        await recover(project);
      },
    );

    void it("is made by the next run, and says what it says in TypeScript", async () => {
      await project.succeed(UP_WITHOUT_PREVIEW);
      const expected = await typescriptSayings(inTypeScript({ port }));
      assert.match(expected["caConfig"] ?? "", /12h/);
      assert.match(expected["rootCertificate"] ?? "", /C=CH[^]*DNS:example.com/);
      assert.deepEqual(await authoritySayings(project), expected);
    });

    void it("signs nothing in a second run, and a refresh finds nothing", async () => {
      const { calls } = await countingCalls(project, [...UP, "--expect-no-changes"]);
      assert.equal(calls.sign + calls.generateKeyPair, 0);
      await project.succeed(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]);
    });

    void it("is refused when a key's file is gone, until it is back", async () => {
      const file = join(project.directory, "keys", "root.pem");
      renameSync(file, `${file}.away`);
      await project.succeed(["refresh", "--yes", "--skip-preview"]);
      const refused = await project.pulumi(UP_WITHOUT_PREVIEW);
      assert.notEqual(refused.code, 0);
      assert.match(refused.output, /KEY_NOT_FOUND: /);
      renameSync(`${file}.away`, file);
      await project.succeed(["refresh", "--yes", "--skip-preview"]);
    });

    void it("keeps everything under another name of its resource", async () => {
      change(project, { port, name: "authority", former: "ca" });
      const { run, calls } = await countingCalls(project, UP_WITHOUT_PREVIEW);
      assert.doesNotMatch(run.output, /replace|deleted/);
      assert.equal(calls.sign + calls.generateKeyPair, 0);
    });

    void it("is served by step-ca from what kms-pki exports", async () => {
      const { code, output } = await project.kmsPki(["export", "--dir", "ca"]);
      assert.equal(code, 0, output);
      const [directory, home] = [join(project.directory, "ca"), join(project.scratch, "step")];
      const ca = await StepCa.start(directory, project.passphraseFile, port, home);
      await ca.stop();
    });

    void it("is protected from a destroy until its program says otherwise", async () => {
      assert.notEqual((await project.pulumi(["destroy", "--yes", "--skip-preview"])).code, 0);
      change(project, { port, name: "authority", former: "ca", isProtected: false });
      await project.succeed(UP_WITHOUT_PREVIEW);
      await project.succeed(["destroy", "--yes", "--skip-preview"]);
      assert.deepEqual((await project.state()).resources, []);
      assert.equal(existsSync(join(project.directory, "keys", "root.pem")), false);
    });
  });
}
