import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { until } from "../fixtures/waiting";
import { findTool, runTool } from "../tools";
import { provisionerFlags } from "./issuesCertificates";
import { UP_WITHOUT_PREVIEW } from "./project";
import { freePort } from "../fixtures/freePort";
import type { StackProject } from "./stackProject";
import { StepCa } from "./stepCa";

const DAY = 86_400_000;

/** A CA that is not the stack's, and how the documentation has it sign. */
export interface Issuer {
  readonly name: string;
  readonly skip: string | false;
  /** The blocks of the documentation with which the issuer signs, the stack asks, and the answer is taken. */
  readonly block: string;
  readonly asking: string;
  readonly accepting: string;
  /** Makes it in a project's folder. */
  readonly start: (
    directory: string,
  ) => Promise<{ environment: Readonly<Record<string, string>>; stop: () => Promise<void> }>;
  /** Whether its answer comes without the certificates above it. */
  readonly isWithoutChain: boolean;
  /** A new root stack with these settings. */
  readonly rootStack: (config: Readonly<Record<string, string>>) => Promise<StackProject>;
  /** Whether the test goes on with a renewal and a rotation, which are the same for every issuer. */
  readonly goesOn: boolean;
}

/** The start of an issuer that consists of files. */
export const NOTHING_TO_STOP: Awaited<ReturnType<Issuer["start"]>> = { environment: {}, stop: () => Promise.resolve() };

/** Tests that step-ca serves an intermediate that a CA elsewhere signs, by the lines of the documentation. */
export function issuesIntermediate(issuer: Issuer): void {
  const { name, skip, block, asking, accepting, start, isWithoutChain, rootStack, goesOn } = issuer;
  void describe(`An intermediate that ${name} signs`, { skip }, () => {
    void it(`is asked for${goesOn ? ", served, renewed and rotated" : " and served"}, as the documentation says`, async () => {
      const port = await freePort();
      const project = await rootStack({
        ...{ "kms-pki:address": `127.0.0.1:${String(port)}`, "kms-pki:name": "Example" },
      });
      const { environment, stop } = await start(project.directory);
      let ca: StepCa | undefined;
      try {
        // The certificates of the issuer begin today.
        const begin = Math.floor(Date.now() / 1000) * 1000;
        await project.setConfigObject("kms-pki:rotation", {
          intermediate: {
            ...{ start: new Date(begin).toISOString().replace(".000Z", "Z"), every: "30d" },
            ...{ publishBefore: "10d", retireAfter: "2d" },
          },
        });
        const shell = (commands: string): void => {
          const PATH = [...["step", "bao"].map((each) => findTool(each)?.replace(/\/[^/]*$/, "")), process.env["PATH"]]
            .filter((each) => each !== undefined)
            .join(":");
          execFileSync("bash", ["-euc", commands], {
            cwd: project.directory,
            env: { HOME: project.directory, ...environment, PATH },
            stdio: "pipe",
          });
        };
        const [, key = "", value = ""] = /^pulumi config set (\S+) (\S+)$/m.exec(asking) ?? [];
        await project.setConfig(key, value);
        const runs = async (commands: string): Promise<void> => {
          for (const [, args = ""] of commands.matchAll(/^kms-pki ([^#\n]*)/gm)) {
            const words = args.trim().split(/\s+/);
            const { code, output } = await project.kmsPki(words);
            assert.equal(code, 0, output);
          }
        };
        await project.up();
        if (goesOn) {
          await project.succeed([...UP_WITHOUT_PREVIEW, "--expect-no-changes"]); // while there is no answer
        }
        assert.match((await project.kmsPki(["status"])).output, /^intermediate +active +\S+ +answer, since /m);
        await runs(asking);
        const answer = async (request: string): Promise<void> => {
          shell(block.replaceAll("intermediate.csr", `${request}.csr`));
          const [, accept = "", chain = ""] = /^kms-pki (accept \S+)( --chain \S+)/m.exec(accepting) ?? [];
          const taken = await project.kmsPki(`${accept}${isWithoutChain ? chain : ""}`.split(" "));
          assert.equal(taken.code, 0, taken.output);
        };
        const served = async (): Promise<string> => {
          const home = join(project.scratch, "step");
          const running = ca ?? (await StepCa.start(join(project.directory, "ca"), project.passphraseFile, port, home));
          ca = running;
          await running.step([
            "ca",
            "certificate",
            "localhost",
            "leaf.crt",
            "leaf.key",
            "--force",
            ...provisionerFlags(project),
          ]);
          const chain = join(home, "leaf.crt");
          const verified = runTool("openssl", ["verify", "-CAfile", inCa("root_ca.crt"), "-untrusted", chain, chain]);
          assert.match(verified, /: OK/);
          return runTool(
            "openssl",
            ["x509", "-noout", "-issuer", "-nameopt", "RFC2253"],
            readFileSync(chain, "utf8"),
          ).trim();
        };
        const inCa = (file: string): string => join(project.directory, "ca", file);
        const up = (environment: Readonly<Record<string, string>> = {}): Promise<unknown> =>
          project.succeed(UP_WITHOUT_PREVIEW, environment);
        await answer("intermediate");
        await project.up();
        await runs("kms-pki export --dir ca");
        assert.equal(await served(), "issuer=CN=Example Intermediate");
        if (!goesOn) {
          return;
        }
        await project.succeed([...UP_WITHOUT_PREVIEW, "--expect-no-changes"]);

        // A renewal.
        const first = await project.output("intermediateCertificate");
        await answer("intermediate");
        await up();
        assert.notEqual(await project.output("intermediateCertificate"), first);

        // A rotation, whose next request nobody answers in time.
        const at = (days: number): Record<string, string> => ({
          ...{ KMS_PKI_NOW: new Date(begin + days * DAY).toISOString(), KMS_PKI_TEST_CLOCK: "1" },
        });
        await up(at(25));
        await up(at(31));
        await runs("kms-pki export --dir ca");
        ca?.reload();
        assert.equal(await served(), "issuer=CN=Example Intermediate", "the old one goes on");
        await answer("intermediate-g1");
        await up(at(32));
        await runs("kms-pki export --dir ca");
        ca?.reload();
        await until("step-ca serves the next intermediate", () =>
          // It may refuse a connection while it reloads.
          served().then(
            (issuer) => issuer === "issuer=CN=Example Intermediate G1",
            () => false,
          ),
        );
        await project.succeed([...UP_WITHOUT_PREVIEW, "--expect-no-changes"], at(32));
        writeFileSync(join(project.directory, "intermediate.crt"), readFileSync(inCa("root_ca.crt")));
        const wrong = await project.kmsPki(["accept", "intermediate.crt"]);
        assert.match(wrong.output, /^ANSWER_MISMATCH: /);
      } finally {
        await ca?.stop();
        await stop();
        project.remove();
      }
    });
  });
}
