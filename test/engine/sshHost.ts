import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Place } from "../fixtures/place";
import { SshServer } from "../fixtures/sshServer";
import { until } from "../fixtures/waiting";
import { askStepCa } from "./askingClient";
import { HostNetwork } from "./ownNetwork";
import { StepCa } from "./stepCa";

/** The port of step-ca on every host. */
export const CA_PORT = 9443;
const SSH_PORT = 22;

/** A host of a fleet: a network, a folder, OpenSSH's server, and the real step-ca. */
export class SshHost {
  readonly name: string;
  /** The folder of ca.json. */
  readonly directory: string;
  readonly #base: string;
  readonly #passwordFile: string;
  readonly #network: HostNetwork;
  readonly #environment: Readonly<Record<string, string>>;
  #sshd: SshServer | undefined;
  #ca: StepCa | undefined;

  private constructor(
    base: string,
    number: number,
    network: HostNetwork,
    passwordFile: string,
    environment: Readonly<Record<string, string>>,
  ) {
    this.name = `ca${String(number)}`;
    this.#base = join(base, this.name);
    this.directory = join(this.#base, "step-ca");
    this.#network = network;
    this.#passwordFile = passwordFile;
    this.#environment = environment;
  }

  /**
   * Makes a host whose server runs, without a ca.json.
   *
   * @param base the folder of the fleet
   * @param number from 1
   * @param environment what step-ca needs to reach its keys, unless they are in files
   */
  static async create(
    base: string,
    number: number,
    passwordFile: string,
    environment: Readonly<Record<string, string>>,
  ): Promise<SshHost> {
    const host = new SshHost(base, number, await HostNetwork.start(number), passwordFile, environment);
    mkdirSync(host.directory, { recursive: true });
    writeFileSync(host.#path("revoked"), "");
    for (const name of ["login", "login_ca", "host_key"]) {
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", host.#path(name)]);
    }
    const [authority, login] = [host.#path("login_ca"), host.#path("login.pub")];
    execFileSync("ssh-keygen", ["-q", "-s", authority, "-I", "deploy", "-n", SshServer.user, login]);
    execFileSync("ssh-keygen", ["-q", "-h", "-s", authority, "-I", host.name, host.#path("host_key.pub")]);
    const known = `${host.ip} ${readFileSync(host.#path("host_key.pub"), "utf8")}`;
    writeFileSync(host.#path("known_hosts"), known);
    await host.#startSshd();
    return host;
  }

  /** Its address. */
  get ip(): string {
    return this.#network.address;
  }

  /** Its entry in `kms-pki:deploy`. */
  get settings(): object {
    const pid = this.#path("step-ca.pid");
    return {
      ...{ name: this.name, directory: this.directory, url: `https://${this.ip}:${String(CA_PORT)}` },
      ssh: `${SshServer.user}@${this.ip}`,
      sshOptions: [
        ...["-F", "none", "-i", this.#path("login"), "-o", "IdentitiesOnly=yes"],
        ...["-o", `UserKnownHostsFile=${this.#path("known_hosts")}`, "-o", "GlobalKnownHostsFile=none"],
      ],
      reload: `if [ -f ${pid} ]; then kill -HUP "$(cat ${pid})"; fi`,
    };
  }

  /** The roots that its ca.json names, PEM. */
  get roots(): string[] {
    return this.#named("root");
  }

  /** The intermediate that its ca.json names, with the cross certificates, PEM. */
  get crt(): string {
    return this.#named("crt").join("");
  }

  get ca(): StepCa {
    if (this.#ca === undefined) {
      throw new Error(`${this.name} does not run step-ca`);
    }
    return this.#ca;
  }

  get isUp(): boolean {
    return this.#ca !== undefined;
  }

  /** Copies key files to it that it does not have yet, except those of roots. `kms-pki deploy` never sends a key. */
  takeKeys(directory: string): void {
    for (const name of readdirSync(directory).filter((file) => !file.startsWith("root"))) {
      if (!existsSync(join(this.directory, name))) {
        cpSync(join(directory, name), join(this.directory, name));
      }
    }
  }

  /** The files beside its ca.json that hold a private key. */
  get keyFiles(): string[] {
    const files = readdirSync(this.directory, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
    return files
      .map(({ parentPath, name }) => join(parentPath, name))
      .filter((file) => readFileSync(file, "latin1").includes("PRIVATE KEY"));
  }

  /** Starts step-ca as soon as there is a ca.json. */
  async startStepCa(): Promise<void> {
    await until(`${this.name} has a ca.json`, () => existsSync(join(this.directory, "ca.json")));
    this.#ca = await StepCa.start(
      this.directory,
      this.#passwordFile,
      CA_PORT,
      this.#path("step"),
      this.#environment,
      this.#place,
    );
    writeFileSync(this.#path("step-ca.pid"), String(this.#ca.pid));
  }

  /** Cuts its power. What is sent to it vanishes without an answer. */
  async kill(): Promise<void> {
    const ca = this.#ca;
    this.#ca = undefined;
    this.#network.cut();
    rmSync(this.#path("step-ca.pid"), { force: true });
    await Promise.all([ca?.stop("SIGKILL"), this.#sshd?.stop()]);
  }

  /** Starts it again, with the files that it had. */
  async boot(): Promise<void> {
    this.#network.mend();
    await this.#startSshd();
    await this.startStepCa();
  }

  /** The fingerprints of the SSH CA keys that its running step-ca trusts (`SHA256:...`). */
  async sshKeys(): Promise<string[]> {
    const answer = await askStepCa({ host: this.ip, port: CA_PORT, path: "/ssh/federation", ca: this.roots });
    const { userKey, hostKey } = answer as { userKey: string[]; hostKey: string[] };
    return [...userKey, ...hostKey].map((key) => {
      const digest = createHash("sha256").update(Buffer.from(key, "base64")).digest("base64");
      return `SHA256:${digest.replace(/=+$/, "")}`;
    });
  }

  async stop(): Promise<void> {
    await Promise.all([this.#ca?.stop(), this.#sshd?.stop()]);
    await this.#network.stop();
  }

  get #place(): Place {
    return { host: this.ip, within: this.#network.within };
  }

  async #startSshd(): Promise<void> {
    const files = [this.#path("login_ca.pub"), this.#path("revoked"), this.#path("host_key")] as const;
    this.#sshd = await SshServer.start(this.#path("sshd"), SSH_PORT, ...files, this.#place);
  }

  #named(field: "root" | "crt"): string[] {
    const config = JSON.parse(readFileSync(join(this.directory, "ca.json"), "utf8")) as Record<
      typeof field,
      string | string[]
    >;
    return [config[field]].flat().map((file) => readFileSync(file, "utf8"));
  }

  #path(name: string): string {
    return join(this.#base, name);
  }
}
