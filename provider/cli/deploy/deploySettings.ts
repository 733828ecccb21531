import { posix } from "node:path";
import { isJsonObject, type JsonObject } from "../../stepca/jsonObject";
import { parseDuration } from "../../words/duration";
import { invalid, type Problem, refuseProblems } from "../../words/problem";

/** How commands reach a host: on this machine, over ssh, or by a command to which one word is added, a script for a POSIX shell. */
export type HostReach =
  | { readonly here: true }
  | {
      /** The destination, as ssh takes it: `step-ca@ca.example.com`, or a host of `~/.ssh/config`. */
      readonly ssh: string;
      /** Further options of ssh. */
      readonly options: readonly string[];
    }
  | { readonly command: readonly string[] };

/** A host of step-ca. */
export interface HostSettings {
  /** The name in messages. Default the host of the URL. */
  readonly name: string;
  /** The folder of ca.json on the host, absolute. */
  readonly directory: string;
  /** Where step-ca is reached. */
  readonly url: string;
  /** Host and port of the URL, as openssl takes them. */
  readonly address: string;
  readonly reach: HostReach;
  /** The command that signals step-ca, run on the host in the folder of ca.json. */
  readonly reload: string;
  /** Where openssl asks for the served chain: here, or on the host. */
  readonly probe: "here" | "host";
  /** How long step-ca has to serve the new chain, and then the old one again. */
  readonly waitSeconds: number;
}

const DEFAULT_RELOAD = "systemctl reload-or-restart step-ca";
const DEFAULT_WAIT_SECONDS = 60;
const LONGEST_WAIT_SECONDS = 3600;
const LAST_PORT = 65535;
const FIELDS = ["name", "directory", "url", "ssh", "sshOptions", "command", "reload", "probe", "wait"];

/**
 * Reads the hosts of step-ca: `{ hosts: [{ directory, url, ... }] }`.
 *
 * @param value the value of the setting, unchecked
 * @param name of the setting or file, for messages
 * @throws PkiError `INPUT_INVALID` with every problem
 */
export function readDeploySettings(value: unknown, name: string): HostSettings[] {
  const problems: Problem[] = [];
  const hosts = isJsonObject(value) ? value["hosts"] : undefined;
  if (!isJsonObject(value) || !Array.isArray(hosts) || hosts.length === 0) {
    problems.push(
      invalid(
        "hosts",
        "it is no list of hosts",
        "Give one or more: hosts: [{ directory: /etc/step-ca, url: https://... }]",
      ),
    );
  }
  for (const field of isJsonObject(value) ? Object.keys(value).filter((key) => key !== "hosts") : []) {
    problems.push(invalid(field, "there is no such field", "Remove it, or correct its name: hosts"));
  }
  const read = Array.isArray(hosts)
    ? hosts.map((host, at) => new HostReader(host, `hosts[${String(at)}]`).read(problems))
    : [];
  const names = read.map((host) => host.name);
  names.forEach((each, at) => {
    if (each !== "" && names.indexOf(each) !== at) {
      problems.push(
        invalid(`hosts[${String(at)}].name`, `another host is also called ${each}`, "Give each host its own name"),
      );
    }
  });
  const places = read.map(({ reach, directory }) => JSON.stringify([reach, directory]));
  places.forEach((each, at) => {
    const first = places.indexOf(each);
    if (first !== at) {
      const reason = `it is the folder of hosts[${String(first)}], reached in the same way`;
      problems.push(invalid(`hosts[${String(at)}].directory`, reason, "List each host once"));
    }
  });
  refuseProblems(name, problems);
  return read;
}

/** Reads one host. */
class HostReader {
  readonly #host: JsonObject;
  readonly #property: string;
  readonly #problems: Problem[] = [];

  constructor(host: unknown, property: string) {
    this.#property = property;
    this.#host = isJsonObject(host) ? host : {};
    for (const field of Object.keys(this.#host).filter((key) => !FIELDS.includes(key))) {
      this.#add(field, "there is no such field", `Remove it, or correct its name: ${FIELDS.join(", ")}`);
    }
  }

  read(problems: Problem[]): HostSettings {
    const url = this.#text("url") ?? "";
    const [, host = "", port = "443"] =
      /^https:\/\/([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:]+\])(?::(\d{1,5}))?\/?$/.exec(url) ?? [];
    if (host === "" || Number(port) < 1 || Number(port) > LAST_PORT) {
      this.#add(
        "url",
        "it is not the address of a step-ca",
        "Set it to where step-ca is reached, such as https://ca.example.com:9443",
      );
    }
    const settings = {
      name: this.#name() ?? host,
      directory: this.#directory(),
      url,
      address: `${host}:${port}`,
      reach: this.#reach(),
      reload: this.#text("reload") ?? DEFAULT_RELOAD,
      probe: this.#probe(),
      waitSeconds: this.#wait(),
    };
    problems.push(...this.#problems);
    return settings;
  }

