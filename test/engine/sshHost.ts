import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../fixtures/waiting";
import { SshServer } from "../fixtures/sshServer";
import { askStepCa } from "./askingClient";
import { freePort } from "../fixtures/freePort";
import { StepCa } from "./stepCa";

/** The name under which each host of a fleet knows itself: their ca.json, which is the same, has one address. */
export const OWN_NAME = "this-host.test";

/** Becomes the command with a file of its own in place of /etc/hosts. */
const WITH_HOSTS = 'mount --bind "$1" /etc/hosts && shift && exec "$@"';

/** A host of a fleet: an address of the loopback interface, a folder, OpenSSH's server, and the real step-ca. */
export class SshHost {
  readonly name: string;
  /** The folder of ca.json. */
  readonly directory: string;
  readonly ip: string;
  /** The port of step-ca. */
  readonly port: number;
  readonly #base: string;
  readonly #passwordFile: string;
  readonly #sshPort: number;
  #sshd: SshServer | undefined;
  #ca: StepCa | undefined;

  private constructor(base: string, number: number, port: number, sshPort: number, passwordFile: string) {
    this.name = `ca${String(number)}`;
    this.#base = join(base, this.name);
    this.directory = join(this.#base, "step-ca");
    this.ip = `127.0.1.${String(number)}`;
    this.port = port;
    this.#sshPort = sshPort;
    this.#passwordFile = passwordFile;
  }

  /**
   * Makes a host whose server runs, without a ca.json.
   *
   * @param base the folder of the fleet
   * @param number from 1
   * @param port that of step-ca on every host
   */
  static async create(base: string, number: number, port: number, passwordFile: string): Promise<SshHost> {
    const host = new SshHost(base, number, port, await freePort(), passwordFile);
    mkdirSync(host.directory, { recursive: true });
    writeFileSync(host.#path("hosts"), `${host.ip} ${OWN_NAME}\n127.0.0.1 localhost\n`);
    writeFileSync(host.#path("revoked"), "");
    for (const name of ["login", "login_ca", "host_key"]) {
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", host.#path(name)]);
    }
    const [authority, login] = [host.#path("login_ca"), host.#path("login.pub")];
    execFileSync("ssh-keygen", ["-q", "-s", authority, "-I", "deploy", "-n", SshServer.user, login]);
    execFileSync("ssh-keygen", ["-q", "-h", "-s", authority, "-I", host.name, host.#path("host_key.pub")]);
    const known = `[127.0.0.1]:${String(host.#sshPort)} ${readFileSync(host.#path("host_key.pub"), "utf8")}`;
    writeFileSync(host.#path("known_hosts"), known);
    await host.#startSshd();
    return host;
  }

  /** Its entry in `kms-pki:deploy`. */
  get settings(): object {
    const pid = this.#path("step-ca.pid");
    return {
      ...{ name: this.name, directory: this.directory, url: `https://${this.ip}:${String(this.port)}` },
      ssh: `${SshServer.user}@127.0.0.1`,
      sshOptions: [
        ...["-F", "none", "-p", String(this.#sshPort), "-i", this.#path("login"), "-o", "IdentitiesOnly=yes"],
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

  /** Copies key files to it that it does not have yet. `kms-pki deploy` never sends a key. */
  takeKeys(directory: string): void {
    for (const name of readdirSync(directory).filter((file) => !existsSync(join(this.directory, file)))) {
      cpSync(join(directory, name), join(this.directory, name));
    }
  }

  /** Starts step-ca as soon as there is a ca.json. */
  async startStepCa(): Promise<void> {
    await until(`${this.name} has a ca.json`, () => existsSync(join(this.directory, "ca.json")));
    const hosts = ["unshare", "--map-root-user", "--mount", "sh", "-c", WITH_HOSTS, "sh", this.#path("hosts")];
    const place = { host: this.ip, within: hosts };
    this.#ca = await StepCa.start(this.directory, this.#passwordFile, this.port, this.#path("step"), {}, place);
    writeFileSync(this.#path("step-ca.pid"), String(this.#ca.pid));
  }

  /** Cuts its power. */
  async kill(): Promise<void> {
    rmSync(this.#path("step-ca.pid"), { force: true });
    await Promise.all([this.#ca?.stop("SIGKILL"), this.#sshd?.stop()]);
    this.#ca = undefined;
  }

  /** Starts it again, with the files that it had. */
  async boot(): Promise<void> {
    await this.#startSshd();
    await this.startStepCa();
  }

  /** The fingerprints of the SSH CA keys that its running step-ca trusts (`SHA256:...`). */
  async sshKeys(): Promise<string[]> {
    const answer = await askStepCa({ host: this.ip, port: this.port, path: "/ssh/federation", ca: this.roots });
    const { userKey, hostKey } = answer as { userKey: string[]; hostKey: string[] };
    return [...userKey, ...hostKey].map((key) => {
      const digest = createHash("sha256").update(Buffer.from(key, "base64")).digest("base64");
      return `SHA256:${digest.replace(/=+$/, "")}`;
    });
  }

  async stop(): Promise<void> {
    await Promise.all([this.#ca?.stop(), this.#sshd?.stop()]);
  }

  async #startSshd(): Promise<void> {
    const files = [this.#path("login_ca.pub"), this.#path("revoked"), this.#path("host_key")] as const;
    this.#sshd = await SshServer.start(this.#path("sshd"), this.#sshPort, ...files);
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
