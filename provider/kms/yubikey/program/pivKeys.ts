import { all, type Input, output, type Output, secret } from "../../../pulumi";
import { PkiError } from "../../../errors";
import type { Problem } from "../../../words/problem";
import { locateSecret } from "../../../words/secrets";
import { PIN } from "../yubiKeySecretNames";
import type { Algorithm } from "../../algorithms";
import { yubiKeyKmsUri } from "../yubiKeyUri";
import type { ClaimedSlot, SlotUse } from "../slotClaim";
import type { Slot } from "../../../piv/slots";
import type { SigningKey } from "../../../resources/signingKey";
import { derived, givenArgs, isOutput, withDefault } from "../../../resources/knownInputs";
import { endOfTurn } from "../../../resources/turn";
import { YubiKey } from "./yubiKey";
import { PivCertificate } from "./pivCertificate";
import { PivKey, pivKeyOwner } from "./pivKey";
import type { KmsBlock } from "../../../stepca/config";
import { type Attestations, attestationsOf } from "../../../keySources/attestations";
import type { KeyDeclaration, KeysAtOnce, KeySource } from "../../../keySources/keySource";
import type { KeyRole } from "../../../authority/keyNames";
import { programSecrets } from "../../../keySources/programSecrets";
import { namesKeyIn, SourceSettings } from "../../../keySources/sourceSettings";
import type { PivKeysArgs } from "./pivKeysArgs";
import { checkPivKeys } from "./pivKeysChecks";
import { type ChosenSlot, chooseSlots, recordedSlots } from "./pivKeySlots";

/** The slots in which `step-yubikey-init` puts the keys. */
const DEFAULT_SLOTS: Partial<Record<KeyRole, Slot>> = { root: "9a", intermediate: "9c" };

