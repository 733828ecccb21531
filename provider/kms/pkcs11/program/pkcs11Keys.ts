import { type Input, isDryRun, log, output, type Output, secret } from "../../../pulumi";
import type { KeyName, KeyRole } from "../../../authority/keyNames";
import type { PlannedKey } from "../../../authority/plannedKey";
import type { FindRecorded, KeyDeclaration, KeySource } from "../../../keySources/keySource";
import { namesKeyIn, SourceSettings } from "../../../keySources/sourceSettings";
import { programSecrets } from "../../../keySources/programSecrets";
import { derived, givenArgs, withDefault } from "../../../resources/knownInputs";
import type { SigningKey } from "../../../resources/signingKey";
import type { KmsBlock } from "../../../stepca/config";
import type { Problem } from "../../../words/problem";
import { locateSecret } from "../../../words/secrets";
import type { Algorithm } from "../../algorithms";
import { tokenPins } from "../pkcs11SecretNames";
import { DEFAULT_MODULE, type TokenConnection, tokenKmsUri } from "../pkcs11Uri";
import { Pkcs11Certificate } from "./pkcs11Certificate";
import { Pkcs11Key } from "./pkcs11Key";
import type { KnownPkcs11Settings, Pkcs11KeysArgs } from "./pkcs11KeysArgs";
import { checkPkcs11Keys } from "./pkcs11KeysChecks";
import { authorityOf, checkKeysInToken } from "./pkcs11KeysInToken";

/**
 * Keys in a PKCS#11 token. It is behind a module, such as that of a YubiHSM 2, a Nitrokey HSM, CloudHSM, Luna or SoftHSM. The
 * module runs on the machine on which `pulumi up` runs, in its own process. The token is checked before the first key is made, and a label
 * in use is refused (`KEY_EXISTS`). Destroying keeps the keys unless `deleteKeys` is set.
 *
 * The PIN comes from `KMS_PKI_TOKEN_PIN_FILE`, `KMS_PKI_TOKEN_PIN`, `kms-pki:tokenPinFile` or the secret `kms-pki:tokenPin`.
 * ca.json names the PIN file as `pin-source`. If you give the PIN as a value, ca.json contains it, as a secret of the stack.
 *
 * @example
 * ```ts
 * import * as pki from "pulumi-kms-pki";
 * import { Pkcs11Keys } from "pulumi-kms-pki/pkcs11";
 *
 * const keys = new Pkcs11Keys({ modulePath: "/usr/lib/softhsm/libsofthsm2.so", token: "ca" });
 * const ca = new pki.CertificateAuthority("ca", { keys, name: "Example" });
 * export const caConfig = ca.caConfig;
 * ```
 */
export class Pkcs11Keys implements KeySource {
  readonly isKnownAtOnce: boolean;
  readonly ready: Promise<unknown>;
  readonly namesKey = namesKeyIn(() => this.#args);
  readonly #args: Pkcs11KeysArgs;
  readonly #settings: SourceSettings<Pkcs11KeysArgs>;

  constructor(args: Pkcs11KeysArgs) {
    this.#args = givenArgs(args);
    this.#settings = new SourceSettings(this.#args);
    this.isKnownAtOnce = this.#settings.isKnownAtOnce;
    this.ready = this.#settings.settled;
  }

  get kms(): Input<KmsBlock> {
    const { modulePath, stepCaModulePath, token, serial, slotId } = this.#args;
    const settings = { modulePath, stepCaModulePath, token, serial, slotId };
    return this.isKnownAtOnce
      ? kmsBlock(this.#settings.known)
      : output(settings).apply((known) => output(kmsBlock(known)));
  }

  get fixed(): Input<Readonly<Record<string, unknown>>> {
    const { labelPrefix, token, serial, slotId } = this.#args;
    return derived({ labelPrefix, token, serial, slotId }, (known) =>
      Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)),
    );
  }

  problems(algorithm: Algorithm, roles: readonly KeyRole[]): Problem[] {
    return checkPkcs11Keys(this.#settings.known, algorithm, roles);
  }

  async recordedProblems(keys: readonly PlannedKey[], find: FindRecorded): Promise<Problem[]> {
    const settings = await this.#settings.settled;
    if (isDryRun()) {
      return []; // a preview calls no KMS
    }
    if (settings.slotId !== undefined) {
      void log.warn(
        `the token is named by the number of its slot, ${String(settings.slotId)}, which some modules change; name it by token ` +
          "or serial",
      );
    }
    const labelled = keys.map((key) => ({ key, label: labelOf(settings.labelPrefix, key.keyName, authorityOf(key)) }));
    const adopted = Object.entries(settings.adopt ?? {}).filter(([, uri]) => uri !== undefined);
    const names = adopted.map(([name]) => name);
    return checkKeysInToken(labelled, find, connectionOf(settings), names);
  }

  declareKey(declaration: KeyDeclaration): SigningKey {
    const { keyName, name, authority, algorithm, parent, protect, owner } = declaration;
    const { modulePath, token, serial, slotId, labelPrefix, adopt } = this.#args;
    return new Pkcs11Key(
      name,
      {
        kms: derived({ modulePath, token, serial, slotId }, (known) => tokenKmsUri(connectionOf(known))),
        label: derived(labelPrefix, (prefix) => labelOf(prefix, keyName, authority)),
        ...{ algorithm, adopt: adopt?.[keyName], deleteKey: this.#isDeleted(declaration) },
        ...{ authorityId: owner.authorityId, formerOwners: owner.formerMarks("Pkcs11Key", name) },
      },
      { parent, protect },
    );
  }

  storeCertificate(declaration: KeyDeclaration, key: SigningKey, certificatePem: Output<string>): void {
    const { keyName, authority, parent, protect } = declaration;
    if (this.#args.storeCertificates === true) {
      new Pkcs11Certificate(
        `${authority}-${keyName}-certificate`,
        {
          ...{ key, certificatePem },
          replaceOther: this.#args.adopt?.[keyName] !== undefined,
          deleteCertificate: this.#isDeleted(declaration),
        },
        { parent, protect },
      );
    }
  }

  #isDeleted({ generation }: KeyDeclaration): Input<boolean> {
    return generation?.deleteWhenRetired ?? withDefault(this.#args.deleteKeys, false);
  }
}

type KnownConnection = Pick<KnownPkcs11Settings, "modulePath" | "token" | "serial" | "slotId">;

/** What is not of its type is left out, and the checks report it. */
function connectionOf({ modulePath, token, serial, slotId }: KnownConnection): TokenConnection {
  return {
    modulePath: typeof modulePath === "string" ? modulePath : DEFAULT_MODULE,
    token: typeof token === "string" ? token : undefined,
    serial: typeof serial === "string" ? serial : undefined,
    slotId,
  };
}

function labelOf(prefix: string | undefined, keyName: KeyName, authority: string): string {
  return `${prefix ?? authority}-${keyName}`;
}

function kmsBlock(settings: KnownConnection & Pick<KnownPkcs11Settings, "stepCaModulePath">): KmsBlock {
  const { modulePath, stepCaModulePath } = settings;
  const connection = connectionOf({ ...settings, modulePath: stepCaModulePath ?? modulePath });
  const sources = programSecrets();
  const [pin] = tokenPins(connection.token).flatMap((each) => locateSecret(each, sources) ?? []);
  const pinSource = pin !== undefined && "file" in pin ? pin.file : undefined;
  return {
    type: "pkcs11",
    uri: tokenKmsUri({ ...connection, pinSource }),
    ...(pin !== undefined && "value" in pin ? { pin: secret(pin.value) } : {}),
  };
}
