import { all, output, type Output } from "@pulumi/pulumi";
import type { AuthorityState } from "../rotation/authorityState";
import type { AuthorityCertificate } from "../rotation/certificates";
import type { GenerationState } from "../rotation/generation";
import { fingerprintSha256, readCertificate } from "../x509/certificate";
import type { AuthorityCertificates } from "./authorityCertificates";
import type { AuthorityKeys } from "./authorityKeys";

/** One of the certificates that take turns. */
export interface CertificateGeneration {
  /** From 0. */
  readonly generation: number;
  /** Of an intermediate that has a certificate under two roots, the one in ca.json alone is active. */
  readonly state: GenerationState;
  /** URI of its key. */
  readonly key: string;
  /** PEM. */
  readonly certificate: string;
}

/** One of the roots that take turns. */
export interface RootGeneration extends CertificateGeneration {
  /** SHA-256 of the certificate, in hex. */
  readonly fingerprint: string;
}

/** The certificate by which one root says that it trusts another. */
export interface CrossCertificate {
  /** Of the root that it stands for. */
  readonly generation: number;
  /** Of the root that signed it. */
  readonly issuerGeneration: number;
  /** PEM. */
  readonly certificate: string;
}

/** The certificates of a rotation as outputs, of each kind the active one first. */
export class AuthorityGenerations {
  readonly #state: AuthorityState;
  readonly #keys: AuthorityKeys;
  readonly #certificates: AuthorityCertificates;

  constructor(state: AuthorityState, keys: AuthorityKeys, certificates: AuthorityCertificates) {
    this.#state = state;
    this.#keys = keys;
    this.#certificates = certificates;
  }

  get roots(): Output<RootGeneration[]> {
    return this.#list("root", ({ subject }) => this.#stateOf("root", subject)).apply((roots) =>
      roots.map((root) => ({ ...root, fingerprint: fingerprintSha256(readCertificate(root.certificate)) })),
    );
  }

  get intermediates(): Output<CertificateGeneration[]> {
    return this.#list("intermediate", ({ subject, issuer }) => {
      const state = this.#stateOf("intermediate", subject);
      return state === "active" ? this.#stateOf("root", issuer) : state;
    });
  }

  get crossCertificates(): Output<CrossCertificate[]> {
    const crosses = this.#state.certificates.filter(({ kind }) => kind === "cross");
    return all(
      crosses.map(({ name, subject, issuer }) =>
        this.#certificates
          .pem(name)
          .apply((certificate) => ({ generation: subject, issuerGeneration: issuer, certificate })),
      ),
    );
  }

  #list(
    kind: "root" | "intermediate",
    stateOf: (certificate: AuthorityCertificate) => GenerationState,
  ): Output<CertificateGeneration[]> {
    const found = this.#state.certificates
      .filter((certificate) => certificate.kind === kind)
      .map((certificate) => ({ ...certificate, state: stateOf(certificate) }))
      .sort((one, other) => Number(other.state === "active") - Number(one.state === "active"));
    return all(
      found.map(({ name, subject, state }) =>
        all([this.#keyOf(kind, subject), this.#certificates.pem(name)]).apply(([key, certificate]) => ({
          ...{ generation: subject, state, key, certificate },
        })),
      ),
    );
  }

  #keyOf(kind: "root" | "intermediate", generation: number): Output<string> {
    return kind === "root"
      ? output(this.#certificates.root(generation).key?.uri ?? "")
      : this.#keys.get(kind, generation).uri;
  }

  #stateOf(part: "root" | "intermediate", generation: number): GenerationState {
    return this.#state.generations[part].find(({ number }) => number === generation)?.state ?? "active";
  }
}
