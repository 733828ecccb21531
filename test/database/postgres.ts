import { execFile } from "node:child_process";
import { appendFileSync, globSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "../fixtures/freePort";
import { LeashedServer } from "../fixtures/leashedServer";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { giveToServer, SERVER_USER } from "./serverUser";

/** The programs of the newest PostgreSQL that the distribution has installed. They are on no PATH. */
const PROGRAMS = globSync("/usr/lib/postgresql/*/bin").sort().at(-1);

const USER = "stepca";

/** For the `skip` option of a test. */
export function missingPostgres(): string | false {
  return PROGRAMS === undefined ? "missing: postgresql; .ci/run names the Debian packages" : false;
}

/** A PostgreSQL server with a folder of its own. */
export class Postgres {
  /** The password of its user, with characters that a URL must escape. */
  static readonly password = "correct:horse/b@ttery";
  readonly #server: LeashedServer;
  readonly #host: string;
  readonly #port: number;

  private constructor(data: string, host: string, port: number) {
    this.#host = host;
    this.#port = port;
    const settings = { port, listen_addresses: host, unix_socket_directories: "", fsync: "off" };
    const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${String(value)}`]);
    this.#server = new LeashedServer("PostgreSQL", join(PROGRAMS ?? "", "postgres"), ["-D", data, ...flags], {
      ...{ ...SERVER_USER, cwd: data, env: { PATH: process.env["PATH"] } },
    });
  }

  /**
   * Starts a server without a database of ours, and waits until it answers.
   *
   * @param host the address where it answers whoever reaches that. Default the loopback interface's first
   */
  static async start(host = "127.0.0.1"): Promise<Postgres> {
    const base = temporaryDirectory();
    const [data, passwordFile] = [join(base, "data"), join(base, "password")];
    mkdirSync(data, { mode: 0o700 });
    writeFileSync(passwordFile, Postgres.password, { mode: 0o600 });
    giveToServer(base, data, passwordFile);
    await promisify(execFile)(
      join(PROGRAMS ?? "", "initdb"),
      ["-D", data, "-U", USER, "--pwfile", passwordFile, "--auth", "scram-sha-256", "--no-sync", "--locale", "C"],
      { ...SERVER_USER, cwd: base, env: { PATH: process.env["PATH"] } },
    );
    appendFileSync(join(data, "pg_hba.conf"), "host all all all scram-sha-256\n");
    const server = new Postgres(data, host, await freePort());
    await server.#server.ready(() => server.#server.log.includes("ready to accept connections"));
    return server;
  }

  /** The URL of the server, with the password, but without a database. */
  get url(): string {
    return this.urlWithoutPassword.replace("@", `:${encodeURIComponent(Postgres.password)}@`);
  }

  /** The URL for a client that has the password in `PGPASSWORD`. */
  get urlWithoutPassword(): string {
    return `postgresql://${USER}@${this.#host}:${String(this.#port)}/`;
  }

  async stop(): Promise<void> {
    await this.#server.stop("SIGINT"); // without waiting for its clients
  }
}
