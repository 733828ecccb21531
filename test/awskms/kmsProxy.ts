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
  /** What the operation is called, such as `GetPublicKey`. */
  readonly operation: string;
  /** The parsed JSON of its parameters. */
  readonly body: Readonly<Record<string, unknown>>;
  /** By whom and for which region it was signed; empty when it was not. */
  readonly accessKeyId: string;
  readonly region: string;
}

/** What the service answers. */
export interface KmsAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * What happens to a call instead of what should: it answers itself, or asks the service by `forward` and changes its
 * answer, or rejects with `CUT`.
 */
export type Fault = (forward: () => Promise<KmsAnswer>, request: KmsRequest) => Promise<KmsAnswer>;

/** Thrown by a fault: the connection ends, and no answer comes. */
export const CUT = new Error("the connection is cut");

/** The service refuses with an error of its own. */
export function anyError(name: string, status: number, message: string): Fault {
  const body = Buffer.from(JSON.stringify({ __type: name, message }));
  const headers = { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": name };
  return () => Promise.resolve({ status, headers, body });
}

/** Too many requests, which clients try again. */
export function throttle(): Fault {
  return anyError("ThrottlingException", 400, "Rate exceeded");
}

/** Something went wrong in the service, which clients try again. */
export function serverError(): Fault {
  return anyError("KMSInternalException", 500, "The request was rejected because an internal exception occurred.");
}

/** The connection stays open, the service hears nothing, and no answer comes. */
export function neverAnswers(): Fault {
  return () => new Promise(() => undefined);
}

/** The service does what it was asked, and nobody hears of it. */
export function cutAfterRequest(): Fault {
  return async (forward) => {
    await forward();
    throw CUT;
  };
}

/** The connection is cut before the service hears of the call. */
export function cutBeforeRequest(): Fault {
  return () => Promise.reject(CUT);
}

/** The answer of `Sign` has a wrong bit at the end of its signature, which leaves the DER form whole. */
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

/** Stands between a client and a KMS: counts the calls and makes them fail. */
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
    // A test that forgets it shall end all the same.
    this.#server.unref();
    this.#server.on("connection", (socket: Socket) => socket.unref());
  }

  /** @param target where the KMS is, such as the endpoint of a `Ministack` */
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

  /** The operations that were called since the start or `clear`, in order, with those that failed. */
  get calls(): readonly string[] {
    return this.#requests.map(({ operation }) => operation);
  }

  get requests(): readonly KmsRequest[] {
    return this.#requests;
  }

  /** Forgets the calls, the faults and the delay that are left. Handlers stay. */
  clear(): void {
    this.#requests.length = 0;
    this.#faults.clear();
    this.#delay = 0;
  }

  /** The next calls of an operation fail so, after those for which faults are waiting already. */
  inject(operation: string, fault: Fault, times = 1): void {
    this.#faults.set(operation, [...(this.#faults.get(operation) ?? []), ...Array<Fault>(times).fill(fault)]);
  }

  /** Every answer comes so much later, as from a KMS that is far away. */
  delayEveryAnswer(milliseconds: number): void {
    this.#delay = milliseconds;
  }

  /**
   * Is told of each call before the service hears of it, and waited for.
   *
   * @returns what ends this
   */
  onCall(handler: (request: KmsRequest) => unknown): () => void {
    this.#handlers.add(handler);
    return () => {
      this.#handlers.delete(handler);
    };
  }

  /** Ends it with every connection that is open. */
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
    // Taken now: calls that come at the same time find faults in their order.
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
    // The body may have been changed.
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
