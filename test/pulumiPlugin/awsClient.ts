import { KMSClient, type KMSClientConfig } from "@aws-sdk/client-kms";
import type { Properties } from "./properties";

/** The clients of a configured provider, one per region. */
export class AwsClients {
  readonly #clients = new Map<string, KMSClient>();
  #configuration: Properties = {};

  /**
   * Takes the provider's configuration: `region`, `profile`, `accessKey` with `secretKey` and `token`,
   * `sharedCredentialsFiles` and `sharedConfigFiles`. Missing values come from the environment.
   */
  configure(configuration: Properties): void {
    this.#configuration = Object.fromEntries(
      Object.entries(configuration).map(([name, value]) => [name, fromJson(value)]),
    );
    this.#clients.clear();
    // There is one provider in this process, and the SDK only looks for these files in the environment.
    const files = { AWS_SHARED_CREDENTIALS_FILE: "sharedCredentialsFiles", AWS_CONFIG_FILE: "sharedConfigFiles" };
    for (const [variable, setting] of Object.entries(files)) {
      const [file] = (this.#configuration[setting] ?? []) as string[];
      if (file !== undefined) {
        process.env[variable] = file;
      }
    }
  }

  /** @param region of the resource, which takes precedence over the provider's */
  client(region: string | undefined): KMSClient {
    const wanted = region ?? this.#text("region") ?? process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"];
    const found = this.#clients.get(wanted ?? "");
    if (found !== undefined) {
      return found;
    }
    // There is no default, so this never reaches the real service. The SDK's own variables are for the code under test.
    const endpoint = process.env["KMS_PKI_TEST_AWS_ENDPOINT"];
    if (endpoint === undefined) {
      throw new Error("KMS_PKI_TEST_AWS_ENDPOINT does not name the emulator");
    }
    const client = new KMSClient({
      endpoint,
      ...this.#credentials(),
      ...(wanted === undefined ? {} : { region: wanted }),
    });
    this.#clients.set(wanted ?? "", client);
    return client;
  }

  /** The region of a resource without one. */
  async region(): Promise<string> {
    return await this.client(undefined).config.region();
  }

  #credentials(): KMSClientConfig {
    const [accessKeyId, secretAccessKey, sessionToken, profile] = ["accessKey", "secretKey", "token", "profile"].map(
      (name) => this.#text(name),
    );
    if (accessKeyId !== undefined && secretAccessKey !== undefined) {
      return { credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) } };
    }
    return profile === undefined ? {} : { profile };
  }

  #text(name: string): string | undefined {
    const value = this.#configuration[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  }
}

/** A provider gets values other than strings as JSON. */
function fromJson(value: unknown): unknown {
  if (typeof value !== "string" || !/^[[{]/.test(value)) {
    return value;
  }
  return JSON.parse(value);
}
