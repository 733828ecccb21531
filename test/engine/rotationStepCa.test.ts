import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { changesWithin } from "../../provider/rotation/changes";
import { readRotation, type Rotation, type RotationArgs } from "../../provider/rotation/rotation";
import { missing, runTool } from "../tools";
import { AskingClient } from "./askingClient";
import { PulumiProject, UP_WITHOUT_PREVIEW } from "./project";
import { provisionerFlags } from "./issuesCertificates";
import type { GenerationOutput } from "./rotationStack";
import { reloadUntilServed } from "./servedIssuers";
import { freePort } from "../fixtures/freePort";
import { shortClaims } from "./shortClaims";
import { StepCa } from "./stepCa";

const SECOND = 1000;
const LEAF = "40s";

/**
 * Schedules of a few minutes: intermediates at 70, 140 and 210 seconds, the root and the SSH keys at 185. What is published comes when
 * what retires goes, so that there are few runs. One may be late by the time that it takes on a busy machine.
 */
function schedulesFrom(start: string): RotationArgs {
  return {
    root: { start, every: "185s", publishBefore: "95s", retireAfter: "85s" },
    intermediate: { start, every: "70s", publishBefore: "50s", retireAfter: "20s" },
    ssh: { start, every: "185s", publishBefore: "95s", retireAfter: "85s" },
    longestLeaf: { tls: LEAF, sshUser: LEAF, sshHost: LEAF },
    clientRefresh: "10s",
    lateness: "40s",
    clockSkew: "1s",
    backdate: "1s",
  };
}

function program(port: number, rotation: RotationArgs): string {
  return `
const ca = new pki.CertificateAuthority("ca", {
  keys: new pki.SoftKeys(),
  address: "127.0.0.1:${String(port)}",
  sshpop: true,
  claims: ${JSON.stringify(shortClaims(LEAF))},
  caConfig: { authority: { backdate: "1s" } },
  rotation: ${JSON.stringify(rotation)},
});
for (const name of Object.keys(ca)) {
  if (pulumi.Output.isInstance(ca[name]) && name !== "urn") {
    exports[name] = ca[name];
  }
}
`;
}