/**
 * Keys in a YubiKey. It is plugged into the machine on which `pulumi up` runs. The certificates are stored in the PIV slots
 * of their keys. All slots are checked before the first key is made, and a slot in use is refused (`KEY_EXISTS`).
 * `pulumi destroy` keeps keys and certificates unless `deleteKeys` is set.
 *
 * The PIN comes from `KMS_PKI_PIN_FILE`, `KMS_PKI_PIN`, `kms-pki:pinFile` or the secret `kms-pki:pin`; the management key from
 * `KMS_PKI_MANAGEMENT_KEY_FILE` and so on. ca.json names the PIN's file as `pin-source`. Without a file, it holds the
 * PIN, as a secret of the stack.
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
  readonly isKnownAtOnce: boolean;
  readonly ready: Promise<unknown>;
  readonly namesKey = namesKeyIn(() => this.#args);
  readonly #args: PivKeysArgs;
  readonly #settings: SourceSettings<PivKeysArgs>;
  readonly #claims: Output<ClaimedSlot>[] = [];
  /** The active keys of a rotation. */
  readonly #active = new Map<KeyRole, PivKey>();
  readonly #generations = new Map<KeyRole, number[]>();
  readonly #chosen = new Map<KeyRole, Output<ReadonlyMap<number, ChosenSlot>>>();
  #device: YubiKey | undefined;

  constructor(args: PivKeysArgs = {}) {
    this.#args = givenArgs(args);
    this.#settings = new SourceSettings(this.#args);
    this.isKnownAtOnce = this.#settings.isKnownAtOnce;
    this.ready = this.#settings.settled;
  }

  get kms(): Input<KmsBlock> {
    const { serial } = this.#args;
    return isOutput(serial) ? output(serial).apply((known) => output(kmsBlock(known))) : kmsBlock(serial);
  }

  get fixed(): Input<Readonly<Record<string, unknown>>> {
    const { serial, pinPolicy, touchPolicy } = this.#args;
    return derived({ serial, pinPolicy, touchPolicy }, (known) => ({
      ...(known.serial === undefined ? {} : { serial: known.serial }),
      ...{ pinPolicy: known.pinPolicy ?? "always", touchPolicy: known.touchPolicy ?? "never" },
    }));
  }

  problems(algorithm: Algorithm, roles: readonly KeyRole[], atOnce: KeysAtOnce = {}): Problem[] {
    const { known } = this.#settings;
    const given = Object.entries(known.slots ?? {}).filter(([, slots]) => slots !== undefined);
    const defaults = Object.entries(DEFAULT_SLOTS).filter(([role]) => roles.includes(role as KeyRole));
    const slots = new Map([...defaults, ...given].map(([role, listed]) => [role, [listed].flat()]));
    return checkPivKeys(known, Object.fromEntries(slots), algorithm, roles, atOnce);
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
        ...{ pinPolicy, touchPolicy, attestationRootPem },
      },
      { parent, protect, dependsOn: device },
    );
    if ((generation?.state ?? "active") === "active") {
      this.#active.set(role, key);
    }
    return key;
  }

  storeCertificate(declaration: KeyDeclaration, key: SigningKey, certificatePem: Output<string>): void {
    const { keyName, authority, parent, protect } = declaration;
    const { use } = this.#placeOf(declaration);
    const replaceOther = derived(use, (chosen) => chosen !== "new");
    new PivCertificate(
      `${authority}-${keyName}-certificate`,
      {
        ...{ key, certificatePem, replaceOther },
        deleteCertificate: this.#isDeleted(declaration),
      },
      { parent, protect },
    );
  }

  /** The device's attestations of its keys, by key, once they are declared. */
  get attestations(): Output<Attestations> {
    return attestationsOf(this.#active);
  }

  /** The device, which is declared with the first key and receives all later keys of the same turn. */
  #deviceFor({ role, authority, parent }: KeyDeclaration): YubiKey {
    const { serial } = this.#args;
    const slots = endOfTurn().then(() => all(this.#claims));
    this.#device ??= new YubiKey(`${authority}-${role}-yubikey`, { serial, slots: output(slots) }, { parent });
    return this.#device;
  }

  #isDeleted({ generation }: KeyDeclaration): Input<boolean> {
    return generation?.deleteWhenRetired ?? withDefault(this.#args.deleteKeys, false);
  }

  /** The slot of a key. A rotated key's slot is known only after the last run's state is. */
  #placeOf(declaration: KeyDeclaration): { slot: Input<Slot>; use: Input<SlotUse> } {
    const { role, generation } = declaration;
    const { overwrite, adopt } = this.#args;
    const said = { overwrite, adopted: adopt?.[role] };
    const listed = this.#args.slots?.[role] ?? DEFAULT_SLOTS[role];
    if (listed === undefined) {
      // An authority has already checked this.
      throw new PkiError("INPUT_INVALID", `the key ${role} has no slot`, "Add one to slots");
    }
    if (generation === undefined) {
      const slot = derived(listed, firstOf);
      return { slot, use: derived({ slot, ...said }, (known) => useOf(known.slot, known, "new")) };
    }
    const chosen = this.#choose(declaration, listed).apply((slots) => {
      const own = slots.get(generation.number);
      if (own === undefined) {
        throw new Error("there are fewer slots than generations"); // an authority has already checked this
      }
      return own;
    });
    return {
      slot: chosen.apply(({ slot }) => slot),
      use: output({ chosen, ...said }).apply(({ chosen: { slot, use }, ...known }) =>
        generation.number === 0 ? useOf(slot, known, use) : use,
      ),
    };
  }

  /** Chooses the slots, once for all generations of a role, when all are declared. */
  #choose({ role, parent }: KeyDeclaration, listed: SlotList): Output<ReadonlyMap<number, ChosenSlot>> {
    const choosing =
      this.#chosen.get(role) ??
      output(listed).apply(async (slots) => {
        await endOfTurn();
        const generations = this.#generations.get(role) ?? [];
        return chooseSlots([slots].flat(), generations, await recordedSlots(parent, role, generations));
      });
    this.#chosen.set(role, choosing);
    return choosing;
  }
}

/** One slot, or a list of them. */
type SlotList = Input<Slot | readonly Input<Slot>[]>;

function firstOf(slots: Slot | readonly Slot[]): Slot {
  const [first = ""] = [slots].flat();
  return first as Slot;
}

/** How a slot may be used, as the program says it. */
function useOf(
  slot: Slot,
  { overwrite, adopted }: { readonly overwrite?: readonly Slot[] | undefined; readonly adopted?: Slot | undefined },
  otherwise: SlotUse,
): SlotUse {
  // The checks report what is no list.
  if (Array.isArray(overwrite) && overwrite.includes(slot)) {
    return "overwrite";
  }
  return adopted === slot ? "adopt" : otherwise;
}

/** The `kms` block of ca.json, which names the PIN's file or holds the PIN. */
function kmsBlock(serial: number | undefined): KmsBlock {
  const pin = locateSecret(PIN, programSecrets(), serial);
  const pinSource = pin !== undefined && "file" in pin ? pin.file : undefined;
  return {
    type: "yubikey",
    ...(serial === undefined && pinSource === undefined ? {} : { uri: yubiKeyKmsUri({ serial, pinSource }) }),
    ...(pin !== undefined && "value" in pin ? { pin: secret(pin.value) } : {}),
  };
}
