import { status } from "@grpc/grpc-js";
import type { IncomingMessage, ServerResponse } from "node:http";
import { CloudKmsError, invalidArgument } from "./cloudKmsError";
import type { CloudKmsRequest } from "./cloudKmsFaults";
import type { RequestMessage, ResponseMessage } from "./messages";
import { typedDetails } from "./protocol";

interface Route {
  readonly method: string;
  /** The request field that contains the path. */
  readonly field: "name" | "parent" | "resource";
  /** The field that contains the body; without it, the body has the fields of the request. */
  readonly body?: "cryptoKey" | "cryptoKeyVersion" | "keyRing";
}

const NAME = "projects/[^/]+/locations/[^/]+";
const RING = `${NAME}/keyRings/[^/:]+`;
const KEY = `${RING}/cryptoKeys/[^/:]+`;
const VERSION = `${KEY}/cryptoKeyVersions/[^/:]+`;
const HOLDER = `${RING}(?:/cryptoKeys/[^/:]+)?`;

/** The HTTP rules of google/cloud/kms/v1/service.proto. The parentheses contain the field. */
const ROUTES: Readonly<Record<string, Route>> = {
  [`GET (${NAME})/keyRings`]: { method: "ListKeyRings", field: "parent" },
  [`POST (${NAME})/keyRings`]: { method: "CreateKeyRing", field: "parent", body: "keyRing" },
  [`GET (${RING})`]: { method: "GetKeyRing", field: "name" },
  [`GET (${RING})/cryptoKeys`]: { method: "ListCryptoKeys", field: "parent" },
  [`POST (${RING})/cryptoKeys`]: { method: "CreateCryptoKey", field: "parent", body: "cryptoKey" },
  [`GET (${KEY})`]: { method: "GetCryptoKey", field: "name" },
  [`PATCH (${KEY})`]: { method: "UpdateCryptoKey", field: "name", body: "cryptoKey" },
  [`GET (${KEY})/cryptoKeyVersions`]: { method: "ListCryptoKeyVersions", field: "parent" },
  [`POST (${KEY})/cryptoKeyVersions`]: { method: "CreateCryptoKeyVersion", field: "parent", body: "cryptoKeyVersion" },
  [`GET (${VERSION})`]: { method: "GetCryptoKeyVersion", field: "name" },
  [`PATCH (${VERSION})`]: { method: "UpdateCryptoKeyVersion", field: "name", body: "cryptoKeyVersion" },
  [`GET (${VERSION})/publicKey`]: { method: "GetPublicKey", field: "name" },
  [`POST (${VERSION}):destroy`]: { method: "DestroyCryptoKeyVersion", field: "name" },
  [`POST (${VERSION}):restore`]: { method: "RestoreCryptoKeyVersion", field: "name" },
  [`GET (${HOLDER}):getIamPolicy`]: { method: "GetIamPolicy", field: "resource" },
  [`POST (${HOLDER}):setIamPolicy`]: { method: "SetIamPolicy", field: "resource" },
  [`POST (${HOLDER}):testIamPermissions`]: { method: "TestIamPermissions", field: "resource" },
};

/** The gRPC request for an HTTP request; undefined if there is no method. */
export async function restRequest(incoming: IncomingMessage): Promise<CloudKmsRequest | undefined> {
  const { pathname, searchParams } = new URL(incoming.url ?? "/", "http://127.0.0.1");
  const called = `${incoming.method ?? ""} ${decodeURIComponent(pathname).replace(/^\/v1\//, "")}`;
  const body = await bodyOf(incoming);
  for (const [rule, route] of Object.entries(ROUTES)) {
    const [, target] = new RegExp(`^${rule}$`).exec(called) ?? [];
    if (target !== undefined) {
      const metadata = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)] as const);
      const message = { ...fieldsOf(searchParams), ...fields(route, target, body) } as RequestMessage;
      return { method: route.method, message, metadata: Object.fromEntries(metadata) };
    }
  }
  return undefined;
}

/** Answers with JSON. */
export function answerRest(response: ServerResponse, answer: ResponseMessage): void {
  send(response, 200, jsonForm("", answer));
}

