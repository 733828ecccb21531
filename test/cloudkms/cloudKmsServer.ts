import { type Metadata, Server as GrpcServer, ServerCredentials, type ServerUnaryCall, status } from "@grpc/grpc-js";
import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type Server as TcpServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { CloudKmsError, reworded, type Wording } from "./cloudKmsError";
import { type CloudKmsRequest, type Fault } from "./cloudKmsFaults";
import { CUT } from "../fixtures/connectionFaults";
import { Front } from "./front";
import { METHODS } from "./methods";
import { CloudKmsState, type ProtectionLevel } from "./cloudKmsState";
import type { RequestMessage, ResponseMessage } from "./messages";
import { SERVICES, serviceError } from "./protocol";
import { answerRest, NO_SUCH_METHOD, refuseRest, restRequest } from "./restFront";

export interface CloudKmsOptions {
  /** In PEM. With it, gRPC is served over TLS; otherwise unencrypted. */
  readonly tls?: { readonly key: string; readonly certificate: string };
  /** See `CloudKmsState`. */
  readonly generationMilliseconds?: Readonly<Partial<Record<ProtectionLevel, number>>>;
  /** Default `changing`, so that no code can rely on a wording. */
  readonly wording?: Wording;
}

/**
 * The part of Google Cloud KMS that a CA needs, on two ports of the loopback interface: gRPC for clients, and HTTP with JSON
 * for tools that manage keys, such as Pulumi's provider. Keys and signatures are real, and openssl makes them. Google has no
 * emulator. This is written from the API's definition and documentation.
 */
export class CloudKmsServer {
  /** The keys, to read and change as their owner at a console would, without counting and faults. */
  readonly state: CloudKmsState;
  readonly #grpc = new GrpcServer();
  readonly #tcp: TcpServer;
  readonly #http: Server;
  readonly #sockets = new Map<string, Socket>();
  readonly #called = new Front();
  readonly #asked = new Front();
  readonly #handlers = new Set<(request: CloudKmsRequest) => unknown>();
  readonly #wording: Wording;
  #delay = 0;

