import { all, type Input, output, type Output, secret } from "@pulumi/pulumi";
import { PkiError } from "../../../errors";
import type { Problem } from "../../../words/problem";
import { locateSecret } from "../../../words/secrets";
import { PIN } from "../yubiKeySecretNames";
import type { Algorithm } from "../../algorithms";
import { yubiKeyKmsUri } from "../yubiKeyUri";
import type { ClaimedSlot, SlotUse } from "../slotClaim";
import type { Slot } from "../../../piv/slots";
import type { Certificate } from "../../../resources/certificate";
import type { SigningKey } from "../../../resources/signingKey";
import { endOfTurn } from "../../../resources/turn";
import { YubiKey } from "./yubiKey";
import { PivCertificate } from "./pivCertificate";
import { PivKey, pivKeyOwner } from "./pivKey";
import type { KmsBlock } from "../../../stepca/config";
import { type Attestations, attestationsOf } from "../../../keySources/attestations";
import type { KeyDeclaration, KeysAtOnce, KeySource } from "../../../keySources/keySource";
import type { KeyRole } from "../../../authority/keyNames";
import { programSecrets } from "../../../keySources/programSecrets";
import type { PivKeysArgs } from "./pivKeysArgs";
import { checkPivKeys } from "./pivKeysChecks";
import { type ChosenSlot, chooseSlots, recordedSlots } from "./pivKeySlots";

/** Where `step-yubikey-init` puts the keys. */
const DEFAULT_SLOTS: Partial<Record<KeyRole, Slot>> = { root: "9a", intermediate: "9c" };

/**
 * Keys in the PIV slots of a YubiKey that is plugged into the machine on which `pulumi up` runs. The certificates are stored
 * in the keys' slots. All slots are looked at before the first key is made, and one that is in use is refused (`KEY_EXISTS`).
 * Destroying keeps keys and certificates unless `deleteKeys` is set.
 *
 * The PIN comes from `KMS_PKI_PIN_FILE`, `KMS_PKI_PIN`, `kms-pki:pinFile` or the secret `kms-pki:pin`; the management key from
 * `KMS_PKI_MANAGEMENT_KEY_FILE` and so on. ca.json names the PIN's file as `pin-source`, or else holds the PIN, as a
 * secret of the stack.
 *
 * @example
 * ```ts
 * import * as pki from "pulumi-kms-pki";
 * import { PivKeys } from "pulumi-kms-pki/yubikey";
 *
 * const ca = new pki.CertificateAuthority("ca", { keys: new PivKeys({ serial: 12345678 }), name: "Example", ssh: false });
 * export const caConfig = ca.caConfig;
 * ```
 */
export class PivKeys implements KeySource {
  readonly #args: PivKeysArgs;
  readonly #slots: Partial<Record<KeyRole, readonly Slot[]>>;
  readonly #claims: Output<ClaimedSlot>[] = [];
  /** Of keys that take turns the active ones. */
  readonly #active = new Map<KeyRole, PivKey>();
  readonly #generations = new Map<KeyRole, number[]>();
  readonly #chosen = new Map<KeyRole, Promise<Map<number, ChosenSlot>>>();
  #device: YubiKey | undefined;

  constructor(args: PivKeysArgs = {}) {
    this.#args = args;
    const slots = Object.entries({ ...DEFAULT_SLOTS, ...args.slots });
    this.#slots = Object.fromEntries(slots.map(([role, slot]) => [role, [slot].flat()]));
  }

  get kms(): Input<KmsBlock> {
    const { serial } = this.#args;
    const pin = locateSecret(PIN, programSecrets(), serial);
    const pinSource = pin !== undefined && "file" in pin ? pin.file : undefined;
    return {
      type: "yubikey",
      ...(serial === undefined && pinSource === undefined ? {} : { uri: yubiKeyKmsUri({ serial, pinSource }) }),
      ...(pin !== undefined && "value" in pin ? { pin: secret(pin.value) } : {}),
    };
  }

  get fixed(): Readonly<Record<string, unknown>> {
    const { serial, pinPolicy = "always", touchPolicy = "never" } = this.#args;
    return { ...(serial === undefined ? {} : { serial }), pinPolicy, touchPolicy };
  }

