import { execFile, execFileSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { shellBlock } from "../documentation/shellBlocks";
import { type Issuer, issuesIntermediate, NOTHING_TO_STOP } from "../engine/issuesIntermediate";
import { freePort } from "../fixtures/freePort";
import { LeashedServer } from "../fixtures/leashedServer";
import { findTool, missing } from "../tools";
import { WorldProject } from "./worldProject";

/** A root in two files. */
function rootByStep(directory: string): ReturnType<Issuer["start"]> {
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

const rootStack: Issuer["rootStack"] = (config) => WorldProject.rootStack(config);

/** The lines with which a stack asks for its intermediate, and takes the answer. */
const LINES = {
  asking: shellBlock("docs/external-roots.md", "rootKms external"),
  accepting: shellBlock("docs/external-roots.md", "kms-pki accept"),
};

issuesIntermediate({
  name: "step",
  skip: missing("step-ca", "step", "openssl"),
  block: shellBlock("docs/external-roots.md", "step certificate sign"),
  ...LINES,
  start: rootByStep,
  isWithoutChain: true,
  rootStack,
  goesOn: false,
});

issuesIntermediate({
  name: "OpenBao",
  skip: missing("step-ca", "step", "openssl", "bao"),
  block: shellBlock("docs/external-roots.md", "bao write"),
  ...LINES,
  start: openBao,
  isWithoutChain: false,
  rootStack,
  goesOn: true,
});
