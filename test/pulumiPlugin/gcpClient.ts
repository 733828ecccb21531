import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { behaves } from "./behaviour";
import type { Properties } from "./properties";

/** A refusal of the service. It prints like an error of Google's own client: `googleapi: Error 409: ... already exists.` */
export class GoogleApiError extends Error {
  override readonly name = "googleapi";

  constructor(
    /** The HTTP status. */
    readonly code: number,
    message: string,
  ) {
    super(`Error ${String(code)}: ${message}`);
  }
}

/** The environment variables for the project, in the order of the official provider. */
const PROJECT_VARIABLES = ["GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"];

/** The official provider repeats a request after these answers. */
const TRANSIENT = [429, 500, 502, 503];
/** The official one continues for minutes, with growing pauses. */
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

  /** The project of a resource without one. */
  get project(): string | undefined {
    const variable = PROJECT_VARIABLES.find((name) => process.env[name] !== undefined);
    return this.#text("project") ?? (variable === undefined ? undefined : process.env[variable]);
  }

  /** Whether new resources get a label that says they were made by Pulumi, as they do by default. */
  get labelsAttribution(): boolean {
    // A provider may get values other than strings as JSON.
    return ![false, "false"].includes(this.#configuration["addPulumiAttributionLabel"] as boolean | string);
  }

  /** @returns the resource; undefined if it does not exist */
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
   * Calls a method, and retries after a missing answer or a temporary service error. The official provider does
   * so with every request, even with creations that may have been performed.
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
    // There is no default, so this never reaches the real service.
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