  problems(algorithm: Algorithm, roles: readonly KeyRole[], atOnce: KeysAtOnce = {}): Problem[] {
    const given = Object.keys(this.#args.slots ?? {});
    const slots = Object.entries(this.#slots).filter(
      ([role]) => given.includes(role) || roles.includes(role as KeyRole),
    );
    return checkPivKeys(this.#args, Object.fromEntries(slots), algorithm, roles, atOnce);
  }

  declareKey(declaration: KeyDeclaration): SigningKey {
    const { role, name, algorithm, parent, protect, generation } = declaration;
    const { authorityId } = declaration.owner;
    const formerOwners = declaration.owner.formerMarks("PivKey", name);
    const { pinPolicy, touchPolicy, attestationRootPem } = this.#args;
    this.#generations.set(role, [...(this.#generations.get(role) ?? []), generation?.number ?? 0]);
    const { slot, use } = this.#placeOf(declaration);
    const owner = pivKeyOwner(name, authorityId, { parent });
    this.#claims.push(output({ slot, use, owner, formerOwners }) as Output<ClaimedSlot>);
    const device = this.#deviceFor(declaration);
    const key = new PivKey(
      name,
      {
        ...{
          slot,
          use,
          algorithm,
          kms: device.kms,
          authorityId,
          formerOwners,
          deleteKey: this.#isDeleted(declaration),
        },
        ...(pinPolicy === undefined ? {} : { pinPolicy }),
        ...(touchPolicy === undefined ? {} : { touchPolicy }),
        ...(attestationRootPem === undefined ? {} : { attestationRootPem }),
      },
      { parent, protect, dependsOn: device },
    );
    if ((generation?.state ?? "active") === "active") {
      this.#active.set(role, key);
    }
    return key;
  }

  storeCertificate(declaration: KeyDeclaration, key: SigningKey, certificate: Certificate): void {
    const { keyName, authority, parent, protect } = declaration;
    const { use } = this.#placeOf(declaration);
    const replaceOther = typeof use === "string" ? use !== "new" : use.apply((chosen) => chosen !== "new");
    new PivCertificate(
      `${authority}-${keyName}-certificate`,
      {
        ...{ key, certificatePem: certificate.certificatePem, replaceOther },
        deleteCertificate: this.#isDeleted(declaration),
      },
      { parent, protect },
    );
  }

  /** What the device says of its keys, by key, once they are declared. */
  get attestations(): Output<Attestations> {
    return attestationsOf(this.#active);
  }

  /** The device is declared with the first key, and told of all that follow in the same turn. */
  #deviceFor({ role, authority, parent }: KeyDeclaration): YubiKey {
    const { serial } = this.#args;
    const slots = endOfTurn().then(() => all(this.#claims));
    this.#device ??= new YubiKey(
      `${authority}-${role}-yubikey`,
      { ...(serial === undefined ? {} : { serial }), slots: output(slots) },
      { parent },
    );
    return this.#device;
  }

  #isDeleted({ generation }: KeyDeclaration): boolean {
    return generation?.deleteWhenRetired ?? this.#args.deleteKeys ?? false;
  }

  /** The slot of a key. That of one that is rotated is known only when it is known what the last run left. */
  #placeOf(declaration: KeyDeclaration): { slot: Slot | Output<Slot>; use: SlotUse | Output<SlotUse> } {
    const { role, generation } = declaration;
    const { overwrite = [], adopt } = this.#args;
    const listed = this.#slots[role] ?? [];
    const [first] = listed;
    if (first === undefined) {
      // Found before by an authority.
      throw new PkiError("INPUT_INVALID", `the key ${role} has no slot`, "Name one in slots");
    }
    const useOf = (slot: Slot, otherwise: SlotUse): SlotUse => {
      if (overwrite.includes(slot)) {
        return "overwrite";
      }
      return adopt?.[role] === slot ? "adopt" : otherwise;
    };
    if (generation === undefined) {
      return { slot: first, use: useOf(first, "new") };
    }
    const chosen = output(
      this.#choose(declaration, listed).then((slots) => {
        const own = slots.get(generation.number);
        if (own === undefined) {
          throw new Error("there are fewer slots than generations"); // found before by an authority
        }
        return own;
      }),
    );
    return {
      slot: chosen.apply(({ slot }) => slot),
      use: chosen.apply(({ slot, use }) => (generation.number === 0 ? useOf(slot, use) : use)),
    };
  }

  /** Once for all generations of a role, when all are declared. */
  #choose({ role, parent }: KeyDeclaration, listed: readonly Slot[]): Promise<Map<number, ChosenSlot>> {
    const choosing =
      this.#chosen.get(role) ??
      endOfTurn().then(async () => {
        const generations = this.#generations.get(role) ?? [];
        return chooseSlots(listed, generations, await recordedSlots(parent, role, generations));
      });
    this.#chosen.set(role, choosing);
    return choosing;
  }
}
