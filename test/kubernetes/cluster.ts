import { execFileSync, type StdioOptions } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { freePort } from "../fixtures/freePort";
import { accepts, LeashedServer } from "../fixtures/leashedServer";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { findTool, missing, runTool } from "../tools";

const HOST = "127.0.0.1";

/** For the `skip` option of a test. Its programs take minutes to build: see toolchain/go-tool.sh. */
export function missingCluster(...others: string[]): string | false {
  return missing("etcd", "kube-apiserver", "kubectl", ...others);
}

/** A Kubernetes cluster without nodes and controllers: it admits and keeps objects, but starts no pods. */
export class Cluster {
  readonly #environment: Readonly<Record<string, string>>;
  readonly #servers: readonly LeashedServer[];

  private constructor(kubeconfig: string, servers: readonly LeashedServer[]) {
    const path = `${dirname(findTool("kubectl") ?? "")}:${process.env["PATH"] ?? ""}`;
    this.#environment = { KUBECONFIG: kubeconfig, PATH: path };
    this.#servers = servers;
  }

  static async start(): Promise<Cluster> {
    const folder = temporaryDirectory();
    const [clients, peers, port] = [await freePort(), await freePort(), await freePort()];
    const etcd = await startEtcd(join(folder, "etcd"), clients, peers);
    const token = randomBytes(16).toString("hex");
    const apiServer = startApiServer(folder, { port, etcd: clients, token });
    const cluster = new Cluster(writeKubeconfig(folder, port, token), [apiServer, etcd]);
    await apiServer.ready(() => cluster.kubectl(["get", "--raw", "/readyz"]) === "ok");
    return cluster;
  }

  /** Runs lines of a shell in which `kubectl` reaches it. @returns what they print */
  run(lines: string, cwd: string): string {
    const stdio: StdioOptions = ["ignore", "pipe", "pipe"];
    return execFileSync("bash", ["-euc", lines], { cwd, encoding: "utf8", env: this.#environment, stdio });
  }

  /** @returns what it prints */
  kubectl(args: readonly string[], input?: string): string {
    return runTool("kubectl", ["--kubeconfig", this.#environment["KUBECONFIG"] ?? "", ...args], input);
  }

  /** Makes or changes objects, as their owner. */
  apply(objects: readonly object[]): void {
    const list = { apiVersion: "v1", kind: "List", items: objects };
    this.kubectl(["apply", "--server-side", "--field-manager", "pulumi", "-f", "-"], JSON.stringify(list));
  }

  /** Makes the default account of a namespace, which a controller makes in a whole cluster. */
  createDefaultAccount(namespace: string): void {
    this.apply([{ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace } }]);
  }

  /** Makes a pod of a Deployment, as its controller does. Throws if the cluster does not admit it. */
  createPodOf(deployment: string, namespace: string): void {
    const { spec } = JSON.parse(
      this.kubectl(["--namespace", namespace, "get", "deployment", deployment, "--output", "json"]),
    ) as { spec: { template: { metadata: object; spec: object } } };
    const metadata = { ...spec.template.metadata, generateName: `${deployment}-`, namespace };
    const pod = { apiVersion: "v1", kind: "Pod", metadata, spec: spec.template.spec };
    this.kubectl(["create", "-f", "-"], JSON.stringify(pod));
  }

  async stop(): Promise<void> {
    for (const server of this.#servers) {
      await server.stop();
    }
  }
}

async function startEtcd(data: string, clientPort: number, peerPort: number): Promise<LeashedServer> {
  const [clients, peers] = [clientPort, peerPort].map((port) => `http://${HOST}:${String(port)}`);
  const flags = {
    "data-dir": data,
    "listen-client-urls": clients,
    "advertise-client-urls": clients,
    "listen-peer-urls": peers,
    "initial-advertise-peer-urls": peers,
    "initial-cluster": `default=${String(peers)}`,
    "unsafe-no-fsync": "true",
    "log-level": "warn",
  };
  const server = new LeashedServer("etcd", findTool("etcd") ?? "", asFlags(flags));
  await server.ready(() => accepts(clientPort));
  return server;
}

function startApiServer(
  folder: string,
  { port, etcd, token }: { port: number; etcd: number; token: string },
): LeashedServer {
  const [tokens, key] = [join(folder, "tokens"), join(folder, "accounts.pem")];
  writeFileSync(tokens, `${token},admin,1,system:masters\n`, { mode: 0o600 });
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeFileSync(key, privateKey.export({ type: "sec1", format: "pem" }), { mode: 0o600 });
  const flags = {
    "bind-address": HOST,
    "secure-port": String(port),
    "cert-dir": folder,
    "etcd-servers": `http://${HOST}:${String(etcd)}`,
    "token-auth-file": tokens,
    "authorization-mode": "RBAC",
    "service-account-issuer": "https://kubernetes.default.svc",
    "service-account-signing-key-file": key,
    "service-account-key-file": key,
    "service-cluster-ip-range": "10.0.0.0/24",
  };
  return new LeashedServer("kube-apiserver", findTool("kube-apiserver") ?? "", asFlags(flags));
}

function asFlags(values: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${String(value)}`);
}

/** @returns its path */
function writeKubeconfig(folder: string, port: number, token: string): string {
  const file = join(folder, "kubeconfig");
  const server = `https://${HOST}:${String(port)}`;
  const config = {
    ...{ apiVersion: "v1", kind: "Config", "current-context": "test" },
    // The API server writes it when it starts.
    clusters: [{ name: "test", cluster: { server, "certificate-authority": join(folder, "apiserver.crt") } }],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}
