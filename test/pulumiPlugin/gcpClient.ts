import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { behaves } from "./behaviour";
import type { Properties } from "./properties";

/** The service refuses. It prints like the error of Google's own client: `googleapi: Error 409: ... already exists.` */
export class GoogleApiError extends Error {
  override readonly name = "googleapi";

  constructor(
    /** The status of HTTP. */
    readonly code: number,
    message: string,
  ) {
    super(`Error ${String(code)}: ${message}`);
  }
}

/** The environment's names for the project, in the order of the official provider. */
const PROJECT_VARIABLES = ["GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"];

/** After these answers the official provider asks again. */
const TRANSIENT = [429, 500, 502, 503];
/** The official one goes on for minutes, with pauses that grow. */
const TRIES = 5;
const PAUSE_MILLISECONDS = 50;

/** The REST API of Cloud KMS, as a configured provider calls it. */
export class GcpClient {
  #configuration: Properties = {};

  /**
   * Takes the provider's configuration: `project`, `credentials` (a file or its content) or `accessToken`,
   * `kmsCustomEndpoint`, `addPulumiAttributionLabel`. Keys have no region: `region` does nothing here.
   */
  configure(configuration: Properties): void {
    this.#configuration = configuration;
    const credentials = this.#text("credentials");
    if (credentials !== undefined) {
      JSON.parse(existsSync(credentials) ? readFileSync(credentials, "utf8") : credentials);
    }
  }

  /** The project of a resource that names none. */
  get project(): string | undefined {
    const variable = PROJECT_VARIABLES.find((name) => process.env[name] !== undefined);
    return this.#text("project") ?? (variable === undefined ? undefined : process.env[variable]);
  }

  /** Whether new resources are labelled as made by Pulumi; they are when nothing is said. */
  get labelsAttribution(): boolean {
    // What is no text may be passed to a provider as JSON.
    return ![false, "false"].includes(this.#configuration["addPulumiAttributionLabel"] as boolean | string);
  }

  /** @returns what is there; undefined when nothing is */
  async find<Answer>(name: string): Promise<Answer | undefined> {
    try {
      return await this.call<Answer>("GET", name);
    } catch (error) {
      if (error instanceof GoogleApiError && error.code === 404) {
        return undefined;
      }
      throw error;
    }
  }

  /**
   * Calls a method, again when no answer came or the service could not serve it just now: the official provider does
   * so with every request, also with one that makes something, whether it had been heard or not.
   *
   * @param path below `/v1/`
   * @throws GoogleApiError
   */
  async call<Answer>(
    method: "GET" | "PATCH" | "POST",
    path: string,
    query: Readonly<Record<string, string>> = {},
    body?: Properties,
  ): Promise<Answer> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#callOnce<Answer>(method, path, query, body);
      } catch (error) {
        const isTransient =
          error instanceof GoogleApiError ? TRANSIENT.includes(error.code) : error instanceof TypeError;
        if (!isTransient || tries === TRIES || !behaves("repeatsRequests")) {
          throw error;
        }
        await sleep(PAUSE_MILLISECONDS);
      }
    }
  }

  async #callOnce<Answer>(
    method: "GET" | "PATCH" | "POST",
    path: string,
    query: Readonly<Record<string, string>>,
    body: Properties | undefined,
  ): Promise<Answer> {
    const url = new URL(path, this.#endpoint);
    url.search = new URLSearchParams(query).toString();
    const response = await fetch(url, {
      method,
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${this.#text("accessToken") ?? "test-access-token"}`,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new GoogleApiError(response.status, messageOf(text));
    }
    return JSON.parse(text) as Answer;
  }

  get #endpoint(): string {
    // Never the real service: there is no default.
    const endpoint = process.env["KMS_PKI_TEST_GCP_ENDPOINT"];
    if (endpoint === undefined) {
      throw new Error("KMS_PKI_TEST_GCP_ENDPOINT does not name the fake service");
    }
    const wanted = new URL(this.#text("kmsCustomEndpoint") ?? endpoint);
    if (!["127.0.0.1", "localhost"].includes(wanted.hostname)) {
      throw new Error(`${wanted.href} is not on this machine`);
    }
    return wanted.href.replace(/\/*$/, "/");
  }

  #text(name: string): string | undefined {
    const value = this.#configuration[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  }
}

/** The message of an answer such as `{"error": {"code": 404, "message": "...", "status": "NOT_FOUND"}}`. */
function messageOf(body: string): string {
  try {
    return (JSON.parse(body) as { error: { message: string } }).error.message;
  } catch {
    return body;
  }
}
