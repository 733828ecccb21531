import type { KeyObject } from "node:crypto";
import type { KeyRole } from "../authority/keyNames";
import { PkiError } from "../errors";
import { type Algorithm, algorithmOf } from "../kms/algorithms";
import type { KmsDescriptor } from "../kms/descriptor";
import type { KeyDescription, KeyManager } from "../kms/keyManager";
import type { Backends } from "../kms/registry/backends";
import { kmsRegistry } from "../kms/registry/registry";
import type { KeyTakeover, StepCaKms } from "../kms/takeover";
import type { Problem } from "../words/problem";
import { KEY_FIELDS, type RunningCa } from "./runningCa";
import type { RunningCaCertificates } from "./runningCaCertificates";
import { hasAlgorithm, type KeysByRole, otherAlgorithms, sharedKeys } from "./runningCaKeyProblems";

/** A KMS in which an authority has keys, and how it is reached. */
export interface KmsInUse {
  readonly descriptor: KmsDescriptor;
  readonly takeover: KeyTakeover;
  readonly manager: KeyManager;
  readonly kms: StepCaKms;
  /** `kms.uri` that reaches it. */
  readonly connection: string | undefined;
}

/** The keys of a step-ca that runs, as their KMSs described them. */
export interface RunningCaKeys {
  readonly keys: KeysByRole;
  readonly used: KmsInUse;
  /** The KMS of the root's key. The same object as `used` if it is the same KMS; undefined if the key is elsewhere. */
  readonly usedByRoot: KmsInUse | undefined;
  /** The algorithm of all keys but the root's. */
  readonly algorithm: Algorithm;
  /** Whether the root's key has it, too. */
  readonly isRootAlike: boolean;
}

/** In the place of the name of the root's key: nobody here can reach it. */
export const ROOT_ELSEWHERE = "external";

/** What was found of the root's key: where it is, or that it is elsewhere. */
type FoundRoot = { readonly used: KmsInUse; readonly key: KeyDescription } | typeof ROOT_ELSEWHERE;

/** Asks the KMSs for the public keys of an authority, and compares them with its certificates. */
export class RunningCaKeyFinder {
  readonly problems: Problem[] = [];
  readonly #ca: RunningCa;
  readonly #backends: Backends;

  constructor(ca: RunningCa, backends: Backends) {
    this.#ca = ca;
    this.#backends = backends;
  }

  /**
   * @param rootKey the name of the root's key, if the user gives it, or {@link ROOT_ELSEWHERE}. Default: it is looked for beside that
   * of the intermediate, and is elsewhere if it is not there
   * @returns undefined if there are problems
   */
  async find(
    { intermediate, above: [issuer] }: RunningCaCertificates,
    rootKey: string | undefined,
  ): Promise<RunningCaKeys | undefined> {
    const { descriptor, keys: names, kms } = this.#ca;
    if (descriptor === undefined || names.intermediate === undefined) {
      return undefined;
    }
    const used = await this.#use(descriptor, kms, names.intermediate);
    const keys: Partial<Record<KeyRole, KeyDescription>> = {};
    for (const [role, field] of Object.entries(KEY_FIELDS) as [keyof typeof KEY_FIELDS, readonly string[]][]) {
      const name = names[role];
      const found = name === undefined ? undefined : await this.#describe(used, name, field.join("."));
      if (found !== undefined) {
        keys[role] = found;
      }
    }
    this.#requireKey(keys.intermediate, intermediate.publicKey, "key", "crt");
    const root =
      rootKey === undefined
        ? await this.#searchRoot(used, keys.intermediate, issuer.publicKey)
        : rootKey === ROOT_ELSEWHERE
          ? ROOT_ELSEWHERE
          : await this.#namedRoot(used, rootKey, issuer.publicKey);
    const ofRoot = root === undefined || root === ROOT_ELSEWHERE ? {} : { root: root.key };
    this.problems.push(...sharedKeys({ ...ofRoot, ...keys }));
    const algorithm = this.#algorithm(keys);
    if (this.problems.length > 0 || root === undefined || algorithm === undefined) {
      return undefined;
    }
    if (root === ROOT_ELSEWHERE) {
      return { keys, used, usedByRoot: undefined, algorithm, isRootAlike: false };
    }
    const isRootAlike = hasAlgorithm(root.key, algorithm);
    return { keys: { root: root.key, ...keys }, used, usedByRoot: root.used, algorithm, isRootAlike };
  }

