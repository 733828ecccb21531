import { join } from "node:path";
import { CreateAliasCommand, CreateKeyCommand, type CreateKeyCommandInput, KMSClient } from "@aws-sdk/client-kms";
import { AwsKms, type AwsKmsOptions } from "../../provider/kms/awskms/awskms";
import { setEnvironment } from "../fixtures/environment";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { KmsProxy } from "./kmsProxy";
import { Ministack } from "./ministack";

/** The tests search for it where it must not be. */
export const SECRET_ACCESS_KEY = "secret-access-key-Xq3vBn8";

/** The access key of the environment. */
export const ACCESS_KEY_ID = "environment-access-key";

/** The region of the environment, where keys are made by default. */
export const REGION = "us-east-1";

/** The account that the emulator uses for everybody. */
const ACCOUNT = "000000000000";

/** A name for an ARN's resource (`key/...`, `alias/...`) in the emulator. */
export function arnOf(resource: string, region = REGION): string {
  return `arn:aws:kms:${region}:${ACCOUNT}:${resource}`;
}

/**
 * AWS KMS for tests of code in this process: the emulator, with the proxy in front of it. The environment
 * of this process points to the proxy from the start.
 */
export class EmulatedKms {
  readonly #ministack: Ministack;
  readonly #admins = new Map<string, KMSClient>();

  private constructor(
    ministack: Ministack,
    /** Sees the calls of the code under test. The test's own calls bypass it. */
    readonly proxy: KmsProxy,
    /** A folder for the files of this test. */
    readonly directory: string,
  ) {
    this.#ministack = ministack;
  }

  static async start(): Promise<EmulatedKms> {
    const ministack = await Ministack.start();
    const proxy = await KmsProxy.start(ministack.endpoint);
    const directory = temporaryDirectory();
    setEnvironment({
      AWS_ACCESS_KEY_ID: ACCESS_KEY_ID,
      AWS_SECRET_ACCESS_KEY: SECRET_ACCESS_KEY,
      AWS_SESSION_TOKEN: undefined,
      AWS_PROFILE: undefined,
      AWS_REGION: REGION,
      AWS_ENDPOINT_URL_KMS: proxy.endpoint,
      AWS_EC2_METADATA_DISABLED: "true",
      // The user who runs the tests may have some in their home folder.
      AWS_CONFIG_FILE: join(directory, "no-config"),
      AWS_SHARED_CREDENTIALS_FILE: join(directory, "no-credentials"),
    });
    return new EmulatedKms(ministack, proxy, directory);
  }

  /** The backend under test, as in a new process. */
  open(options: Partial<AwsKmsOptions> = {}): AwsKms {
    return new AwsKms({ rootDirectory: this.directory, ...options });
  }

  /** The SDK's own client, which bypasses the proxy, for changes that others make to keys. */
  admin(region = REGION): KMSClient {
    const client =
      this.#admins.get(region) ??
      new KMSClient({
        region,
        endpoint: this.#ministack.endpoint,
        credentials: { accessKeyId: "admin", secretAccessKey: "admin" },
      });
    this.#admins.set(region, client);
    return client;
  }

  /**
   * Makes a key, by default one that signs with P-256.
   *
   * @returns its id
   */
  async createKey(input: CreateKeyCommandInput = {}, region = REGION): Promise<string> {
    const signing = { KeyUsage: "SIGN_VERIFY", KeySpec: "ECC_NIST_P256" } as const;
    const { KeyMetadata } = await this.admin(region).send(new CreateKeyCommand({ ...signing, ...input }));
    if (KeyMetadata?.KeyId === undefined) {
      throw new Error("no key was made");
    }
    return KeyMetadata.KeyId;
  }

  /** Gives a key an alias, including the prefix `alias/`. */
  async createAlias(alias: string, keyId: string, region = REGION): Promise<void> {
    await this.admin(region).send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: keyId }));
  }

  async stop(): Promise<void> {
    for (const client of this.#admins.values()) {
      client.destroy();
    }
    await this.proxy.stop();
    await this.#ministack.stop();
  }
}
