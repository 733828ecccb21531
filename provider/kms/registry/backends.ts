import { PkiError } from "../../errors";
import { findEarlierPassphrase, requireSecret, type SecretSources } from "../../words/secrets";
import { isBareCloudKey, parseCloudKmsUri } from "../cloudkms/cloudKeyUri";
import { isBareAwsKey, parseAwsKmsUri } from "../awskms/awsKeyUri";
import { installed } from "../installed";
import type { KeyManager } from "../keyManager";
import { parseKeyUri } from "../keyUri";
import type { SoftKms } from "../softkms/softkms";
import type { YubiKeyPiv } from "../yubikey/yubikey";
import { parseYubiKeyKmsUri } from "../yubikey/yubiKeyUri";

/** What backends need from outside. */
export interface BackendContext {
  readonly secrets: SecretSources;
  /** Where a finding that a person should see goes. */
  readonly notice: (message: string) => void;
}

/** The backends of one process, one instance for each way to reach a KMS, loaded when a key is first used. */
export class Backends {
  readonly #context: BackendContext;
  #softkms: Promise<SoftKms> | undefined;
  /** By `kms.uri`. */
  readonly #cloud = new Map<string, Promise<KeyManager>>();
  #yubikeys: Promise<(serial: number | undefined) => YubiKeyPiv> | undefined;

  constructor(context: BackendContext) {
    this.#context = context;
  }

  /** Keys in files. */
  softkms(): Promise<SoftKms> {
    this.#softkms ??= loadSoftKms(this.#context);
    return this.#softkms;
  }

  /**
   * Keys in a YubiKey.
   *
   * @param serial of the device; the only one that is plugged in without it
   */
  async yubikey(serial: number | undefined): Promise<YubiKeyPiv> {
    this.#yubikeys ??= loadYubiKeys(this.#context);
    return (await this.#yubikeys)(serial);
  }

  /**
   * The backend of a key.
   *
   * @param uri the key's URI; the bare name of an AWS key also does
   * @param kms how its KMS is reached, as in `kms.uri` of ca.json; as the KMS's own SDK finds it by default
   * @throws PkiError `KEY_URI_INVALID`
   */
  keyManager(uri: string, kms?: string): Promise<KeyManager> {
    const scheme = schemeOf(uri);
    switch (scheme) {
      case "softkms":
        return this.softkms();
      case "awskms":
      case "aws": // in older files of step-ca
        return this.#shared(kms ?? "awskms:", loadAwsKms);
      case "cloudkms":
        return this.#shared(kms ?? "cloudkms:", loadCloudKms);
      case "yubikey":
        return this.yubikey(parseYubiKeyKmsUri(kms ?? uri).serial);
      default:
        throw new PkiError(
          "KEY_URI_INVALID",
          `no key management service is known for "${scheme}:"`,
          "Use a key URI of softkms, awskms, cloudkms or yubikey",
        );
    }
  }

  #shared(kms: string, load: (kms: string, context: BackendContext) => Promise<KeyManager>): Promise<KeyManager> {
    const known = this.#cloud.get(kms);
    if (known !== undefined) {
      return known;
    }
    const loading = load(kms, this.#context);
    this.#cloud.set(kms, loading);
    return loading;
  }
}

/** The scheme of a key's URI. The clouds' own names of keys do without one. */
function schemeOf(uri: string): string {
  if (isBareAwsKey(uri)) {
    return "awskms";
  }
  return isBareCloudKey(uri) ? "cloudkms" : parseKeyUri(uri).scheme;
}

// Imported on use, so that nobody needs the packages of another key management service.
async function loadSoftKms({ secrets, notice }: BackendContext): Promise<SoftKms> {
  const { SoftKms } = await import("../softkms/softkms.js");
  const { rootDirectory } = secrets;
  return new SoftKms({
    rootDirectory,
    passphrase: () => requireSecret("passphrase", secrets),
    earlierPassphrase: () => findEarlierPassphrase(secrets),
    notice,
  });
}

async function loadAwsKms(kms: string, { secrets }: BackendContext): Promise<KeyManager> {
  const { AwsKms } = await installed("A key in AWS KMS", "@aws-sdk/client-kms", () => import("../awskms/awskms.js"));
  return new AwsKms({ ...parseAwsKmsUri(kms), rootDirectory: secrets.rootDirectory });
}

async function loadCloudKms(kms: string, { secrets, notice }: BackendContext): Promise<KeyManager> {
  const { CloudKms } = await installed(
    "A key in Cloud KMS",
    "@google-cloud/kms",
    () => import("../cloudkms/cloudkms.js"),
  );
  return new CloudKms({ ...parseCloudKmsUri(kms), rootDirectory: secrets.rootDirectory, notice });
}

/** One queue and one memory of rejected PINs for all YubiKeys. */
async function loadYubiKeys(context: BackendContext): Promise<(serial: number | undefined) => YubiKeyPiv> {
  const { YubiKeyPiv } = await import("../yubikey/yubikey.js");
  const { YubiKeyCards } = await import("../yubikey/yubikeyCards.js");
  const { YubiKeySecrets } = await import("../yubikey/yubikeySecrets.js");
  const { openReaders } = await import("../../piv/card.js");
  const { notice } = context;
  const shared = { cards: new YubiKeyCards(openReaders), secrets: new YubiKeySecrets(context), notice };
  return (serial) => new YubiKeyPiv(serial, shared);
}
