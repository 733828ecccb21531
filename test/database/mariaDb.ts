import { execFileSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../fixtures/freePort";
import { NEW_EC_KEY, openssl } from "../fixtures/openssl";
import { LeashedServer } from "../fixtures/leashedServer";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { findTool, missing } from "../tools";
import { giveToServer, SERVER_USER } from "./serverUser";

/** The statements with which Debian's package makes the tables of the server itself. */
const SYSTEM_TABLES = globSync([
  "/usr/share/{mysql,mariadb}/{mysql,mariadb}_system_tables.sql",
  "/usr/share/{mysql,mariadb}/{mysql,mariadb}_system_tables_data.sql",
]).sort();

const USER = "stepca";

/** For the `skip` option of a test. */
export function missingMariaDb(): string | false {
  return missing("mariadbd") && "missing: mariadb-server-core; .ci/run names the Debian packages";
}

/** A MariaDB server with a folder of its own, on the loopback interface, for which a URL of MySQL is written. */
export class MariaDb {
  /** The password of its user, with characters that its URL has as they are. */
  static readonly password = "correct:horse /b@(tt)ery?%2F";
  /** The file with the certificate of the server, which signed itself. */
  readonly certificateFile: string;
  readonly #server: LeashedServer;
  readonly #port: number;

  private constructor(server: LeashedServer, port: number, certificateFile: string) {
    this.#server = server;
    this.#port = port;
    this.certificateFile = certificateFile;
  }

  /** Starts a server whose user may make one database, and waits until it answers. */
  static async start(database: string): Promise<MariaDb> {
    const base = temporaryDirectory();
    const [data, key, certificate] = [join(base, "data"), join(base, "server.key"), join(base, "server.crt")];
    mkdirSync(data, { mode: 0o700 });
    const subject = ["-subj", "/CN=database", "-addext", "subjectAltName=IP:127.0.0.1"];
    openssl(["req", "-x509", ...NEW_EC_KEY, "-keyout", key, "-out", certificate, ...subject]);
    giveToServer(base, data, key, certificate);
    const port = await freePort();
    const program = findTool("mariadbd") ?? "mariadbd";
    const files = { datadir: data, innodb_log_file_size: "4M", innodb_buffer_pool_size: "8M" };
    const tls = { ssl_cert: certificate, ssl_key: key };
    const reached = { port, bind_address: "127.0.0.1", socket: join(base, "socket"), skip_name_resolve: "on" };
    const statements = [
      "CREATE DATABASE mysql;",
      "USE mysql;",
      ...SYSTEM_TABLES.map((file) => readFileSync(file, "utf8")),
      "FLUSH PRIVILEGES;",
      `CREATE USER '${USER}'@'127.0.0.1' IDENTIFIED BY '${MariaDb.password}';`,
      `GRANT ALL ON ${database}.* TO '${USER}'@'127.0.0.1';`,
    ];
    const options = { ...SERVER_USER, cwd: base, env: { PATH: process.env["PATH"] } };
    const input = `${statements.join("\n")}\n`;
    execFileSync(program, ["--no-defaults", "--bootstrap", ...flags(files)], { ...options, input, stdio: "pipe" });
    const args = ["--no-defaults", ...flags({ ...files, ...tls, ...reached })];
    const server = new LeashedServer("MariaDB", program, args, options);
    await server.ready(() => server.log.includes("ready for connections"));
    return new MariaDb(server, port, certificate);
  }

  /** The URL of the server, with the password, but without a database. */
  get url(): string {
    return `${USER}:${MariaDb.password}@tcp(127.0.0.1:${String(this.#port)})/`;
  }

  async stop(): Promise<void> {
    await this.#server.stop();
  }
}

function flags(settings: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(settings).map(([name, value]) => `--${name}=${String(value)}`);
}
