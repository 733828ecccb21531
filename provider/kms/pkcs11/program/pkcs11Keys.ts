import { type Input, log, runtime, secret } from "@pulumi/pulumi";
import type { KeyName, KeyRole } from "../../../authority/keyNames";
import type { PlannedKey } from "../../../authority/plannedKey";
import type { FindRecorded, KeyDeclaration, KeySource } from "../../../keySources/keySource";
import { programSecrets } from "../../../keySources/programSecrets";
import type { Certificate } from "../../../resources/certificate";
import type { SigningKey } from "../../../resources/signingKey";
import type { KmsBlock } from "../../../stepca/config";
import type { Problem } from "../../../words/problem";
import { locateSecret } from "../../../words/secrets";
import type { Algorithm } from "../../algorithms";
import { tokenPins } from "../pkcs11SecretNames";
import { DEFAULT_MODULE, type TokenConnection, tokenKmsUri } from "../pkcs11Uri";
import { Pkcs11Certificate } from "./pkcs11Certificate";
import { Pkcs11Key } from "./pkcs11Key";
import type { Pkcs11KeysArgs } from "./pkcs11KeysArgs";
import { checkPkcs11Keys } from "./pkcs11KeysChecks";
import { authorityOf, checkKeysInToken } from "./pkcs11KeysInToken";

/**
 * Keys in a token that a PKCS#11 module reaches: a YubiHSM 2, a Nitrokey HSM, CloudHSM, Luna, SoftHSM and so on. The module runs on
 * the machine on which `pulumi up` runs, in a process of its own. The token is looked at before the first key is made, and a label
 * that is taken is refused (`KEY_EXISTS`). Destroying keeps the keys unless `deleteKeys` is set.
 *
 * The PIN comes from `KMS_PKI_TOKEN_PIN_FILE`, `KMS_PKI_TOKEN_PIN`, `kms-pki:tokenPinFile` or the secret `kms-pki:tokenPin`. ca.json
 * names the PIN's file as `pin-source`, or else holds the PIN, as a secret of the stack.
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
  readonly #args: Pkcs11KeysArgs;
  readonly #connection: TokenConnection;

  constructor(args: Pkcs11KeysArgs) {
    const { modulePath = DEFAULT_MODULE, token, serial, slotId } = args;
    this.#args = args;
    this.#connection = { modulePath, token, serial, slotId };
  }

  get kms(): Input<KmsBlock> {
    const { token, stepCaModulePath: modulePath = this.#connection.modulePath } = this.#args;
    const sources = programSecrets();
    const [pin] = tokenPins(token).flatMap((each) => locateSecret(each, sources) ?? []);
    const pinSource = pin !== undefined && "file" in pin ? pin.file : undefined;
    return {
      type: "pkcs11",
      uri: tokenKmsUri({ ...this.#connection, modulePath, pinSource }),
      ...(pin !== undefined && "value" in pin ? { pin: secret(pin.value) } : {}),
    };
  }

  get fixed(): Readonly<Record<string, unknown>> {
    const { labelPrefix, token, serial, slotId } = this.#args;
    const fixed = { labelPrefix, token, serial, slotId };
    return Object.fromEntries(Object.entries(fixed).filter(([, value]) => value !== undefined));
  }

  problems(algorithm: Algorithm, roles: readonly KeyRole[]): Problem[] {
    return checkPkcs11Keys(this.#args, algorithm, roles);
  }

  async recordedProblems(keys: readonly PlannedKey[], find: FindRecorded): Promise<Problem[]> {
    if (runtime.isDryRun()) {
      return []; // a preview calls no KMS
    }
    if (this.#args.slotId !== undefined) {
      void log.warn(
        `the token is named by the number of its slot, ${String(this.#args.slotId)}, which some modules change; name it by token ` +
          "or serial",
      );
    }
    const labelled = keys.map((key) => ({ key, label: this.#labelOf(key.keyName, authorityOf(key)) }));
    return checkKeysInToken(labelled, find, this.#connection, Object.keys(this.#args.adopt ?? {}));
  }

  declareKey(declaration: KeyDeclaration): SigningKey {
    const { keyName, name, authority, algorithm, parent, protect, owner } = declaration;
    return new Pkcs11Key(
      name,
      {
        ...{ kms: tokenKmsUri(this.#connection), label: this.#labelOf(keyName, authority), algorithm },
        ...{ adopt: this.#args.adopt?.[keyName], deleteKey: this.#isDeleted(declaration) },
        ...{ authorityId: owner.authorityId, formerOwners: owner.formerMarks("Pkcs11Key", name) },
      },
      { parent, protect },
    );
  }

  storeCertificate(declaration: KeyDeclaration, key: SigningKey, certificate: Certificate): void {
    const { keyName, authority, parent, protect } = declaration;
    if (this.#args.storeCertificates === true) {
      new Pkcs11Certificate(
        `${authority}-${keyName}-certificate`,
        {
          ...{ key, certificatePem: certificate.certificatePem },
          ...{
            replaceOther: this.#args.adopt?.[keyName] !== undefined,
            deleteCertificate: this.#isDeleted(declaration),
          },
        },
        { parent, protect },
      );
    }
  }

  #labelOf(keyName: KeyName, authority: string): string {
    return `${this.#args.labelPrefix ?? authority}-${keyName}`;
  }

  #isDeleted({ generation }: KeyDeclaration): boolean {
    return generation?.deleteWhenRetired ?? this.#args.deleteKeys ?? false;
  }
}