void describe(
  "step-ca through a rotation in real time",
  { skip: missing("pulumi", "step-ca", "step", "openssl") },
  () => {
    let project: PulumiProject;
    let rotation: Rotation;
    let port: number;
    let ca: StepCa;
    let outputs: Record<string, unknown>;
    const clients: AskingClient[] = [];
    const generations = new Map<string, Set<number>>();
    const home = (file: string): string => join(project.scratch, "step", file);

    const roots = (): GenerationOutput[] => outputs["roots"] as GenerationOutput[];

    /** The steps of each CI run: up, export, SIGHUP, and waiting until the new chain is served. */
    const run = async (): Promise<void> => {
      // This is real time, and a preview would take half of it.
      await project.succeed(UP_WITHOUT_PREVIEW);
      outputs = await project.outputs();
      const exported = await project.kmsPki(["export", "--dir", "ca"]);
      assert.equal(exported.code, 0, exported.output);
      for (const list of ["roots", "intermediates", "sshUserKeys", "sshHostKeys"]) {
        const active = (outputs[list] as GenerationOutput[]).filter(({ state }) => state === "active");
        assert.equal(active.length, 1, list);
        const seen = generations.get(list) ?? new Set();
        generations.set(list, seen.add(active[0]?.generation ?? -1));
      }
    };
    const serve = (): Promise<void> => reloadUntilServed(ca, port, String(outputs["intermediateBundle"]));

    /** Whether a leaf verifies for clients with all roots, and for clients with any single root from the time of its issue. */
    const verifies = (file: string, thereAtIssue = roots()): void => {
      const certificate = home(file);
      const alone = roots().filter(({ generation }) => thereAtIssue.some((root) => root.generation === generation));
      for (const trusted of [...alone.map((root) => [root]), roots()]) {
        const rootsFile = join(project.scratch, "trusted.pem");
        writeFileSync(rootsFile, trusted.map((root) => root.certificate).join(""));
        const arguments_ = ["verify", "-x509_strict", "-CAfile", rootsFile, "-untrusted", certificate, certificate];
        assert.match(runTool("openssl", arguments_), /: OK/);
      }
    };

    /** Whether the files that sshd and ssh trust contain the key that signed an SSH certificate. */
    const verifiesSsh = (file: string, trusted: unknown): void => {
      const text = runTool("ssh-keygen", ["-L", "-f", home(file)]);
      const [, fingerprint = "?"] = /Signing CA: \S+ (SHA256:\S+)/.exec(text) ?? [];
      const trustFile = join(project.scratch, "trusted-ssh");
      writeFileSync(trustFile, String(trusted).replace(/^@cert-authority \S+ /gm, ""));
      assert.ok(runTool("ssh-keygen", ["-l", "-f", trustFile]).includes(fingerprint), file);
    };

    let issued = 0;
    const issue = async (): Promise<string> => {
      issued += 1;
      const name = `leaf-${String(issued)}`;
      await ca.step(["ca", "certificate", "localhost", `${name}.crt`, `${name}.key`, ...provisionerFlags(project)]);
      verifies(`${name}.crt`);
      return name;
    };
    const issueSsh = async (): Promise<void> => {
      issued += 1;
      for (const kind of ["user", "host"] as const) {
        const name = `${kind}-${String(issued)}`;
        const flags = [...(kind === "host" ? ["--host"] : []), "--no-password", "--insecure", "--no-agent"];
        await ca.step(["ssh", "certificate", "somebody", name, ...flags, ...provisionerFlags(project)]);
        verifiesSsh(`${name}-cert.pub`, outputs[kind === "user" ? "sshTrustedUserCaKeys" : "sshCertAuthority"]);
      }
    };

    before(async () => {
      port = await freePort();
      const start = new Date(Date.now() + 10 * SECOND).toISOString().replace(/\.\d+/, "");
      const args = schedulesFrom(start);
      rotation = readRotation(args);
      project = await PulumiProject.program(program(port, args));
      await run();
      const directory = join(project.directory, "ca");
      ca = await StepCa.start(directory, project.passphraseFile, port, join(project.scratch, "step"));
      // Once its root is gone, the client must have moved to the next one.
      const only = [roots()[0]?.certificate ?? ""];
      clients.push(new AskingClient("who knows the first root alone", port, only, goneFrom()));
      clients.push(new AskingClient("who fetches the roots after each run", port, [roots()[0]?.certificate ?? ""]));
    });
    after(async () => {
      await Promise.all(clients.map((client) => client.stop()));
      await ca.stop();
      project.remove();
    });

    /** The time when the first root is gone. */
    const goneFrom = (): number => (rotation.schedules.root?.start ?? 0) + 270 * SECOND;

    void it("issues and renews in every phase, and every certificate is trusted until it expires", async () => {
      const changes = changesWithin(rotation, Date.now(), goneFrom());
      for (const change of changes) {
        await sleep(Math.max(0, change - Date.now() - 3 * SECOND));
        const rootsBefore = roots();
        const old = await issue();
        await sleep(Math.max(0, change - Date.now() + 1));
        await run();
        await serve();
        clients[1]?.trust(roots().map(({ certificate }) => certificate));
        if (roots()[1]?.state === "published" && clients.length === 2) {
          clients.push(new AskingClient("who knows the second root alone", port, [roots()[1]?.certificate ?? ""]));
        }
        verifies(`${old}.crt`, rootsBefore);
        const before = readFileSync(home(`${old}.crt`), "utf8");
        await ca.step(["ca", "renew", `${old}.crt`, `${old}.key`, "--force"]);
        assert.notEqual(readFileSync(home(`${old}.crt`), "utf8"), before);
        verifies(`${old}.crt`);
        await issue();
        await issueSsh();
      }
    });

    void it("goes through three intermediates, two roots and two of each SSH key, or more on a slow machine", () => {
      const count = (list: string): number => generations.get(list)?.size ?? 0;
      assert.ok(count("intermediates") >= 3, "intermediates");
      for (const list of ["roots", "sshUserKeys", "sshHostKeys"]) {
        assert.ok(count(list) >= 2, list);
      }
    });

    void it("lets no request fail that is retried with a new connection", () => {
      assert.equal(clients.length, 3);
      for (const client of clients) {
        assert.ok(client.asked > 100);
        assert.deepEqual(client.failures, []);
      }
    });
  },
);
