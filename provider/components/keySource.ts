import type { ComponentResource, Input } from "@pulumi/pulumi";
import type { Problem } from "../inputs/problem";
import type { Algorithm } from "../kms/algorithms";
import type { Certificate } from "../resources/certificate";
import type { SigningKey } from "../resources/signingKey";
import type { KmsBlock } from "../stepca/config";

/** What a key of a certificate authority is for. The value is the key's name, as smallstep's init tools name them. */
export type KeyRole = "root" | "intermediate" | "ssh-user-key" | "ssh-host-key";

/** How a key is declared. */
export interface KeyDeclaration {
  readonly role: KeyRole;
  /** The name of the authority's resource. */
  readonly authority: string;
  /** The resource's name. */
  readonly name: string;
  readonly algorithm: Algorithm;
  readonly parent: ComponentResource;
  /** Whether the engine refuses to delete or replace the key. */
  readonly protect: boolean;
}

/**
 * Where a certificate authority's keys come from: one key management service with its settings. Each key of an
 * authority may have a source of its own.
 */
export interface KeySource {
  /** The `kms` block of a ca.json whose keys come from here. */
  readonly kms: Input<KmsBlock>;
  /** Settles when the source knows what it must know before the authority is registered. */
  readonly ready?: Promise<unknown>;
  /**
   * What is wrong with the settings, found before anything is registered.
   *
   * @param roles the keys that are to come from here
   */
  problems(algorithm: Algorithm, roles: readonly KeyRole[]): readonly Problem[];
  /** Declares a key. */
  declareKey(declaration: KeyDeclaration): SigningKey;
  /** Has the certificate of a key from here stored beside it, where step-ca wants it there. */
  storeCertificate?(declaration: KeyDeclaration, key: SigningKey, certificate: Certificate): void;
}
