import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { openssl } from "../../fixtures/openssl";
import type { StepCaHost } from "./stepCaHost";

/** The fields of a ca.json that say what a host uses and trusts. */
interface Config {
  readonly root: string | readonly string[];
  readonly crt: string;
  readonly ssh: {
    readonly userKey: string;
    readonly hostKey: string;
    readonly keys?: readonly { readonly type: "user" | "host"; readonly key: JsonWebKey }[];
  };
}

const verified = new Map<string, boolean>();

/**
 * What hosts use that another one does not trust, by their files: each ca.json that a step-ca may have read, which during a handover is also
 * the one from before. OpenSSL judges certificates, and Node.js compares SSH keys.
 */
export function distrustAmong(hosts: readonly StepCaHost[]): string[] {
  const states = hosts.flatMap((host, at) =>
    ["ca.json", "hand-over/ca.json"]
      .filter((name) => existsSync(host.inCa(name)))
      .map((name) => ({
        name: `${name} of ca${String(at + 1)}`,
        host,
        config: JSON.parse(host.readCa(name)) as Config,
      })),
  );
  return states.flatMap((one) =>
    states
      .filter(({ host }) => host !== one.host)
      .flatMap((other) =>
        [
          ...(verifies(other.config.crt, [one.config.root].flat()) ? [] : ["certificates"]),
          ...(["user", "host"] as const)
            .filter((type) => !trusted(one.config, type).some((key) => key.equals(active(other.config, type))))
            .map((type) => `the SSH ${type} key`),
        ].map((what) => `${one.name} does not trust ${what} in ${other.name}`),
      ),
  );
}

function verifies(crt: string, roots: readonly string[]): boolean {
  const question = [crt, ...roots].map((file) => readFileSync(file, "utf8")).join("\n--\n");
  const answer = verified.get(question) ?? verifiesByOpenssl(crt, roots);
  verified.set(question, answer);
  return answer;
}

function verifiesByOpenssl(crt: string, roots: readonly string[]): boolean {
  try {
    openssl(["verify", ...roots.flatMap((root) => ["-trusted", root]), "-untrusted", crt, crt]);
    return true;
  } catch {
    return false;
  }
}

function active({ ssh }: Config, type: "user" | "host"): KeyObject {
  return createPublicKey(readFileSync(type === "user" ? ssh.userKey : ssh.hostKey));
}

function trusted(config: Config, type: "user" | "host"): KeyObject[] {
  const entries = (config.ssh.keys ?? []).filter((entry) => entry.type === type);
  return [active(config, type), ...entries.map(({ key }) => createPublicKey({ key, format: "jwk" }))];
}
