import { PkiError } from "../../errors";
import { awskms } from "../awskms/descriptor";
import { cloudkms } from "../cloudkms/descriptor";
import type { KmsDescriptor } from "../descriptor";
import { parseKeyUri, withoutSecrets } from "../keyUri";
import { pkcs11 } from "../pkcs11/descriptor";
import { softkms } from "../softkms/descriptor";
import { yubikey } from "../yubikey/descriptor";

/** The KMSs. Nothing else outside a KMS's folder knows its name. */
class KmsRegistry {
  readonly #all: KmsDescriptor[] = [];

  constructor(descriptors: readonly KmsDescriptor[]) {
    descriptors.forEach((descriptor) => {
      this.add(descriptor);
    });
  }

  /** Adds a KMS. */
  add(descriptor: KmsDescriptor): void {
    this.#all.push(descriptor);
  }

  /** Every KMS. */
  get all(): readonly KmsDescriptor[] {
    return this.#all;
  }

  /** The KMS with a scheme, whatever its case. */
  withScheme(scheme: string): KmsDescriptor | undefined {
    return this.#all.find((kms) => kms.scheme === scheme.toLowerCase());
  }

  /** The KMS of a URI, either of a key or of `kms.uri` in ca.json. Reads only the scheme. */
  ofUri(uri: string): KmsDescriptor | undefined {
    const [, scheme] = /^([a-z][a-z0-9+.-]*):/i.exec(uri) ?? [];
    return scheme === undefined ? undefined : this.withScheme(scheme);
  }

  /** The KMS whose keys are files. */
  get ofFiles(): KmsDescriptor {
    return softkms;
  }

  /** The KMS of a key, by its URI or by the KMS's own name of it; undefined if there is none. */
  find(text: string): KmsDescriptor | undefined {
    const [, scheme] = /^([a-z][a-z0-9+.-]*):/i.exec(text) ?? [];
    const named = (kms: KmsDescriptor): boolean =>
      scheme !== undefined && [kms.scheme, kms.olderScheme].includes(scheme.toLowerCase());
    return this.#all.find((kms) => kms.isBareKeyName?.(text)) ?? this.#all.find(named);
  }

  /**
   * The KMS of a key, by its URI or by the KMS's own name of it.
   *
   * @throws PkiError `KEY_URI_INVALID`
   */
  ofKey(text: string): KmsDescriptor {
    const kms = this.find(text);
    const isBare = kms?.isBareKeyName?.(text) === true;
    const scheme = isBare ? kms.scheme : parseKeyUri(text).scheme;
    if (kms === undefined) {
      const schemes = this.#all.map((each) => each.scheme);
      throw new PkiError(
        "KEY_URI_INVALID",
        `"${scheme}:" does not belong to a known key management service`,
        `Use a key URI of ${schemes.slice(0, -1).join(", ")} or ${schemes.at(-1) ?? ""}`,
      );
    }
    return kms;
  }

  /** A URI for messages, of a key or of `kms.uri` in ca.json. It holds no PIN and no management key. */
  shownUri(uri: string): string {
    return withoutSecrets(uri, this.find(uri)?.uriAttributes);
  }

  /**
   * The canonical URI of a key, from any of its spellings. Asks no KMS.
   *
   * @returns undefined for a name that only the KMS can resolve, and for a text that is not a key URI
   */
  canonicalKeyUri(text: string): string | undefined {
    try {
      return this.ofKey(text).canonicalKeyUri(text);
    } catch (error) {
      if (error instanceof PkiError) {
        return undefined;
      }
      throw error;
    }
  }
}

/** The KMSs of this package. */
export const kmsRegistry = new KmsRegistry([softkms, awskms, cloudkms, yubikey, pkcs11]);
