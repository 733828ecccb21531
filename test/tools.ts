import { execFileSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The real programs that the tests run. `make test` sets environment variables for those that it built. */
const VARIABLES: Readonly<Record<string, string>> = {
  "step-ca": "STEP_CA",
  step: "STEP",
  zlint: "ZLINT",
  actionlint: "ACTIONLINT",
  promtool: "PROMTOOL",
  kubeconform: "KUBECONFORM",
  kustomize: "KUSTOMIZE",
  etcd: "ETCD",
  "kube-apiserver": "KUBE_APISERVER",
  kubectl: "KUBECTL",
  "kubernetes-validate": "KUBERNETES_VALIDATE",
  ministack: "MINISTACK",
  parliament: "PARLIAMENT",
  pkilint: "PKILINT",
  bao: "BAO",
  "python-with-pulumi": "PYTHON_WITH_PULUMI",
  "sdk-generator": "SDK_GENERATOR",
  "piv-card": "PIV_CARD",
  "step-awskms-init": "STEP_AWSKMS_INIT",
  "step-cloudkms-init": "STEP_CLOUDKMS_INIT",
};

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path of a program, or undefined. */
export function findTool(name: string): string | undefined {
  const named = process.env[VARIABLES[name] ?? ""];
  if (named !== undefined && isExecutable(named)) {
    return named;
  }
  // A server such as sshd is where the PATH of a user may not lead.
  return [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin"]
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

/**
 * For the `skip` option of a test: false if every program is present, otherwise the missing ones. A test runner in CI
 * counts skipped tests as failed.
 */
export function missing(...names: string[]): string | false {
  const absent = names.filter((name) => findTool(name) === undefined);
  return absent.length === 0 ? false : `missing: ${absent.join(", ")}; make test gets them`;
}

/** Runs a program to its end and returns its standard output. Throws with its standard error. */
export function runTool(name: string, args: readonly string[], input?: string): string {
  const path = findTool(name);
  if (path === undefined) {
    throw new Error(`${name} is not installed`);
  }
  return execFileSync(path, args, { encoding: "utf8", stdio: "pipe", ...(input === undefined ? {} : { input }) });
}
