import assert from "node:assert/strict";
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { changesWithin } from "../../provider/rotation/changes";
import { readRotation, type Rotation, type RotationArgs } from "../../provider/rotation/rotation";
import { AwsStack } from "../awskms/awsStack";
import { missingPostgres } from "../database/postgres";
import { missing, runTool } from "../tools";
import { AskingClient } from "./askingClient";
import { Fleet } from "./fleet";
import { pairwiseClient, renewingClient, sshClient } from "./fleetClients";
import { provisionerFlags } from "./issuesCertificates";
import { enterOwnNetwork, missingNetworks, OWN_ADDRESS } from "./ownNetwork";
import type { RetryingClient } from "./retryingClient";
import type { GenerationOutput } from "./rotationStack";
import { shortClaims } from "./shortClaims";
import type { SshHost } from "./sshHost";

const SECOND = 1000;
const LEAF = "29s";
/** When the first intermediate gives way to the second one; when the first root and the first SSH keys are gone. */
const [NEXT_INTERMEDIATE, FIRST_GONE] = [50 * SECOND, 300 * SECOND];

const at = (instant: number): string => new Date(instant).toISOString();

/**
 * A rotation of everything within five minutes: intermediates at 50 and 250 seconds, the root and the SSH keys at 200. Every key is there
 * 100 seconds before it is used, or from the beginning. A run may be late by the time that it takes on a busy machine.
 */
function schedulesFrom(instant: number): RotationArgs {
  const [start, earlier] = [at(instant), at(instant - 150 * SECOND)];
  return {
    root: { start, every: "200s", publishBefore: "100s", retireAfter: "100s" },
    intermediate: { start: earlier, every: "200s", publishBefore: "150s", retireAfter: "50s" },
    ssh: { start, every: "200s", publishBefore: "100s", retireAfter: "100s" },
    longestLeaf: { tls: LEAF, sshUser: LEAF, sshHost: LEAF },
    clientRefresh: "10s",
    lateness: "60s",
    clockSkew: "1s",
    backdate: "1s",
  };
}