  async #use(descriptor: KmsDescriptor, kms: StepCaKms, keyName: string): Promise<KmsInUse> {
    const takeover = await descriptor.takeover();
    const connection = takeover.connection(kms, keyName);
    const manager = await this.#backends.open(descriptor, connection);
    return { descriptor, takeover, manager, kms, connection };
  }

  async #describe(used: KmsInUse, name: string, property: string): Promise<KeyDescription | undefined> {
    try {
      const { keyUri = (text: string) => text } = used.takeover;
      return await used.manager.describeKey(keyUri(name, this.#ca.resolve));
    } catch (error) {
      this.#add(error, property);
      return undefined;
    }
  }

  #requireKey(key: KeyDescription | undefined, wanted: KeyObject, property: string, certificate: string): boolean {
    const fits = key?.publicKey.equals(wanted) === true;
    if (key !== undefined && !fits) {
      this.problems.push({
        code: "ISSUER_KEY_MISMATCH",
        property,
        reason: `${kmsRegistry.shownUri(key.uri)} is not the key of the certificate in ${certificate}`,
        remedy: "Give the certificate and the key of one CA",
      });
    }
    return fits;
  }

  async #namedRoot(used: KmsInUse, name: string, wanted: KeyObject): Promise<FoundRoot | undefined> {
    const property = "--root-key";
    try {
      // One letter before a colon is a Windows drive.
      const isUri = /^[a-z][a-z0-9+.-]+:/i.test(name) || kmsRegistry.find(name) !== undefined;
      const descriptor = isUri ? kmsRegistry.ofKey(name) : kmsRegistry.ofFiles;
      const ofRoot =
        descriptor === used.descriptor
          ? used
          : await this.#use(descriptor, { block: {}, password: this.#ca.kms.password }, name);
      const key = await this.#describe(ofRoot, name, property);
      return key !== undefined && this.#requireKey(key, wanted, property, "root") ? { used: ofRoot, key } : undefined;
    } catch (error) {
      this.#add(error, property);
      return undefined;
    }
  }

  /** ca.json does not name the root's key. It is often beside that of the intermediate. */
  async #searchRoot(
    used: KmsInUse,
    intermediate: KeyDescription | undefined,
    wanted: KeyObject,
  ): Promise<FoundRoot | undefined> {
    if (intermediate === undefined) {
      return undefined;
    }
    let why = "";
    for (const uri of await this.#candidates(used, intermediate)) {
      try {
        const key = await used.manager.describeKey(uri);
        if (key.publicKey.equals(wanted)) {
          return { used, key };
        }
      } catch (error) {
        why = this.#reasonOf(error) ?? why;
      }
    }
    if (why === "") {
      return ROOT_ELSEWHERE;
    }
    this.problems.push({
      code: "KEY_NOT_FOUND",
      property: "root",
      reason: `ca.json does not name the root's key, and what may be it beside that of the intermediate cannot be read (${why})`,
      remedy: `Name it with --root-key: a file, or a key URI of any key management service. If its key is elsewhere: --root-key ${ROOT_ELSEWHERE}`,
    });
    return undefined;
  }

  async #candidates({ takeover, manager }: KmsInUse, intermediate: KeyDescription): Promise<readonly string[]> {
    try {
      return (await takeover.rootCandidates?.(manager, intermediate)) ?? [];
    } catch (error) {
      this.#reasonOf(error);
      return []; // whoever may read the keys may not be allowed to list them
    }
  }

  /** The reason of our own error. A key that is not there says nothing. */
  #reasonOf(error: unknown): string | undefined {
    if (!(error instanceof PkiError)) {
      throw error;
    }
    return error.code === "KEY_NOT_FOUND" ? undefined : `${error.code}: ${error.reason}`;
  }

  /** The algorithm of the intermediate, which the SSH keys must have, too. */
  #algorithm({ intermediate, ...ssh }: KeysByRole): Algorithm | undefined {
    if (intermediate === undefined) {
      return undefined;
    }
    try {
      const algorithm = intermediate.algorithm ?? algorithmOf(intermediate.publicKey);
      this.problems.push(...otherAlgorithms(ssh, algorithm));
      return algorithm;
    } catch (error) {
      this.#add(error, "key");
      return undefined;
    }
  }

  #add(error: unknown, property: string): void {
    if (!(error instanceof PkiError)) {
      throw error;
    }
    this.problems.push({ code: error.code, property, reason: error.reason, remedy: error.remedy });
  }
}
