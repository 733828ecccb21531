import { sshPublicKey } from "../../provider/ssh/publicKey";
import type { JsonObject } from "../../provider/stepca/jsonObject";
import { bundleFileName, caConfig, type CaConfigParts, rootFileName } from "../../provider/stepca/config";
import { type SshKeyEntry, sshKeyEntry } from "../../provider/stepca/sshKeys";
import { fingerprintSha256, readCertificate } from "../../provider/x509/certificate";
import { readIssuer } from "../../provider/x509/issuer";
import { Authority, keyUri, type Outputs } from "./authority";

/** The phases of a rotation from generation 0 to 1. */
export const PHASES = ["before", "published", "retiring", "after"] as const;

/** One of {@link PHASES}. */
export type Phase = (typeof PHASES)[number];

/** The states of both generations in a phase; undefined if one does not exist. */
const STATES: Readonly<Record<Phase, readonly [string | undefined, string | undefined]>> = {
  before: ["active", undefined],
  published: ["active", "published"],
  retiring: ["retiring", "active"],
  after: [undefined, "active"],
};

/** An authority whose root, intermediate and SSH keys rotate together, and the outputs that its stack would have. */
export class RotatedAuthority {
  readonly #roots: readonly [string, string];
  /** Under the root of the same generation. */
  readonly #intermediates: readonly [string, string];
  /** Of the old root by the new one, and vice versa. */
  readonly #crosses: readonly [string, string];

  private constructor(
    readonly authority: Authority,
    roots: readonly [string, string],
    intermediates: readonly [string, string],
    crosses: readonly [string, string],
  ) {
    this.#roots = roots;
    this.#intermediates = intermediates;
    this.#crosses = crosses;
  }

  /** From the authority's own keys as generation 0, and new ones. */
  static async create(authority: Authority, beginning: Date): Promise<RotatedAuthority> {
    for (const name of ["root", "intermediate", "ssh-user-key", "ssh-host-key"]) {
      await authority.createKey(keyName(name, 1));
    }
    const root = (generation: number): Promise<string> =>
      authority.root({
        ...{ key: keyName("root", generation), commonName: `Example Root ${String(generation)}` },
        ...{ pathLength: "unlimited", notBefore: beginning },
      });
    const roots = [await root(0), await root(1)] as const;
    const intermediate = (generation: 0 | 1): Promise<string> =>
      authority.intermediate(roots[generation], {
        ...{ key: keyName("intermediate", generation), signedBy: keyName("root", generation) },
        notBefore: beginning,
      });
    const cross = (of: 0 | 1, by: 0 | 1): Promise<string> =>
      authority.certificate({
        ...{ profile: "cross", commonName: "", validity: "3000d", key: keyName("root", of), notBefore: beginning },
        ...{ signedBy: keyName("root", by), issuer: readIssuer(roots[by]), crossOf: readIssuer(roots[of]) },
      });
    const intermediates = [await intermediate(0), await intermediate(1)] as const;
    return new RotatedAuthority(authority, roots, intermediates, [await cross(0, 1), await cross(1, 0)]);
  }

  /**
   * The outputs of the stack in a phase.
   *
   * @param serving the settings of step-ca, if they matter
   */
  async outputs(phase: Phase, serving: Serving = NOWHERE): Promise<Outputs> {
    const states = STATES[phase];
    const active = states[0] === "active" ? 0 : 1;
    const present = ([0, 1] as const).filter((generation) => states[generation] !== undefined);
    const activeFirst = [...present].sort((one, other) => Number(other === active) - Number(one === active));
    const list = (of: (generation: 0 | 1) => object): object[] =>
      present.map((generation) => ({ generation, state: states[generation], ...of(generation) }));
    const isOverlap = present.length === 2;
    const crossed = active === 0 ? 0 : 1;
    const intermediateBundle = this.#intermediates[active] + (isOverlap ? this.#crosses[crossed] : "");
    const base = await this.authority.outputs();
    const [users, hosts] = [await this.#sshKeys("ssh-user-key"), await this.#sshKeys("ssh-host-key")];
    const other = present.find((generation) => generation !== active);
    return {
      ...base,
      rootKey: keyUri(keyName("root", active)),
      rootCertificate: this.#roots[active],
      rootFingerprint: this.fingerprint(active),
      intermediateKey: keyUri(keyName("intermediate", active)),
      intermediateCertificate: this.#intermediates[active],
      sshUserKey: users[active].key,
      sshUserPublicKey: users[active].publicKey,
      sshHostKey: hosts[active].key,
      sshHostPublicKey: hosts[active].publicKey,
      roots: list((generation) => ({
        ...{ key: keyUri(keyName("root", generation)), certificate: this.#roots[generation] },
        fingerprint: this.fingerprint(generation),
      })),
      intermediates: list((generation) => ({
        ...{ key: keyUri(keyName("intermediate", generation)), certificate: this.#intermediates[generation] },
      })),
      formerRoots: phase === "after" ? [this.fingerprint(0)] : [],
      crossCertificates: isOverlap
        ? [{ generation: crossed, issuerGeneration: 1 - crossed, certificate: this.#crosses[crossed] }]
        : [],
      intermediateBundle,
      sshUserKeys: list((generation) => users[generation]),
      sshHostKeys: list((generation) => hosts[generation]),
      caConfig: {
        ...(base["caConfig"] as JsonObject),
        ...caConfig({
          ...{ key: keyUri(keyName("intermediate", active)), kms: { type: "softkms" } },
          ...{ dnsNames: ["localhost", "127.0.0.1"], ...serving },
          roots: activeFirst.map((generation) => rootFileName(this.fingerprint(generation))),
          crt: bundleFileName(intermediateBundle),
          ssh: {
            ...{ userKey: users[active].key, hostKey: hosts[active].key },
            keys: other === undefined ? [] : [...users[other].entries, ...hosts[other].entries],
          },
        }),
      },
    };
  }

  fingerprint(generation: 0 | 1): string {
    return fingerprintSha256(readCertificate(this.#roots[generation]));
  }

  async #sshKeys(role: "ssh-user-key" | "ssh-host-key"): Promise<[SshKey, SshKey]> {
    return [await this.#sshKey(role, 0), await this.#sshKey(role, 1)];
  }

  async #sshKey(role: "ssh-user-key" | "ssh-host-key", generation: 0 | 1): Promise<SshKey> {
    const pem = await this.authority.publicKeyPem(keyName(role, generation));
    const { line, fingerprint } = sshPublicKey(pem);
    return {
      ...{ key: keyUri(keyName(role, generation)), publicKey: line, fingerprint },
      entries: [false, true].map((federated) =>
        sshKeyEntry({ type: role === "ssh-user-key" ? "user" : "host", federated }, pem, fingerprint),
      ),
    };
  }
}

/** The address and the provisioner for certificates. */
export type Serving = Pick<CaConfigParts, "address" | "provisioners">;

const NOWHERE: Serving = { address: ":443", provisioners: [{ type: "ACME", name: "acme" }] };

interface SshKey {
  readonly key: string;
  readonly publicKey: string;
  readonly fingerprint: string;
  readonly entries: readonly SshKeyEntry[];
}

function keyName(name: string, generation: number): string {
  return generation === 0 ? name : `${name}-${String(generation)}`;
}
