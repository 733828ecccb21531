import { join } from "node:path";
import type { KmsStack } from "./kmsStack";
import { Postgres } from "../database/postgres";
import { freePort } from "../fixtures/freePort";
import { LoadBalancer } from "./loadBalancer";
import { OWN_ADDRESS } from "./ownNetwork";
import { PulumiProject, type Run, UP_WITHOUT_PREVIEW } from "./project";
import { CA_PORT, SshHost } from "./sshHost";

/**
 * A program as {@link PulumiProject.program} takes it. It gets the arguments of the authority that every host of a fleet needs, as lines of
 * an object. Key files must be in the folder `keys`.
 */
type FleetProgram = (argumentsOfFleet: string) => string;

/** What holds the keys that step-ca signs with, if they are not in files. */
type FleetKms = Pick<KmsStack, "stepCaEnvironment" | "stop">;

/**
 * Three hosts of step-ca with one PostgreSQL, behind HAProxy, and the project that deploys to them. The process must be in a network of
 * its own.
 */
export class Fleet {
  readonly project: PulumiProject;
  readonly hosts: readonly SshHost[];
  readonly balancer: LoadBalancer;
  readonly #database: Postgres;
  readonly #kms: FleetKms | undefined;

  private constructor(
    project: PulumiProject,
    hosts: readonly SshHost[],
    balancer: LoadBalancer,
    database: Postgres,
    kms: FleetKms | undefined,
  ) {
    this.project = project;
    this.hosts = hosts;
    this.balancer = balancer;
    this.#database = database;
    this.#kms = kms;
  }

  /**
   * Starts them, and deploys for the first time.
   *
   * @param startKms starts a KMS that the hosts reach. Default none, for keys in files
   */
  static async start(program: FleetProgram, startKms?: (project: PulumiProject) => Promise<FleetKms>): Promise<Fleet> {
    const project = await PulumiProject.program("");
    const kms = await startKms?.(project);
    const database = await Postgres.start(OWN_ADDRESS);
    project.setEnvironment({ KMS_PKI_DATABASE_URL: database.url });
    const hosts: SshHost[] = [];
    for (const number of [1, 2, 3]) {
      hosts.push(await SshHost.create(project.scratch, number, project.passphraseFile, kms?.stepCaEnvironment ?? {}));
    }
    await project.setConfigObject("kms-pki:deploy", { hosts: hosts.map(({ settings }) => settings) });
    const servers = hosts.map(({ ip }) => `${ip}:${String(CA_PORT)}`);
    const balancer = await LoadBalancer.start(join(project.scratch, "haproxy.cfg"), await freePort(), servers);
    const fleet = new Fleet(project, hosts, balancer, database, kms);
    fleet.setProgram(program);
    await project.succeed(UP_WITHOUT_PREVIEW);
    fleet.#copyKeys();
    const [first] = await Promise.all([fleet.deploy(), ...hosts.map((host) => host.startStepCa())]);
    if (first.code !== 0) {
      throw new Error(first.output);
    }
    return fleet;
  }

  setProgram(program: FleetProgram): void {
    const dnsNames = JSON.stringify(["127.0.0.1", ...this.hosts.map(({ ip }) => ip)]);
    const lines = [
      `  address: ":${String(CA_PORT)}",`,
      `  dnsNames: ${dnsNames},`,
      '  database: { type: "postgresql", name: "stepca_hosts" },',
    ];
    this.project.setProgram(program(lines.join("\n")));
  }

  /** Runs `kms-pki deploy`, and copies the new keys afterwards, as a person does. */
  async deploy(): Promise<Run> {
    const run = await this.project.kmsPki(["deploy"]);
    this.#copyKeys();
    return run;
  }

  async stop(): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.stop()));
    await this.balancer.stop();
    await this.#database.stop();
    await this.#kms?.stop();
    this.project.remove();
  }

  #copyKeys(): void {
    for (const host of this.hosts) {
      host.takeKeys(join(this.project.directory, "keys"));
    }
  }
}
