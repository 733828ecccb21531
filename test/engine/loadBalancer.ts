import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { leashed } from "../fixtures/leash";
import { findTool } from "../tools";

/** HAProxy on the loopback interface, which passes each connection on, unopened, to the next server that listens. */
export class LoadBalancer {
  readonly port: number;
  readonly #process: ChildProcess;

  private constructor(config: string, port: number) {
    this.port = port;
    this.#process = spawn(...leashed(findTool("haproxy") ?? "haproxy", ["-db", "-q", "-f", config]), {
      stdio: ["pipe", "ignore", "ignore"],
    });
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
      ...servers.map((address, at) => `  server ca${String(at + 1)} ${address} check inter 500ms`),
    ];
    writeFileSync(config, `${lines.join("\n")}\n`);
    const balancer = new LoadBalancer(config, port);
    for (;;) {
      if (balancer.#process.exitCode !== null) {
        throw new Error(`HAProxy ended with ${String(balancer.#process.exitCode)}`);
      }
      const socket = connect(port, "127.0.0.1");
      try {
        await once(socket, "connect");
        return balancer;
      } catch {
        await sleep(50);
      } finally {
        socket.destroy();
      }
    }
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null) {
      this.#process.kill("SIGTERM");
      await once(this.#process, "close");
    }
  }
}