  private constructor({ tls, generationMilliseconds, wording = "changing" }: CloudKmsOptions) {
    this.#wording = wording;
    this.state = new CloudKmsState(generationMilliseconds);
    for (const service of SERVICES) {
      this.#grpc.addService(
        service,
        Object.fromEntries(Object.keys(service).map((method) => [method, this.#grpcMethod(method)])),
      );
    }
    const credentials =
      tls === undefined
        ? ServerCredentials.createInsecure()
        : ServerCredentials.createSsl(null, [
            { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.certificate) },
          ]);
    // Track the sockets, to be able to cut one, and so that they do not keep a test process alive that does not stop this.
    const injector = this.#grpc.createConnectionInjector(credentials);
    this.#tcp = createTcpServer((socket) => {
      const peer = `${socket.remoteAddress ?? ""}:${String(socket.remotePort)}`;
      this.#sockets.set(peer, socket);
      socket.once("close", () => this.#sockets.delete(peer));
      socket.unref();
      injector.injectConnection(socket);
    });
    this.#http = createHttpServer((request, response) => {
      void this.#serveRest(request, response);
    });
    this.#http.on("connection", (socket: Socket) => socket.unref());
    this.#tcp.unref();
    this.#http.unref();
  }

  static async start(options: CloudKmsOptions = {}): Promise<CloudKmsServer> {
    const server = new CloudKmsServer(options);
    for (const listener of [server.#tcp, server.#http]) {
      listener.listen(0, "127.0.0.1");
      await once(listener, "listening");
    }
    return server;
  }

  /** `127.0.0.1:<port>`. */
  get grpcEndpoint(): string {
    return `127.0.0.1:${String(portOf(this.#tcp))}`;
  }

  /** `http://127.0.0.1:<port>/v1/`. */
  get restEndpoint(): string {
    return `http://127.0.0.1:${String(portOf(this.#http))}/v1/`;
  }

  /** How long a new version is `PENDING_GENERATION`, by protection level. Tests may set it. Infinity means forever. */
  get generationMilliseconds(): Record<ProtectionLevel, number> {
    return this.state.generationMilliseconds;
  }

  /** The methods called over gRPC since the start or `clear`, in order, including failed ones. */
  get calls(): readonly string[] {
    return this.#called.requests.map(({ method }) => method);
  }

  get requests(): readonly CloudKmsRequest[] {
    return this.#called.requests;
  }

  /** The HTTP requests, by their gRPC names. */
  get restCalls(): readonly string[] {
    return this.#asked.requests.map(({ method }) => method);
  }

  get restRequests(): readonly CloudKmsRequest[] {
    return this.#asked.requests;
  }

  /** Clears the calls, the remaining faults and the delay. Handlers and keys stay. */
  clear(): void {
    this.#called.clear();
    this.#asked.clear();
    this.#delay = 0;
  }

  /** Makes the next gRPC calls of a method fail, after those with pending faults. */
  inject(method: string, fault: Fault, times = 1): void {
    this.#called.inject(method, fault, times);
  }

  /** The same for HTTP. */
  injectRest(method: string, fault: Fault, times = 1): void {
    this.#asked.inject(method, fault, times);
  }

  /** Delays every gRPC answer, as from a distant region. */
  delayEveryAnswer(milliseconds: number): void {
    this.#delay = milliseconds;
  }

  /**
   * Adds a handler that gets each gRPC call before the service does. The call waits for it.
   *
   * @returns a function that removes the handler
   */
  onCall(handler: (request: CloudKmsRequest) => unknown): () => void {
    this.#handlers.add(handler);
    return () => {
      this.#handlers.delete(handler);
    };
  }

  /** Closes all open gRPC connections, but accepts new ones. */
  cutConnections(): void {
    for (const socket of this.#sockets.values()) {
      socket.destroy();
    }
  }

  /** Closes it with all open connections. */
  async stop(): Promise<void> {
    this.cutConnections();
    this.#grpc.forceShutdown();
    this.#http.closeAllConnections();
    for (const listener of [this.#tcp, this.#http]) {
      if (listener.listening) {
        listener.close();
        await once(listener, "close");
      }
    }
  }

  #grpcMethod(method: string) {
    return (
      call: ServerUnaryCall<RequestMessage, ResponseMessage>,
      callback: (error: object | null, answer?: ResponseMessage) => void,
    ): void => {
      this.#answerCall({ method, message: call.request, metadata: textOf(call.metadata) }).then(
        (answer) => {
          callback(null, answer);
        },
        (error: unknown) => {
          if (error === CUT) {
            this.#sockets.get(call.getPeer())?.destroy();
          } else {
            callback(serviceError(reworded(refusal(error), this.#wording)));
          }
        },
      );
    };
  }

  async #answerCall(request: CloudKmsRequest): Promise<ResponseMessage> {
    const fault = this.#called.take(request);
    try {
      for (const handler of this.#handlers) {
        await handler(request);
      }
      return await this.#answer(request, fault);
    } finally {
      if (this.#delay > 0) {
        await sleep(this.#delay, undefined, { ref: false });
      }
    }
  }

  async #serveRest(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const request = await restRequest(incoming);
      if (request === undefined) {
        throw NO_SUCH_METHOD;
      }
      answerRest(response, await this.#answer(request, this.#asked.take(request)));
    } catch (error) {
      if (error === CUT) {
        incoming.socket.destroy();
      } else {
        refuseRest(response, reworded(refusal(error), this.#wording));
      }
    }
  }

  #answer(request: CloudKmsRequest, fault: Fault | undefined): Promise<ResponseMessage> {
    const { method, message } = request;
    const forward = async (): Promise<ResponseMessage> => {
      const served = METHODS[method];
      if (served === undefined) {
        throw new CloudKmsError(status.UNIMPLEMENTED, `Method ${method} is not implemented.`);
      }
      return served(this.state, message);
    };
    return fault === undefined ? forward() : fault(forward, request);
  }
}

function refusal(error: unknown): CloudKmsError {
  return error instanceof CloudKmsError
    ? error
    : new CloudKmsError(status.INTERNAL, error instanceof Error ? (error.stack ?? error.message) : String(error));
}

function portOf(server: TcpServer): number {
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new Error("the service does not listen");
  }
  return address.port;
}

function textOf(metadata: Metadata): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata.getMap()).map(([name, value]) => [name, value.toString()]));
}
