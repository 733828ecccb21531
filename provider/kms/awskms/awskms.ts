import { createHash } from "node:crypto";
import { isAbsolute, join } from "node:path";
import {
  DescribeKeyCommand,
  GetPublicKeyCommand,
  KMSClient,
  type KMSClientConfig,
  SignCommand,
} from "@aws-sdk/client-kms";
import { PkiError } from "../../errors";
import { type Algorithm, algorithmRow } from "../algorithms";
import { AWS_ALGORITHMS, awsAlgorithm } from "./awsAlgorithms";
import { type AwsConnection, awsKeyUri, awsKmsUri, parseAwsKey } from "./awsKeyUri";
import { type AwsCall, awsError, refuseKeyState } from "./awskmsErrors";
import type { KeyDescription, KeyManager, KeyReference, KeyStateReader, Signer } from "../keyManager";
import { installed } from "../installed";
import { readKeyOf } from "../publicKey";
import { signingKey } from "../signingKey";

/** A longer message is hashed here, because AWS accepts no more. */
const LONGEST_RAW_MESSAGE = 4096;

/** Tries of one call, with the SDK's exponential backoff between them. */
const ATTEMPTS = 6;

/** The surroundings of AWS KMS. */
export interface AwsKmsOptions extends AwsConnection {
  /** The folder that a relative credentials file starts from. */
  readonly rootDirectory: string;
  /** Milliseconds without an answer after which a call is retried. Default 20,000. */
  readonly requestTimeout?: number;
}

/** AWS KMS, in one region unless a key's ARN names another. `@pulumi/aws` makes the keys, and this class uses them. */
export class AwsKms implements KeyManager, KeyStateReader {
  readonly algorithms = AWS_ALGORITHMS;
  readonly #options: AwsKmsOptions;
  /** By region; the default region is the empty string. */
  readonly #clients = new Map<string, Promise<KMSClient>>();

  constructor(options: AwsKmsOptions) {
    this.#options = options;
  }

  async describeKey(uri: string): Promise<KeyDescription> {
    const { keyId, region } = parseAwsKey(uri);
    const { KeyId, PublicKey, KeyUsage } = await this.call({ operation: "GetPublicKey", keyId, region }, (client) =>
      client.send(new GetPublicKeyCommand({ KeyId: keyId })),
    );
    if (KeyId === undefined || PublicKey === undefined || KeyUsage !== "SIGN_VERIFY") {
      throw new PkiError(
        "KEY_UNUSABLE",
        `the key ${keyId} has the usage ${KeyUsage ?? "unknown"}`,
        "Use an asymmetric key whose usage is SIGN_VERIFY",
      );
    }
    const kms = region === undefined ? undefined : awsKmsUri({ ...this.#options, region });
    return {
      uri: awsKeyUri(KeyId),
      publicKey: readKeyOf(`the key ${keyId}`, PublicKey),
      resourceName: KeyId,
      ...(kms === undefined ? {} : { kms }),
    };
  }

  async requireUsable(uri: string): Promise<string> {
    const { keyId, region } = parseAwsKey(uri);
    const call = { operation: "DescribeKey", keyId, region } as const;
    const { KeyMetadata } = await this.call(call, (client) => client.send(new DescribeKeyCommand({ KeyId: keyId })));
    refuseKeyState(KeyMetadata?.KeyState, { ...call, region: region ?? this.#options.region });
    return KeyMetadata?.Arn ?? keyId;
  }

  async createSigner(key: KeyReference): Promise<Signer> {
    const { keyId, region } = parseAwsKey(key.uri);
    const { algorithm } = key;
    const publicKey = await signingKey(this, key);
    const SigningAlgorithm = awsAlgorithm(algorithm)?.signingAlgorithm;
    return {
      algorithm,
      publicKey,
      sign: async (message) => {
        const { Signature } = await this.call({ operation: "Sign", keyId, region }, (client) =>
          client.send(new SignCommand({ KeyId: keyId, SigningAlgorithm, ...messageOrDigest(message, algorithm) })),
        );
        return Signature ?? new Uint8Array();
      },
    };
  }

  async close(): Promise<void> {
    for (const client of this.#clients.values()) {
      (await client).destroy();
    }
    this.#clients.clear();
  }

  /**
   * Makes a call of the SDK.
   *
   * @throws PkiError in place of the SDK's errors
   */
  async call<Output>(call: AwsCall, send: (client: KMSClient) => Promise<Output>): Promise<Output> {
    try {
      return await send(await this.#client(call.region));
    } catch (cause) {
      if (cause instanceof PkiError) {
        throw cause;
      }
      throw awsError(cause, { ...call, region: call.region ?? this.#options.region });
    }
  }

  #client(region = this.#options.region): Promise<KMSClient> {
    const known = this.#clients.get(region ?? "");
    if (known !== undefined) {
      return known;
    }
    const client = newClient({ ...this.#options, region });
    this.#clients.set(region ?? "", client);
    return client;
  }
}

async function newClient({
  region,
  profile,
  credentialsFile,
  rootDirectory,
  requestTimeout = 20_000,
}: AwsKmsOptions): Promise<KMSClient> {
  const config: KMSClientConfig = {
    maxAttempts: ATTEMPTS,
    requestHandler: { connectionTimeout: 5_000, requestTimeout, throwOnRequestTimeout: true },
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
  };
  if (credentialsFile === undefined) {
    return new KMSClient(config);
  }
  const { defaultProvider } = await installed(
    "A credentials file",
    "@aws-sdk/credential-provider-node",
    () => import("@aws-sdk/credential-provider-node"),
  );
  const filepath = isAbsolute(credentialsFile) ? credentialsFile : join(rootDirectory, credentialsFile);
  return new KMSClient({
    ...config,
    credentials: defaultProvider({ filepath, configFilepath: filepath, ...(profile === undefined ? {} : { profile }) }),
  });
}

function messageOrDigest(
  message: Uint8Array,
  algorithm: Algorithm,
): { MessageType: "RAW" | "DIGEST"; Message: Uint8Array } {
  const { hash } = algorithmRow(algorithm);
  return message.length <= LONGEST_RAW_MESSAGE || hash === null
    ? { MessageType: "RAW", Message: message }
    : { MessageType: "DIGEST", Message: createHash(hash).update(message).digest() };
}
