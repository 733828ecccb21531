import { once } from "node:events";
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A call of a KMS operation, as it arrived. */
export interface KmsRequest {
  /** The name of the operation, such as `GetPublicKey`. */
  readonly operation: string;
  /** The parsed JSON of its parameters. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The signer and the region of its signature; empty if it is not signed. */
  readonly accessKeyId: string;
  readonly region: string;
}

/** The answer of the service. */
export interface KmsAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * Replaces the normal processing of a call. It answers itself, or calls the service with `forward` and changes the
 * answer, or rejects with `CUT`.
 */
export type Fault = (forward: () => Promise<KmsAnswer>, request: KmsRequest) => Promise<KmsAnswer>;

/** The service refuses with an error of its own. */
export function anyError(name: string, status: number, message: string): Fault {
  const body = Buffer.from(JSON.stringify({ __type: name, message }));
  const headers = { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": name };
  return () => Promise.resolve({ status, headers, body });
}

/** Too many requests, which clients retry. */
export function throttle(): Fault {
  return anyError("ThrottlingException", 400, "Rate exceeded");
}

/** Internal error of the service, which clients retry. */
export function serverError(): Fault {
  return anyError("KMSInternalException", 500, "The request was rejected because an internal exception occurred.");
}

/** The answer of `Sign` has a wrong bit at the end of its signature, so that it is still valid DER. */
export function flipSignatureBit(): Fault {
  return async (forward) => {
    const answer = await forward();
    const fields = JSON.parse(answer.body.toString()) as { Signature?: string };
    if (fields.Signature === undefined) {
      throw new Error(`no signature to flip a bit of: ${answer.body.toString()}`);
    }
    const signature = Buffer.from(fields.Signature, "base64");
    signature.writeUInt8(signature.readUInt8(signature.length - 1) ^ 1, signature.length - 1);
    const body = Buffer.from(JSON.stringify({ ...fields, Signature: signature.toString("base64") }));
    return { ...answer, body };
  };
}

/** A proxy between a client and a KMS that counts calls and makes them fail. */
export class KmsProxy {
  readonly #target: URL;
  readonly #server: Server;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #requests: KmsRequest[] = [];
  readonly #faults = new Map<string, Fault[]>();
  readonly #handlers = new Set<(request: KmsRequest) => unknown>();
  #delay = 0;

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => {
        request.socket.destroy();
      });
    });
    // A test that does not close it must still be able to end.
    this.#server.unref();
    this.#server.on("connection", (socket: Socket) => socket.unref());
  }

  /** @param target the address of the KMS, such as the endpoint of a `Ministack` */
  static async start(target: string): Promise<KmsProxy> {
    const proxy = new KmsProxy(target);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  /** `http://127.0.0.1:<port>`. */
  get endpoint(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") {
      throw new Error("the proxy does not listen");
    }
    return `http://127.0.0.1:${String(address.port)}`;
  }

  /** The operations called since the start or `clear`, in order, including failed ones. */
  get calls(): readonly string[] {
    return this.#requests.map(({ operation }) => operation);
  }

  get requests(): readonly KmsRequest[] {
    return this.#requests;
  }

  /** Clears the calls, the remaining faults and the delay. Handlers stay. */
  clear(): void {
    this.#requests.length = 0;
    this.#faults.clear();
    this.#delay = 0;
  }

  /** Makes the next calls of an operation fail, after those with pending faults. */
  inject(operation: string, fault: Fault, times = 1): void {
    this.#faults.set(operation, [...(this.#faults.get(operation) ?? []), ...Array<Fault>(times).fill(fault)]);
  }

  /** Delays every answer, as from a distant KMS. */
  delayEveryAnswer(milliseconds: number): void {
    this.#delay = milliseconds;
  }

  /**
   * Adds a handler that gets each call before the service does. The call waits for it.
   *
   * @returns a function that removes the handler
   */
  onCall(handler: (request: KmsRequest) => unknown): () => void {
    this.#handlers.add(handler);
    return () => {
      this.#handlers.delete(handler);
    };
  }

  /** Closes it with all open connections. */
  async stop(): Promise<void> {
    this.#agent.destroy();
    if (this.#server.listening) {
      this.#server.close();
      this.#server.closeAllConnections();
      await once(this.#server, "close");
    }
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming);
    const request = kmsRequest(incoming.headers, body);
    this.#requests.push(request);
    // Take the faults now, so that simultaneous calls get them in order.
    const fault = this.#faults.get(request.operation)?.shift();
    for (const handler of this.#handlers) {
      await handler(request);
    }
    const forward = (): Promise<KmsAnswer> => this.#forward(incoming, body);
    const answer = await (fault === undefined ? forward() : fault(forward, request));
    if (this.#delay > 0) {
      await sleep(this.#delay);
    }
    const headers = { ...answer.headers };
    delete headers["transfer-encoding"];
    delete headers.connection;
    // The handler may have changed the body.
    response.writeHead(answer.status, { ...headers, "content-length": answer.body.length });
    response.end(answer.body);
  }

  async #forward(incoming: IncomingMessage, body: Buffer): Promise<KmsAnswer> {
    const outgoing = httpRequest(new URL(incoming.url ?? "/", this.#target), {
      agent: this.#agent,
      ...(incoming.method === undefined ? {} : { method: incoming.method }),
      headers: { ...incoming.headers, host: this.#target.host },
    });
    outgoing.end(body);
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    return { status: answer.statusCode ?? 502, headers: answer.headers, body: await bodyOf(answer) };
  }
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function kmsRequest(headers: IncomingHttpHeaders, body: Buffer): KmsRequest {
  // X-Amz-Target: TrentService.GetPublicKey
  const operation = String(headers["x-amz-target"] ?? "")
    .split(".")
    .at(-1);
  const [, accessKeyId = "", region = ""] =
    /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(headers.authorization ?? "") ?? [];
  return {
    operation: operation ?? "",
    body: body.length === 0 ? {} : (JSON.parse(body.toString()) as Record<string, unknown>),
    accessKeyId,
    region,
  };
}
