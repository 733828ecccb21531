import type { ComponentResource } from "@pulumi/pulumi";
import type { SigningKey } from "../resources/signingKey";
import type { AuthorityPart } from "../rotation/authorityPart";
import type { AuthorityState } from "../rotation/authorityState";
import type { ExistingGeneration } from "../rotation/generation";
import { keyNameOf, keyResource, roleOf } from "../keySources/authorityParts";
import { algorithmOfPart, type AuthoritySettings, rotationOf, sourceOf } from "./authoritySettings";
import type { KeyOwner } from "../keySources/authorityOwner";
import type { KeyDeclaration, KeyName } from "../keySources/keySource";

/** The keys of an authority, by part and generation. */
export class AuthorityKeys {
  readonly #authority: { readonly name: string; readonly resource: ComponentResource; readonly owner: KeyOwner };
  readonly #settings: AuthoritySettings;
  readonly #state: AuthorityState;
  readonly #keys = new Map<KeyName, SigningKey>();

  constructor(
    name: string,
    resource: ComponentResource,
    owner: KeyOwner,
    settings: AuthoritySettings,
    state: AuthorityState,
  ) {
    this.#authority = { name, resource, owner };
    this.#settings = settings;
    this.#state = state;
  }

  /** Declares the keys of all generations of a part that exist, or of some. */
  declare(part: AuthorityPart, isMade: (generation: ExistingGeneration) => boolean = () => true): void {
    for (const generation of this.#state.generations[part].filter(isMade)) {
      const declaration = this.declaration(part, generation.number);
      this.#keys.set(declaration.keyName, sourceOf(this.#settings, part).declareKey(declaration));
    }
  }

  /** A key that was declared. */
  get(part: AuthorityPart, generation: number): SigningKey {
    const key = this.#keys.get(keyNameOf(part, generation));
    if (key === undefined) {
      throw new Error(`no key of ${part} ${String(generation)}`); // cannot be: the state names what exists
    }
    return key;
  }

  /** All that were declared, by name. */
  get all(): ReadonlyMap<KeyName, SigningKey> {
    return this.#keys;
  }

  /** The public halves of all, by name. */
  get publicKeys(): [KeyName, SigningKey["publicKeyPem"]][] {
    return [...this.#keys].map(([name, { publicKeyPem }]) => [name, publicKeyPem]);
  }

  /** How a key is declared. */
  declaration(part: AuthorityPart, number: number): KeyDeclaration {
    const { protect, deleteRetiredKeys } = this.#settings;
    const { name, resource, owner } = this.#authority;
    const isRotated = rotationOf(this.#settings).schedules[part] !== undefined;
    const state = this.#state.generations[part].find((each) => each.number === number)?.state ?? "active";
    return {
      ...{ role: roleOf(part), keyName: keyNameOf(part, number), authority: name, parent: resource, owner },
      ...{ name: keyResource(name, part, number), sharedName: keyResource(name, part, 0) },
      algorithm: algorithmOfPart(this.#settings, part),
      ...{ protect: protect && !isRotated, protectShared: protect },
      ...(isRotated ? { generation: { number, state, deleteWhenRetired: deleteRetiredKeys } } : {}),
    };
  }
}
