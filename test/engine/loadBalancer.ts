import { writeFileSync } from "node:fs";
import { accepts, LeashedServer } from "../fixtures/leashedServer";
import { findTool } from "../tools";

/** HAProxy on the loopback interface, which passes each connection on, unopened, to the next server that listens. */
export class LoadBalancer {
  readonly port: number;
  readonly #server: LeashedServer;

  private constructor(config: string, port: number) {
    this.port = port;
    this.#server = new LeashedServer("HAProxy", findTool("haproxy") ?? "haproxy", ["-db", "-q", "-f", config]);
  }

  /**
   * Starts it.
   *
   * @param config the path of its own file
   * @param servers their addresses, `host:port`
   */
  static async start(config: string, port: number, servers: readonly string[]): Promise<LoadBalancer> {
    const lines = [
      ...["defaults", "  mode tcp", "  timeout connect 2s", "  timeout client 60s", "  timeout server 60s"],
      ...["  retries 3", "  option redispatch 1"],
      ...["listen step-ca", `  bind 127.0.0.1:${String(port)}`, "  balance roundrobin"],
      ...servers.map(
        (address, at) => `  server ca${String(at + 1)} ${address} check inter 500ms on-marked-down shutdown-sessions`,
      ),
    ];
    writeFileSync(config, `${lines.join("\n")}\n`);
    const balancer = new LoadBalancer(config, port);
    await balancer.#server.ready(() => accepts(port));
    return balancer;
  }

  async stop(): Promise<void> {
    await this.#server.stop();
  }
}
