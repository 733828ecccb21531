/**
 * `npm run bench:load`: the renewals that three step-ca behind HAProxy answer before, during and after a switch, as ratios to what one
 * step-ca answers alone in the same run. It needs root, because each host has a network of its own. Each phase takes 30 seconds, or
 * those of KMS_PKI_BENCH_SECONDS. The exit code is 1 if a request failed that was repeated once.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { missingPostgres } from "../database/postgres";
import { Fleet } from "../engine/fleet";
import { provisionerFlags } from "../engine/issuesCertificates";
import { enterOwnNetwork, missingNetworks } from "../engine/ownNetwork";
import { CA_PORT } from "../engine/sshHost";
import { missing } from "../tools";
import { type Counts, renewInClosedLoop, type Renewal } from "./closedLoop";
import { processorTimes } from "./processorTimes";

const SECONDS = Number(process.env["KMS_PKI_BENCH_SECONDS"] ?? "30");
/** Enough to keep step-ca busy, and too few to wait for it for long. */
const CLIENTS = 16;
const SERVERS = ["step-ca", "postgres", "haproxy"];

/** The switch changes the validity of the intermediate, which so gets another certificate. */
const program = (argumentsOfFleet: string, validity: string): string => `
const ca = new pki.CertificateAuthority("ca", {
  keys: new pki.SoftKeys(),
  deletionProtection: false,
${argumentsOfFleet}
  intermediate: { validity: "${validity}" },
});
for (const name of Object.keys(ca)) {
  if (pulumi.Output.isInstance(ca[name]) && name !== "urn") {
    exports[name] = ca[name];
  }
}
`;

/** A phase as it was measured. */
interface Phase extends Counts {
  readonly perSecond: number;
  /** Processor seconds a second, of the clients and of each server. */
  readonly load: ReadonlyMap<string, number>;
}

/** Renews for some seconds, and until something else has ended. */
async function measure(renewal: Renewal, meanwhile: () => Promise<void> = () => Promise.resolve()): Promise<Phase> {
  const [begun, own, servers] = [process.hrtime.bigint(), process.cpuUsage(), processorTimes(SERVERS)];
  const elapsed = (): number => Number(process.hrtime.bigint() - begun) / 1e9;
  let isDone = false;
  const other = meanwhile().finally(() => {
    isDone = true;
  });
  const [counts] = await Promise.all([
    renewInClosedLoop(CLIENTS, renewal, () => isDone && elapsed() >= SECONDS),
    other,
  ]);
  const [seconds, { user, system }] = [elapsed(), process.cpuUsage(own)];
  const load = new Map([["clients", (user + system) / 1e6 / seconds]]);
  for (const [name, after] of processorTimes(SERVERS)) {
    load.set(name, (after - (servers.get(name) ?? 0)) / seconds);
  }
  return { ...counts, perSecond: counts.answered / seconds, load };
}

function report(what: string, phase: Phase, alone: Phase): void {
  const { perSecond, failed, lost, answered, load, reasons } = phase;
  const ratio = (perSecond / alone.perSecond).toFixed(2);
  const times = [...load].map(([name, seconds]) => `${name} ${seconds.toFixed(2)}`).join(", ");
  console.log(`${what}: ${ratio} (${perSecond.toFixed(0)} renewals a second)`);
  console.log(`  of ${String(answered + lost)} renewals, repeated ${String(failed)}, lost ${String(lost)}`);
  for (const [reason, count] of reasons) {
    console.log(`  ${String(count)} times ${reason}`);
  }
  console.log(`  processors in use: ${times}`);
}

async function main(): Promise<void> {
  console.log(`three hosts, ${String(CLIENTS)} clients ...`);
  const fleet = await Fleet.start((argumentsOfFleet) => program(argumentsOfFleet, "30d"));
  const { project, hosts, balancer } = fleet;
  const [first] = hosts;
  if (first === undefined) {
    throw new Error("no host");
  }
  const [leaf, key] = [join(project.scratch, "leaf.crt"), join(project.scratch, "leaf.key")];
  await first.ca.step(["ca", "certificate", "localhost", leaf, key, ...provisionerFlags(project)]);
  const client = { cert: readFileSync(leaf, "utf8"), key: readFileSync(key, "utf8"), ca: first.roots };
  const behind = { ...client, host: "127.0.0.1", port: balancer.port };

  const alone = await measure({ ...client, host: first.ip, port: CA_PORT });
  report("one step-ca alone", alone, alone);
  const phases = [alone];
  const add = async (what: string, meanwhile?: () => Promise<void>): Promise<void> => {
    const phase = await measure(behind, meanwhile);
    report(`three behind HAProxy ${what}`, phase, alone);
    phases.push(phase);
  };
  await add("before a switch");
  await add("during a switch", async () => {
    await sleep((SECONDS * 1000) / 6);
    fleet.setProgram((argumentsOfFleet) => program(argumentsOfFleet, "29d"));
    const { code, output } = await fleet.deploy();
    if (code !== 0 || !output.includes("serves the new chain")) {
      throw new Error(output);
    }
  });
  await add("after a switch");
  await fleet.stop();
  process.exitCode = phases.some(({ lost }) => lost > 0) ? 1 : 0;
}

const PROGRAMS = missing("pulumi", "step-ca", "step", "openssl", "ssh", "ssh-keygen", "sshd", "haproxy");
const lacking = PROGRAMS || missingPostgres() || missingNetworks();
if (lacking === false) {
  enterOwnNetwork();
  void main();
} else {
  console.error(lacking);
  process.exitCode = 1;
}