/** Answers with an error as Google does. */
export function refuseRest(response: ServerResponse, error: CloudKmsError): void {
  const details = Object.entries(typedDetails(error)).map(([type, fields]) => ({
    "@type": `type.googleapis.com/${type}`,
    ...fields,
  }));
  send(response, error.httpStatus, {
    error: {
      code: error.httpStatus,
      message: error.message,
      status: status[error.code],
      ...(details.length === 0 ? {} : { details }),
    },
  });
}

/** The answer for an unknown method. Google really sends an HTML page. */
export const NO_SUCH_METHOD = new CloudKmsError(status.NOT_FOUND, "The requested URL was not found on this server.");

function send(response: ServerResponse, code: number, value: unknown): void {
  const body = `${JSON.stringify(value, null, 2)}\n`;
  response.writeHead(code, {
    "content-type": "application/json; charset=UTF-8",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}

function fields({ field, body: bodyField }: Route, target: string, body: Record<string, unknown>): object {
  const { destroyScheduledDuration: seconds, rotationPeriod, policy, ...others } = body;
  const message = {
    ...others,
    ...(typeof seconds === "string" ? { destroyScheduledDuration: { seconds: parseFloat(seconds) } } : {}),
    ...(typeof rotationPeriod === "string" ? { rotationPeriod: { seconds: parseFloat(rotationPeriod) } } : {}),
    ...(policy === undefined ? {} : { policy: policyOf(policy as Record<string, unknown>) }),
  };
  if (bodyField === undefined) {
    return { ...message, [field]: target };
  }
  // An update names its resource in the body; a creation its parent in the path.
  return field === "parent" ? { parent: target, [bodyField]: message } : { [bodyField]: { ...message, name: target } };
}

function policyOf({ etag, ...policy }: Record<string, unknown>): object {
  return { ...policy, ...(typeof etag === "string" ? { etag: Buffer.from(etag, "base64") } : {}) };
}

/** The request fields in the query, without Google's own, such as `alt`. */
function fieldsOf(query: URLSearchParams): object {
  const texts = ["keyRingId", "cryptoKeyId", "publicKeyFormat", "pageToken", "filter", "view"].flatMap((name) => {
    const value = query.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  const pageSize = query.get("pageSize");
  const updateMask = query.get("updateMask");
  return {
    ...Object.fromEntries(texts),
    ...(pageSize === null ? {} : { pageSize: Number(pageSize) }),
    ...(updateMask === null ? {} : { updateMask: { paths: updateMask.split(",").filter((path) => path !== "") } }),
    ...(query.get("skipInitialVersionCreation") === "true" ? { skipInitialVersionCreation: true } : {}),
  };
}

/** The JSON of a field: https://protobuf.dev/programming-guides/json. */
function jsonForm(name: string, value: unknown): unknown {
  if (value instanceof Uint8Array) {
    return Buffer.from(value).toString("base64");
  }
  if (Array.isArray(value)) {
    return value.map((element) => jsonForm("", element));
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const { seconds = 0, nanos = 0, value: number = 0 } = value as { seconds?: number; nanos?: number; value?: number };
  if (name.endsWith("Time")) {
    return new Date(seconds * 1000 + nanos / 1e6).toISOString();
  }
  if (name.endsWith("Duration") || name.endsWith("Period")) {
    return `${String(seconds)}s`;
  }
  if (name.toLowerCase().includes("crc32c")) {
    return String(number);
  }
  const entries = Object.entries(value).map(([field, inner]) => [field, jsonForm(field, inner)] as const);
  return Object.fromEntries(entries.filter(([, inner]) => !isDefault(inner)));
}

/** Drops what JSON omits: an empty list is `{}`. */
function isDefault(value: unknown): boolean {
  return value === "" || value === 0 || value === false || (Array.isArray(value) && value.length === 0);
}

async function bodyOf(message: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) {
    chunks.push(chunk as Buffer);
  }
  const text = Buffer.concat(chunks).toString();
  try {
    return text.trim() === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  } catch {
    throw invalidArgument("Invalid JSON payload received.");
  }
}
