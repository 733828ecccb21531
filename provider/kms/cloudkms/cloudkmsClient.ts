import { isAbsolute, join } from "node:path";
import { KeyManagementServiceClient } from "@google-cloud/kms";
import type { CloudConnection } from "./cloudKeyUri";
import { type CloudCall, cloudError, FAILED_PRECONDITION, grpcStatus, stateInDetails } from "./cloudkmsErrors";

/** What a connection to Cloud KMS needs from outside. */
export interface CloudKmsClientOptions extends CloudConnection {
  /** The folder that a relative credentials file is relative to. */
  readonly rootDirectory: string;
  /** After so many milliseconds without an answer a call is tried again. Default 10,000. */
  readonly requestTimeout?: number;
}

/** What is tried again, five times in all, with Google's own backoff: ABORTED, RESOURCE_EXHAUSTED, DEADLINE_EXCEEDED, INTERNAL, UNAVAILABLE. */
const RETRIED = [10, 8, 4, 13, 14];
const callOptions = (requestTimeout: number) => ({
  maxRetries: 5,
  retry: {
    retryCodes: RETRIED,
    backoffSettings: {
      initialRetryDelayMillis: 100,
      retryDelayMultiplier: 2,
      maxRetryDelayMillis: 5_000,
      initialRpcTimeoutMillis: requestTimeout,
      rpcTimeoutMultiplier: 1,
      maxRpcTimeoutMillis: requestTimeout,
    },
  },
});

/** The connection to Google Cloud KMS. It opens with the first call. */
export class CloudKmsClient {
  /** How often and how long a call is tried. Every call takes them. */
  readonly callOptions: ReturnType<typeof callOptions>;
  readonly #options: CloudKmsClientOptions;
  #connected: KeyManagementServiceClient | undefined;

  constructor(options: CloudKmsClientOptions) {
    this.#options = options;
    this.callOptions = callOptions(options.requestTimeout ?? 10_000);
  }

  /** A later call opens it again. */
  async close(): Promise<void> {
    await this.#connected?.close();
    this.#connected = undefined;
  }

  /** Makes a call; what Google's library throws becomes an error of this package. */
  async call<Answer>(call: CloudCall, send: (client: KeyManagementServiceClient) => Promise<Answer>): Promise<Answer> {
    try {
      return await send(await this.#connect());
    } catch (cause) {
      throw cloudError(cause, call, await this.#stateBehind(cause, call));
    }
  }

  /** The state for whose sake a call was refused. Asked for where the error does not tell it. */
  async #stateBehind(cause: unknown, { method, name }: CloudCall): Promise<string | undefined> {
    const told = stateInDetails(cause);
    if (told !== undefined || grpcStatus(cause) !== FAILED_PRECONDITION || method === "GetCryptoKeyVersion") {
      return told;
    }
    const asked = this.call({ method: "GetCryptoKeyVersion", name }, (client) =>
      client.getCryptoKeyVersion({ name }, this.callOptions),
    );
    return asked.then(([{ state }]) => String(state)).catch(() => undefined); // the call that was refused is what counts
  }

  async #connect(): Promise<KeyManagementServiceClient> {
    const { credentialsFile, rootDirectory } = this.#options;
    const client = (this.#connected ??= new KeyManagementServiceClient(
      credentialsFile === undefined
        ? {}
        : { keyFilename: isAbsolute(credentialsFile) ? credentialsFile : join(rootDirectory, credentialsFile) },
    ));
    try {
      await client.initialize(); // a call would do it too, and leave a rejected promise that nobody handles
    } catch (error) {
      this.#connected = undefined; // nothing is open that could be closed
      throw error;
    }
    return client;
  }
}
