import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { StepCa } from "../../engine/stepCa";

/** A folder with ca.json on this machine, and the real step-ca that reads it. */
export class StepCaHost {
  /** The folder of ca.json. */
  readonly directory: string;
  readonly port: number;
  readonly #scratch: string;
  #ca: StepCa | undefined;

  /**
   * @param directory the folder of ca.json, which need not exist
   * @param scratch an existing folder for what the test keeps about it
   */
  constructor(directory: string, port: number, scratch: string) {
    this.directory = directory;
    this.port = port;
    this.#scratch = scratch;
  }

  /** The address of step-ca. */
  get address(): string {
    return `127.0.0.1:${String(this.port)}`;
  }

  /** A file beside ca.json. */
  inCa(name: string): string {
    return join(this.directory, name);
  }

  readCa(name: string): string {
    return readFileSync(this.inCa(name), "utf8");
  }

  /** The content of the certificate that ca.json names as `crt`. */
  get crt(): string {
    return readFileSync((JSON.parse(this.readCa("ca.json")) as { crt: string }).crt, "utf8");
  }

  /** The command that signals step-ca and records that. It does nothing while step-ca is not running. */
  get sighup(): string {
    return `if [ -f ${this.#pidFile} ]; then kill -HUP "$(cat ${this.#pidFile})"; echo HUP >>${this.#signals}; fi`;
  }

  /** The number of signals to step-ca. */
  get signals(): number {
    return existsSync(this.#signals) ? readFileSync(this.#signals, "utf8").trimEnd().split("\n").length : 0;
  }

  get ca(): StepCa {
    if (this.#ca === undefined) {
      throw new Error("step-ca does not run");
    }
    return this.#ca;
  }

  /** Starts step-ca. */
  async start(passwordFile: string): Promise<void> {
    this.#ca = await StepCa.start(this.directory, passwordFile, this.port, join(this.#scratch, "step"));
    writeFileSync(this.#pidFile, String(this.#ca.pid));
  }

  /** The SHA-256 fingerprint of the intermediate that step-ca serves. */
  async servedIssuer(): Promise<string | undefined> {
    const socket = connect({ host: "127.0.0.1", port: this.port, rejectUnauthorized: false });
    await once(socket, "secureConnect");
    const issuer = socket.getPeerX509Certificate()?.issuerCertificate;
    socket.destroy();
    return issuer?.fingerprint256;
  }

  /** The folder of ca.json without step-ca's database: each file's content and modification time. */
  snapshot(): Record<string, string> {
    const files = readdirSync(this.directory, { recursive: true, encoding: "utf8" }).filter(
      (file) => !file.startsWith("db"),
    );
    return Object.fromEntries(
      files.sort().map((file) => {
        const { mtimeMs, ino } = statSync(this.inCa(file));
        const content = statSync(this.inCa(file)).isFile() ? this.readCa(file) : "";
        return [file, `${String(mtimeMs)} ${String(ino)} ${content}`];
      }),
    );
  }

  async stop(): Promise<void> {
    await this.#ca?.stop();
  }

  get #pidFile(): string {
    return join(this.#scratch, "step-ca.pid");
  }

  get #signals(): string {
    return join(this.#scratch, "signals");
  }
}
