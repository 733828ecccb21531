import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { findTool } from "../tools";
import { askStepCa, isRefused } from "./askingClient";
import { RetryingClient } from "./retryingClient";
import { CA_PORT, type SshHost } from "./sshHost";

/** The settings of `step` for a CA. */
interface StepClient {
  readonly port: number;
  /** The file of the trusted root, read for each request. */
  readonly root: string;
  /** An existing folder for what it keeps. */
  readonly home: string;
  /** The flags of the provisioner that issues. */
  readonly provisioner: readonly string[];
}

/** Renews a leaf again and again over mutual TLS, mostly with another host than the one that issued it. */
export function renewingClient(
  port: number,
  leaf: string,
  key: string,
  roots: () => readonly string[],
): RetryingClient {
  let cert = readFileSync(leaf, "utf8");
  const keyPem = readFileSync(key, "utf8");
  return new RetryingClient("renewing TLS", 1000, async () => {
    const settings = { host: "127.0.0.1", port, method: "POST", path: "/renew" };
    const renewed = await askStepCa({ ...settings, cert, key: keyPem, ca: [...roots()] });
    const { certChain } = renewed as { certChain: string[] };
    assert.notEqual(certChain.join(""), cert);
    cert = certChain.join("");
  });
}

/**
 * Issues SSH user certificates, and renews a host certificate by itself, mostly with another host. Every host that is up must trust the
 * keys that signed them.
 */
export function sshClient(client: StepClient, hosts: readonly SshHost[]): RetryingClient {
  mkdirSync(client.home, { recursive: true });
  const files = ["--force", "--no-password", "--insecure", "--no-agent"];
  const issue = (name: string, flags: readonly string[]): Promise<string> =>
    step(client, ["ssh", "certificate", "somebody", name, ...flags, ...files, ...client.provisioner]);
  let isHostKnown = false;
  return new RetryingClient("SSH", 10_000, async () => {
    await issue("user", []);
    if (isHostKnown) {
      await step(client, ["ssh", "renew", "host-cert.pub", "host", "--force"]);
    } else {
      await issue("host", ["--host"]);
      isHostKnown = true;
    }
    for (const name of ["user", "host"]) {
      const { stdout } = await promisify(execFile)("ssh-keygen", ["-L", "-f", join(client.home, `${name}-cert.pub`)]);
      const [, signer = "?"] = /Signing CA: \S+ (SHA256:\S+)/.exec(stdout) ?? [];
      for (const host of hosts) {
        const trusted = (host.isUp ? await unlessRefused(host.sshKeys()) : undefined) ?? [signer];
        assert.ok(
          trusted.includes(signer),
          `${host.name} does not trust the ${name} key ${signer}: ${trusted.join(" ")}`,
        );
      }
    }
  });
}

/** Asks each host whether its own certificate is trusted by what each other host has in its ca.json at that moment. */
export function pairwiseClient(hosts: readonly SshHost[]): RetryingClient {
  return new RetryingClient("host against host", 2000, async () => {
    for (const host of hosts) {
      for (const other of hosts.filter((each) => each !== host && host.isUp)) {
        try {
          await unlessRefused(askStepCa({ host: host.ip, port: CA_PORT, path: "/health", ca: other.roots }));
        } catch (error) {
          throw new Error(`${host.name} with the roots of ${other.name}: ${String(error)}`, { cause: error });
        }
      }
    }
  });
}

/** An answer; undefined from a host that just reopens its port. */
async function unlessRefused<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isRefused(error)) {
      return undefined;
    }
    throw error;
  }
}

async function step({ port, root, home }: StepClient, args: readonly string[]): Promise<string> {
  const url = `https://127.0.0.1:${String(port)}`;
  const { stdout } = await promisify(execFile)(findTool("step") ?? "step", [...args, "--ca-url", url, "--root", root], {
    cwd: home,
    env: { PATH: process.env["PATH"], HOME: home, STEPPATH: home },
  });
  return stdout;
}
