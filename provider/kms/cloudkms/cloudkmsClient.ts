import { isAbsolute, join } from "node:path";
import { KeyManagementServiceClient } from "@google-cloud/kms";
import type { CloudConnection } from "./cloudKeyUri";
import { type CloudCall, cloudError, FAILED_PRECONDITION, grpcStatus, stateInDetails } from "./cloudkmsErrors";

/** The surroundings of a connection to Cloud KMS. */
export interface CloudKmsClientOptions extends CloudConnection {
  /** The folder that a relative credentials file starts from. */
  readonly rootDirectory: string;
  /** Milliseconds without an answer after which a call is retried. Default 10,000. */
  readonly requestTimeout?: number;
}

/**
 * The gRPC statuses that are retried, five times in all, with Google's own backoff: ABORTED, RESOURCE_EXHAUSTED,
 * DEADLINE_EXCEEDED, INTERNAL, UNAVAILABLE.
 */
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

/** The connection to Google Cloud KMS. The first call opens it. */
export class CloudKmsClient {
  /** The options with which to make every call: how often and how long it is tried. */
  readonly callOptions: ReturnType<typeof callOptions>;
  readonly #options: CloudKmsClientOptions;
  #connected: KeyManagementServiceClient | undefined;

  constructor(options: CloudKmsClientOptions) {
    this.#options = options;
    this.callOptions = callOptions(options.requestTimeout ?? 10_000);
  }

  /** Closes the connection. A later call opens it again. */
  async close(): Promise<void> {
    await this.#connected?.close();
    this.#connected = undefined;
  }

  /** Makes a call, and turns errors of Google's library into errors of this package. */
  async call<Answer>(call: CloudCall, send: (client: KeyManagementServiceClient) => Promise<Answer>): Promise<Answer> {
    try {
      return await send(await this.#connect());
    } catch (cause) {
      throw cloudError(cause, call, await this.#stateBehind(cause, call));
    }
  }

  /** The state because of which a call was refused. Asks for it if the error does not contain it. */
  async #stateBehind(cause: unknown, { method, name }: CloudCall): Promise<string | undefined> {
    const told = stateInDetails(cause);
    if (told !== undefined || grpcStatus(cause) !== FAILED_PRECONDITION || method === "GetCryptoKeyVersion") {
      return told;
    }
    const asked = this.call({ method: "GetCryptoKeyVersion", name }, (client) =>
      client.getCryptoKeyVersion({ name }, this.callOptions),
    );
    return asked.then(([{ state }]) => String(state)).catch(() => undefined); // only the error of the refused call matters
  }

  async #connect(): Promise<KeyManagementServiceClient> {
    const { credentialsFile, rootDirectory } = this.#options;
    const client = (this.#connected ??= new KeyManagementServiceClient(
      credentialsFile === undefined
        ? {}
        : { keyFilename: isAbsolute(credentialsFile) ? credentialsFile : join(rootDirectory, credentialsFile) },
    ));
    try {
      await client.initialize(); // a call would open it too, but leave a rejected promise that nobody handles
    } catch (error) {
      this.#connected = undefined; // nothing is open
      throw error;
    }
    return client;
  }
}