/** The key of the root is in a file, those that step-ca signs with are in AWS KMS. */
function program(argumentsOfFleet: string, rotation: RotationArgs): string {
  return `
const { AwsKmsKeys } = require("pulumi-kms-pki/awskms");
const ca = new pki.CertificateAuthority("ca", {
  keys: { root: new pki.SoftKeys(), intermediate: new AwsKmsKeys() },
${argumentsOfFleet}
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

const TOOLS = missing("pulumi", "step-ca", "step", "openssl", "ssh", "ssh-keygen", "sshd", "haproxy", "ministack");
const SKIP = TOOLS || missingPostgres() || missingNetworks();
if (SKIP === false) {
  enterOwnNetwork();
}

void describe("kms-pki deploy to three hosts through a rotation in real time", { skip: SKIP }, () => {
  let fleet: Fleet;
  let rotation: Rotation;
  let outputs: Record<string, unknown>;
  const asking: AskingClient[] = [];
  const others: RetryingClient[] = [];
  const inScratch = (name: string): string => join(fleet.project.scratch, name);
  const roots = (): GenerationOutput[] => outputs["roots"] as GenerationOutput[];
  const rootPems = (): string[] => roots().map(({ certificate }) => certificate);
  const up = (): SshHost[] => fleet.hosts.filter(({ isUp }) => isUp);
  /** What the ca.json of the hosts have as `crt`. */
  const intermediates = (): Set<string> => new Set(fleet.hosts.map(({ crt }) => crt));
  const start = (): number => rotation.schedules.root?.start ?? 0;

  /** Clients fetch the roots. */
  const fetchRoots = async (): Promise<void> => {
    outputs = await fleet.project.outputs();
    // `step` takes one root.
    writeFileSync(inScratch("root.next"), roots().find(({ state }) => state === "active")?.certificate ?? "");
    renameSync(inScratch("root.next"), inScratch("root.pem"));
    asking[1]?.trust(rootPems());
  };

  const verifies = (leaf: string, at: SshHost): void => {
    const trusted = inScratch(`roots-of-${at.name}.pem`);
    writeFileSync(trusted, at.roots.join(""));
    assert.match(runTool("openssl", ["verify", "-x509_strict", "-CAfile", trusted, "-untrusted", leaf, leaf]), /: OK/);
  };

  /** Each host issues a leaf that every other one trusts, and the next one renews. */
  const issueEverywhere = async (): Promise<void> => {
    await Promise.all(
      up().map(async (host, at, all) => {
        const [leaf, key] = [inScratch(`${host.name}.crt`), inScratch(`${host.name}.key`)];
        await host.ca.step([
          "ca",
          "certificate",
          "localhost",
          leaf,
          key,
          "--force",
          ...provisionerFlags(fleet.project),
        ]);
        all.forEach((other) => {
          verifies(leaf, other);
        });
        const before = readFileSync(leaf, "utf8");
        await all[(at + 1) % all.length]?.ca.step(["ca", "renew", leaf, key, "--force"]);
        assert.notEqual(readFileSync(leaf, "utf8"), before);
      }),
    );
  };

  before(async () => {
    const args = schedulesFrom(Math.ceil(Date.now() / SECOND + 40) * SECOND);
    rotation = readRotation(args);
    fleet = await Fleet.start(
      (argumentsOfFleet) => program(argumentsOfFleet, args),
      (project) => AwsStack.over(project, { host: OWN_ADDRESS }),
    );
    await fetchRoots();
    await issueEverywhere();
    const { port } = fleet.balancer;
    const first = rootPems().slice(0, 1);
    asking.push(new AskingClient("who knows the first root alone", port, first, start() + FIRST_GONE));
    asking.push(new AskingClient("who fetches the roots after each run", port, first));
    others.push(renewingClient(port, inScratch("ca1.crt"), inScratch("ca1.key"), rootPems));
    const step = { port, root: inScratch("root.pem"), home: inScratch("ssh-client") };
    others.push(sshClient({ ...step, provisioner: provisionerFlags(fleet.project) }, fleet.hosts));
    others.push(pairwiseClient(fleet.hosts));
  });
  after(async () => {
    await Promise.all([...asking, ...others].map((client) => client.stop()));
    await fleet.stop();
  });

  void it("hands over at every change, and catches up a host that was killed and down for a whole state", async () => {
    const [, second] = fleet.hosts;
    assert.ok(second !== undefined);
    for (const change of changesWithin(rotation, start(), start() + FIRST_GONE)) {
      const kills = change === start() + NEXT_INTERMEDIATE;
      if (kills) {
        await sleep(Math.max(0, change - Date.now() - 3 * SECOND));
        await second.kill();
      } else if (!second.isUp) {
        await second.boot();
      }
      await sleep(Math.max(0, change - Date.now() + 1));
      const { code, output } = await fleet.deploy();
      assert.equal(code, kills ? 1 : 0, output);
      assert.equal(/HOST_UNREACHABLE: ca2: .*Connection timed out/.test(output), kills, output);
      await fetchRoots();
      assert.equal(intermediates().size, kills ? 2 : 1);
      await issueEverywhere();
    }
  });

  void it("lets every host serve and sign with the second root, intermediate and SSH keys, or later ones", () => {
    for (const list of ["roots", "intermediates", "sshUserKeys", "sshHostKeys"]) {
      const active = (outputs[list] as GenerationOutput[]).find(({ state }) => state === "active");
      assert.ok((active?.generation ?? 0) >= 1, list);
    }
  });

  void it("puts no private key on a host: those of step-ca stay in AWS KMS, and those of the root here", () => {
    assert.deepEqual(
      fleet.hosts.flatMap(({ keyFiles }) => keyFiles),
      [],
    );
    const files = readdirSync(join(fleet.project.directory, "keys"));
    assert.deepEqual(
      files.filter((name) => !/^root(-g\d+)?\.pem$/.test(name)),
      [],
    );
    assert.ok(files.length > 1);
  });

  void it("lets no request fail that is retried once, and every host trusts what every other one uses at any moment", () => {
    for (const client of [...asking, ...others]) {
      assert.ok(client.asked > 10);
      assert.deepEqual(client.failures, []);
    }
  });
});
