// The certificate library needs it, and it must come first.
import "reflect-metadata";
import {
  BasicConstraintsExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { generateKeyPairSync, randomBytes, webcrypto } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";

/** A service in a cloud: the host name by which programs know it, and the protocol in which they talk to it. */
export interface CloudService {
  readonly host: string;
  readonly protocol: "h2" | "http/1.1";
}

const CLOUD_KMS: CloudService = { host: "cloudkms.googleapis.com", protocol: "h2" };
const KEY = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY = 24 * 60 * 60 * 1000;

/** PEM texts: an authority, and its certificate for the host name of Cloud KMS. */
interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/**
 * Lets a program that only knows a service by its real name, such as step-ca, reach the fake one. It is an HTTPS proxy on
 * the loopback interface, which acts as cloudkms.googleapis.com, or as another service, for programs that trust an authority made
 * for it. It forwards their requests to the fake server's port, and refuses every other host, so nothing reaches the cloud.
 */
export class ConnectProxy {
  /** A file with the authority's certificate in PEM. It is removed after the tests of the file. */
  readonly caFile: string;
  readonly #http: Server;
  readonly #tls: TlsServer;
  readonly #sockets = new Set<Socket>();
  readonly #hosts: string[] = [];
  readonly #service: CloudService;

  private constructor(target: URL, service: CloudService, { ca, cert, key }: Certificates) {
    this.#service = service;
    this.caFile = join(temporaryDirectory(), "connect-proxy-ca.crt");
    writeFileSync(this.caFile, ca);
    this.#tls = createTlsServer({ cert, key, ALPNProtocols: [service.protocol] }, (client) => {
      const upstream = this.#held(connect(Number(target.port), target.hostname));
      client.pipe(upstream).pipe(client);
      client.on("error", () => upstream.destroy());
      client.on("close", () => upstream.destroy());
      upstream.on("close", () => client.destroy());
    });
    // It never listens, because its connections come through the other one. A client that does not trust it is expected.
    this.#tls.on("tlsClientError", () => undefined);
    this.#http = createHttpServer((request, response) => {
      this.#hosts.push(request.headers.host ?? "");
      response.writeHead(403).end();
    });
    this.#http.on("connection", (socket: Socket) => this.#held(socket));
    this.#http.on("connect", (request: IncomingMessage, socket: Socket, head: Buffer) => {
      this.#connect(request.url ?? "", socket, head);
    });
    // A test that does not close it must still be able to end.
    this.#http.unref();
  }

  /** @param endpoint the fake server's address without TLS: `127.0.0.1:<port>`, optionally with `http://` */
  static async start(endpoint: string, service = CLOUD_KMS): Promise<ConnectProxy> {
    const target = new URL(endpoint.includes("://") ? endpoint : `http://${endpoint}`);
    const proxy = new ConnectProxy(target, service, await certificates(service.host));
    proxy.#http.listen(0, "127.0.0.1");
    await once(proxy.#http, "listening");
    return proxy;
  }

  /** `http://127.0.0.1:<port>`. */
  get endpoint(): string {
    const address = this.#http.address();
    if (address === null || typeof address === "string") {
      throw new Error("the proxy does not listen");
    }
    return `http://127.0.0.1:${String(address.port)}`;
  }

  /** The environment that makes a Go program use it. Connections to this machine, such as to step-ca itself, bypass it. */
  get environment(): Readonly<Record<string, string>> {
    return { HTTPS_PROXY: this.endpoint, NO_PROXY: "127.0.0.1,localhost", SSL_CERT_FILE: this.caFile };
  }

  /** The destinations of its clients, `<host>:<port>`, in order, including refused ones. */
  get hosts(): readonly string[] {
    return this.#hosts;
  }

  /** Closes it with all open connections. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    if (this.#http.listening) {
      this.#http.close();
      await once(this.#http, "close");
    }
  }

  #connect(host: string, socket: Socket, head: Buffer): void {
    this.#hosts.push(host);
    if (host !== `${this.#service.host}:443`) {
      socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    if (head.length > 0) {
      socket.unshift(head);
    }
    this.#tls.emit("connection", socket);
  }

  #held(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.unref();
    socket.on("error", () => undefined); // "close" follows
    socket.on("close", () => this.#sockets.delete(socket));
    return socket;
  }
}

/**
 * Writes the credentials of a nonexistent service account with a real key. Google's clients sign their
 * tokens with it themselves, without requesting one. Nothing listens at the address for requests.
 *
 * @returns the file
 */
export function serviceAccountFile(directory: string): string {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const file = join(directory, "service-account.json");
  const account = {
    type: "service_account",
    project_id: "kms-pki-test",
    private_key_id: randomBytes(20).toString("hex"),
    private_key: privateKey,
    client_email: "pki@kms-pki-test.iam.gserviceaccount.com",
    client_id: "100000000000000000000",
    auth_uri: "http://127.0.0.1:1/auth",
    token_uri: "http://127.0.0.1:1/token",
    universe_domain: "googleapis.com",
  };
  writeFileSync(file, `${JSON.stringify(account, undefined, 2)}\n`, { mode: 0o600 });
  return file;
}

async function certificates(host: string): Promise<Certificates> {
  const [caKeys, keys] = await Promise.all([newKeys(), newKeys()]);
  const validity = { notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + DAY) };
  const ca = await X509CertificateGenerator.createSelfSigned({
    ...validity,
    name: "CN=kms-pki test proxy",
    keys: caKeys,
    signingAlgorithm: KEY,
    extensions: [new BasicConstraintsExtension(true, 0, true)],
  });
  const certificate = await X509CertificateGenerator.create({
    ...validity,
    issuer: ca.subject,
    subject: `CN=${host}`,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: KEY,
    extensions: [new SubjectAlternativeNameExtension([{ type: "dns", value: host }])],
  });
  const privateKey = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    ca: ca.toString("pem"),
    cert: certificate.toString("pem"),
    key: PemConverter.encode(privateKey, "PRIVATE KEY"),
  };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(KEY, true, ["sign", "verify"]);
}
