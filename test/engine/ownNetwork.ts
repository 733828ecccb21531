import { LeashedServer } from "../fixtures/leashedServer";
import { findTool, missing, runTool } from "../tools";

/** Set in a process that is in a network of its own. */
const INSIDE = "KMS_PKI_TEST_NETWORK";
/** The bridge of this process's network, which the links of all hosts lead to. */
const BRIDGE = "lan";
const SUBNET = "10.77.0";

/** The address of this process in its own network. */
export const OWN_ADDRESS = `${SUBNET}.1`;

/** For the `skip` option of a test. */
export function missingNetworks(): string | false {
  if (process.getuid?.() !== 0) {
    return "missing: root, who alone can make a network for each host";
  }
  return process.execve === undefined ? "missing: Node.js 22.15 or newer" : missing("ip", "nsenter", "unshare");
}

/**
 * Starts the file that runs from its beginning in a network of its own, as the same process. Nothing of the machine's own network is
 * there, and nothing there changes the machine's. It ends with the last process in it. Call it before anything else.
 */
export function enterOwnNetwork(): void {
  const { [INSIDE]: inside, ...environment } = process.env;
  if (inside === undefined) {
    const words = ["unshare", "--net", process.execPath, ...process.execArgv, ...process.argv.slice(1)];
    process.execve?.(findTool("unshare") ?? "", words, { ...environment, [INSIDE]: "yes" });
  }
  // Processes that this one starts, such as other tests, do not take it for theirs.
  process.env = environment;
  ip("link", "set", "lo", "up");
  ip("link", "add", BRIDGE, "type", "bridge");
  ip("address", "add", `${OWN_ADDRESS}/24`, "dev", BRIDGE);
  ip("link", "set", BRIDGE, "up");
}

/** The network of a host, which is linked to this process's own one. It ends with this process. */
export class HostNetwork {
  readonly address: string;
  /** A command that becomes the words after it, within this network, with the same process ID. */
  readonly within: readonly string[];
  readonly #link: string;
  readonly #holder: LeashedServer;

  private constructor(link: string, address: string, holder: LeashedServer) {
    this.#link = link;
    this.address = address;
    this.#holder = holder;
    this.within = ["nsenter", "--target", String(holder.pid), "--net", "--"];
  }

  /** @param number from 1 to 99 */
  static async start(number: number): Promise<HostNetwork> {
    const holder = new LeashedServer("a network", "unshare", ["--net", "sh", "-c", "echo ready; exec sleep infinity"]);
    await holder.ready(() => holder.log.includes("ready"));
    const network = new HostNetwork(`ca${String(number)}`, `${SUBNET}.${String(100 + number)}`, holder);
    network.#connect(`02:00:00:00:00:${String(number).padStart(2, "0")}`);
    return network;
  }

  /** Takes the link down: what is sent to the host vanishes without an answer. */
  cut(): void {
    ip("link", "set", this.#link, "down");
  }

  /** Takes the link up again. */
  mend(): void {
    ip("link", "set", this.#link, "up");
  }

  async stop(): Promise<void> {
    await this.#holder.stop("SIGKILL");
  }

  #connect(hardware: string): void {
    const inside = (...words: readonly string[]): string =>
      runTool("nsenter", [...this.within.slice(1), "ip", ...words]);
    const peer = ["peer", "name", "eth0", "address", hardware, "netns", String(this.#holder.pid)];
    ip("link", "add", this.#link, "type", "veth", ...peer);
    ip("link", "set", this.#link, "master", BRIDGE, "up");
    // Otherwise this machine would notice after a few seconds that the host is gone, which nobody behind a router does.
    ip("neighbor", "replace", this.address, "lladdr", hardware, "dev", BRIDGE, "nud", "permanent");
    inside("link", "set", "lo", "up");
    inside("address", "add", `${this.address}/24`, "dev", "eth0");
    inside("link", "set", "eth0", "up");
  }
}

function ip(...words: readonly string[]): string {
  return runTool("ip", words);
}
