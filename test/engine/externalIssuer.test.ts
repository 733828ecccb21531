import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { until } from "../fixtures/waiting";
import { shellBlock } from "../documentation/shellBlocks";
import { LeashedServer } from "../fixtures/leashedServer";
import { NEW_EC_KEY, openssl } from "../fixtures/openssl";
import { findTool, missing, runTool } from "../tools";
import { provisionerFlags } from "./issuesCertificates";
import { PulumiProject, UP_WITHOUT_PREVIEW } from "./project";
import { freePort } from "../fixtures/freePort";
import { StepCa } from "./stepCa";

const DAY = 86_400_000;

/** A CA that is not the stack's, and how the documentation has it sign. */
interface Issuer {
  readonly name: string;
  readonly tools: readonly string[];
  /** The block of the documentation. */
  readonly block: string;
  /** Makes it in a project's folder. */
  readonly start: (
    directory: string,
  ) => Promise<{ environment: Readonly<Record<string, string>>; stop: () => Promise<void> }>;
  /** Whether its answer comes without the certificates above it. */
  readonly isWithoutChain: boolean;
  /** Whether the test goes on with a renewal and a rotation, which are the same for every issuer. */
  readonly goesOn: boolean;
}

const NOTHING_TO_STOP = { environment: {}, stop: () => Promise.resolve() };

/** A root in two files. */
function rootByOpenssl(directory: string): Promise<typeof NOTHING_TO_STOP> {
  openssl([
    ...["req", "-x509", ...NEW_EC_KEY, "-keyout", join(directory, "root.key"), "-out", join(directory, "root.crt")],
    ...["-days", "3650", "-subj", "/O=Elsewhere/CN=Elsewhere Root", "-addext", "keyUsage=critical,keyCertSign,cRLSign"],
  ]);
  return Promise.resolve(NOTHING_TO_STOP);
}

function rootByStep(directory: string): Promise<typeof NOTHING_TO_STOP> {
  const files = [join(directory, "root.crt"), join(directory, "root.key")];
  execFileSync(
    findTool("step") ?? "step",
    ["certificate", "create", "Elsewhere Root", ...files, "--profile", "root-ca", "--no-password", "--insecure"],
    { env: { HOME: directory }, stdio: "pipe" }, // step takes the tests' STEP_CA for an option
  );
  return Promise.resolve(NOTHING_TO_STOP);
}

/** OpenBao's own server, with a root in memory. */
async function openBao(directory: string): ReturnType<Issuer["start"]> {
  const address = `127.0.0.1:${String(await freePort())}`;
  const token = "the-token-of-the-tests";
  const environment = {
    BAO_ADDR: `http://${address}`,
    BAO_TOKEN: token,
    HOME: directory,
    PATH: process.env["PATH"] ?? "",
  };
  const bao = findTool("bao") ?? "bao";
  const flags = [`-dev-root-token-id=${token}`, "-dev-no-store-token", `-dev-listen-address=${address}`];
  const server = new LeashedServer("OpenBao", bao, ["server", "-dev", ...flags], { env: environment });
  const run = (args: readonly string[]): Promise<unknown> => promisify(execFile)(bao, args, { env: environment });
  await server.ready(() => run(["status"]).then(() => true));
  await run(["secrets", "enable", "pki"]);
  await run(["secrets", "tune", "-max-lease-ttl=87600h", "pki"]);
  await run(["write", "pki/root/generate/internal", "common_name=Elsewhere Root", "key_type=ec", "ttl=87600h"]);
  return {
    environment,
    stop: () => server.stop("SIGKILL"), // what it holds is in memory alone
  };
}

const ISSUERS: readonly Issuer[] = [
  {
    name: "openssl",
    tools: [],
    block: shellBlock("docs/external-roots.md", "openssl x509 -req"),
    start: rootByOpenssl,
    isWithoutChain: true,
    goesOn: false,
  },
  {
    name: "step",
    tools: [],
    block: shellBlock("docs/external-roots.md", "step certificate sign"),
    start: rootByStep,
    isWithoutChain: true,
    goesOn: false,
  },
  {
    name: "OpenBao",
    tools: ["bao"],
    block: shellBlock("docs/external-roots.md", "bao write"),
    start: openBao,
    isWithoutChain: false,
    goesOn: true,
  },
];

for (const { name, tools, block, start, isWithoutChain, goesOn } of ISSUERS) {
  void describe(
    `An intermediate that ${name} signs`,
    {
      skip: missing("pulumi", "step-ca", "step", "openssl", ...tools),
    },
    () => {
      void it(`is asked for${goesOn ? ", served, renewed and rotated" : " and served"}, as the documentation says`, async () => {
        const port = await freePort();
        const project = await PulumiProject.rootStack({
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
            const PATH = [
              ...["step", "bao"].map((each) => findTool(each)?.replace(/\/[^/]*$/, "")),
              process.env["PATH"],
            ]
              .filter((each) => each !== undefined)
              .join(":");
            execFileSync("bash", ["-euc", commands], {
              cwd: project.directory,
              env: { HOME: project.directory, ...environment, PATH },
              stdio: "pipe",
            });
          };
          const settings = shellBlock("docs/external-roots.md", "rootKms external");
          const [, key = "", value = ""] = /^pulumi config set (\S+) (\S+)$/m.exec(settings) ?? [];
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
          await runs(settings);
          const answer = async (request: string): Promise<void> => {
            shell(block.replaceAll("intermediate.csr", `${request}.csr`));
            const [, accept = "", chain = ""] =
              /^kms-pki (accept \S+)( --chain \S+)/m.exec(shellBlock("docs/external-roots.md", "kms-pki accept")) ?? [];
            const taken = await project.kmsPki(`${accept}${isWithoutChain ? chain : ""}`.split(" "));
            assert.equal(taken.code, 0, taken.output);
          };
          const served = async (): Promise<string> => {
            const home = join(project.scratch, "step");
            const running =
              ca ?? (await StepCa.start(join(project.directory, "ca"), project.passphraseFile, port, home));
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
    },
  );
}
