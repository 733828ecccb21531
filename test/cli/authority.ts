import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDuration } from "../../provider/words/duration";
import { softKeyUri } from "../../provider/kms/softkms/softKeyUri";
import { SoftKms } from "../../provider/kms/softkms/softkms";
import { sshPublicKey } from "../../provider/ssh/publicKey";
import { caConfig } from "../../provider/stepca/config";
import { fingerprintSha256, publicKeyPem, readCertificate } from "../../provider/x509/certificate";
import { issueCertificate } from "../../provider/x509/certificateAuthority";
import { type Issuer, readIssuer } from "../../provider/x509/issuer";
import type { ProfileName } from "../../provider/x509/profiles";
import { certificateTemplate } from "../../provider/x509/template";

/** The default beginning of certificates in these tests. */
export const BEGINNING = new Date("2026-01-01T00:00:00Z");

const ALGORITHM = "ECDSA_P256";

/** A certificate to issue. */
export interface Order {
  readonly profile: ProfileName;
  readonly commonName: string;
  readonly validity: string;
  /** The name of the subject's key. */
  readonly key: string;
  /** The name of the issuer's key; the subject's by default. */
  readonly signedBy?: string;
  readonly issuer?: Issuer;
  /** The profile's by default. */
  readonly pathLength?: number | "unlimited";
  /** The root that a cross certificate stands in for. */
  readonly crossOf?: Issuer;
  readonly notBefore?: Date;
}

/** The outputs of a stack, as JSON. */
export type Outputs = Record<string, unknown>;

/** A folder with a Pulumi project and softkms keys, and the outputs that its stack would have. */
export class Authority {
  /** The folder of Pulumi.yaml. */
  readonly directory = mkdtempSync(join(tmpdir(), "kms-pki-cli-"));
  readonly #kms = new SoftKms({
    rootDirectory: this.directory,
    passphrase: () => {
      throw new Error("the keys of these tests are not encrypted");
    },
    notice: () => undefined,
  });

  private constructor() {
    writeFileSync(join(this.directory, "Pulumi.yaml"), "name: test\nruntime: nodejs\n");
  }

  /** An authority with the keys root, intermediate, ssh-user-key and ssh-host-key. */
  static async create(): Promise<Authority> {
    const authority = new Authority();
    for (const name of ["root", "intermediate", "ssh-user-key", "ssh-host-key"]) {
      await authority.createKey(name);
    }
    return authority;
  }

  /** Makes a key file, and returns its URI. */
  async createKey(name: string): Promise<string> {
    const uri = keyUri(name);
    await this.#kms.createKey({ uri, algorithm: ALGORITHM, encrypted: false, owner: `test ${name}` });
    return uri;
  }

  /** Makes a certificate. */
  async certificate(order: Order): Promise<string> {
    const signer = await this.#kms.createSigner({
      uri: keyUri(order.signedBy ?? order.key),
      algorithm: ALGORITHM,
    });
    const template = certificateTemplate(
      {
        ...{ profile: order.profile, subject: { commonName: order.commonName, organization: "Example, Inc" } },
        ...(order.pathLength === undefined ? {} : { pathLength: order.pathLength }),
      },
      { validitySeconds: parseDuration(order.validity) },
    );
    const { publicKey } = await this.#kms.describeKey(keyUri(order.key));
    const { issuer, crossOf, notBefore = BEGINNING } = order;
    const certificate = await issueCertificate(
      {
        ...{ template, publicKey, algorithm: ALGORITHM, signer: () => Promise.resolve(signer) },
        ...(issuer === undefined ? {} : { issuer }),
        ...(crossOf === undefined ? {} : { crossOf }),
      },
      { now: () => notBefore, random: randomBytes },
    );
    return certificate.toString();
  }

  /** A root, valid for 3650 days by default. */
  root(order: Partial<Order> = {}): Promise<string> {
    return this.certificate({
      profile: "root",
      commonName: "Example Root",
      validity: "3650d",
      key: "root",
      ...order,
    });
  }

  /** An intermediate under a root, valid for 365 days by default. */
  intermediate(rootPem: string, order: Partial<Order> = {}): Promise<string> {
    return this.certificate({
      profile: "intermediate",
      commonName: "Example Intermediate",
      validity: "365d",
      key: "intermediate",
      signedBy: "root",
      issuer: readIssuer(rootPem),
      ...order,
    });
  }

  /** The public key that belongs to a key. */
  async publicKeyPem(name: string): Promise<string> {
    return publicKeyPem((await this.#kms.describeKey(keyUri(name))).publicKey);
  }

  /** The outputs of the stack. */
  async outputs({ ssh = true, notBefore = BEGINNING } = {}): Promise<Outputs> {
    const rootCertificate = await this.root({ notBefore });
    const line = async (name: string): Promise<string> => sshPublicKey(await this.publicKeyPem(name)).line;
    const sshKeys = { hostKey: keyUri("ssh-host-key"), userKey: keyUri("ssh-user-key") };
    return {
      rootKey: keyUri("root"),
      rootCertificate,
      rootFingerprint: fingerprintSha256(readCertificate(rootCertificate)),
      intermediateKey: keyUri("intermediate"),
      intermediateCertificate: await this.intermediate(rootCertificate, { notBefore }),
      ...(ssh
        ? {
            sshUserKey: sshKeys.userKey,
            sshUserPublicKey: await line("ssh-user-key"),
            sshHostKey: sshKeys.hostKey,
            sshHostPublicKey: await line("ssh-host-key"),
          }
        : {}),
      caConfig: caConfig({
        key: keyUri("intermediate"),
        kms: { type: "softkms" },
        ...(ssh ? { ssh: sshKeys } : {}),
        dnsNames: ["ca.example.com"],
        address: ":443",
        provisioners: [{ type: "ACME", name: "acme" }],
      }),
    };
  }

  /** The path of a file in the project folder. */
  path(...names: string[]): string {
    return join(this.directory, ...names);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** The URI of a key by its name. */
export function keyUri(name: string): string {
  return softKeyUri(`keys/${name}.pem`);
}