  #name(): string | undefined {
    const name = this.#text("name");
    if (name !== undefined && /[\n\t]/.test(name)) {
      this.#add("name", "it has several lines or a tab", "Give a name of one line, or remove it");
    }
    return name;
  }

  #directory(): string {
    const directory = (this.#text("directory") ?? "").replace(/\/$/, "");
    // The path is a word of the scripts on the host.
    if (!/^(?:\/[A-Za-z0-9._@+-]+)+$/.test(directory) || posix.normalize(directory) !== directory) {
      this.#add(
        "directory",
        "it is not the absolute path of a folder, of letters, digits and ._@+-",
        "Set it to the folder of ca.json on the host of step-ca, such as /etc/step-ca",
      );
    }
    return directory;
  }

  #reach(): HostReach {
    const ssh = this.#text("ssh");
    const options = this.#texts("sshOptions");
    const command = this.#texts("command");
    if (ssh !== undefined && command !== undefined) {
      this.#add("command", "ssh and command exclude each other", "Give one of them, or none for this machine");
    }
    if (ssh === undefined && options !== undefined) {
      this.#add("sshOptions", "there is no ssh", "Give ssh, or remove the options");
    }
    if (ssh !== undefined && !/^[^\s-]\S*$/.test(ssh)) {
      this.#add("ssh", "it is not a destination of ssh", "Set it to one, such as step-ca@ca.example.com");
    }
    if (command?.length === 0) {
      this.#add("command", "it is empty", "Give a program with its arguments, as a list, or remove it");
    }
    if (ssh !== undefined) {
      return { ssh, options: options ?? [] };
    }
    return command === undefined ? { here: true } : { command };
  }

  #probe(): "here" | "host" {
    const probe = this.#text("probe") ?? "here";
    if (probe !== "here" && probe !== "host") {
      this.#add(
        "probe",
        "it is neither here nor host",
        "Set it to where openssl shall ask for the served chain: here or host",
      );
      return "here";
    }
    return probe;
  }

  #wait(): number {
    const wait = this.#text("wait");
    const seconds = wait === undefined ? DEFAULT_WAIT_SECONDS : parseDuration(wait);
    if (seconds === undefined || seconds < 1 || seconds > LONGEST_WAIT_SECONDS) {
      this.#add(
        "wait",
        "it is not a duration from 1s to 1h",
        "Set it to how long step-ca has to serve the new chain, such as 60s",
      );
    }
    return seconds ?? DEFAULT_WAIT_SECONDS;
  }

  #text(field: string): string | undefined {
    const value = textIn(this.#host[field]);
    if (value === undefined || isText(value)) {
      return value;
    }
    this.#add(field, "it is not a text, is empty, or has control characters", "Give a text, or remove it");
    return undefined;
  }

  #texts(field: string): readonly string[] | undefined {
    const value = this.#host[field];
    const texts = Array.isArray(value) ? (value as unknown[]).map(textIn) : undefined;
    if (value === undefined || texts?.every(isText) === true) {
      return texts as readonly string[] | undefined;
    }
    this.#add(
      field,
      "it is not a list of texts",
      "Write it as a list of texts without control characters, or remove it",
    );
    return undefined;
  }

  #add(field: string, reason: string, remedy: string): void {
    if (!this.#problems.some(({ property }) => property === `${this.#property}.${field}`)) {
      this.#problems.push(invalid(`${this.#property}.${field}`, reason, remedy));
    }
  }
}

/** `pulumi config set --path` makes a number of a text of digits. */
function textIn(value: unknown): unknown {
  return typeof value === "number" ? String(value) : value;
}

/** Whether a value is a text that a program takes as an argument. A script can have several lines. */
function isText(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "" && !/[^\P{Cc}\n\t]/u.test(value);
}
