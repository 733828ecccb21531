import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as lifecycles from "../../provider/lifecycle";
import { providerSource } from "../../provider/resources/lifecycleResource";
import { CHECKOUT } from "../engine/project";

/** The SDK's own modules, which implement the protocol and have no types for it. */
const sdk = createRequire(createRequire(`${CHECKOUT}/`).resolve("@pulumi/pulumi"));

type Message = Record<string, (...args: unknown[]) => unknown>;
type Callback = (error: Error | null, response: Message) => void;
type Client = Record<string, (request: Message, callback: Callback) => void> & { close(): void };

const { ResourceProviderClient } = sdk("./proto/provider_grpc_pb") as {
  ResourceProviderClient: new (address: string, credentials: unknown) => Client;
};
const messages = sdk("./proto/provider_pb") as Record<string, new () => Message>;
const { Struct } = sdk("google-protobuf/google/protobuf/struct_pb") as {
  Struct: { fromJavaScript(value: object): unknown };
};
const grpc = sdk("@grpc/grpc-js") as { credentials: { createInsecure(): unknown } };

const URN = "urn:pulumi:test::acme::pulumi-nodejs:dynamic/kms-pki:SoftKey::key";

void describe("The line in __provider", () => {
  let directory: string;
  let engine: Server;
  let provider: ChildProcess;
  let client: Client;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "kms-pki-test-"));
    mkdirSync(join(directory, "node_modules", "@pulumi"), { recursive: true });
    symlinkSync(CHECKOUT, join(directory, "node_modules", "pulumi-kms-pki"));
    writeFileSync(join(directory, "Pulumi.yaml"), "name: acme\nruntime: nodejs\n");
    engine = createServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
    await new Promise((resolve) => engine.once("listening", resolve));
    const address = engine.address();
    assert.ok(typeof address === "object" && address !== null);
    provider = spawn(
      process.execPath,
      [sdk.resolve("@pulumi/pulumi/cmd/dynamic-provider"), `127.0.0.1:${String(address.port)}`],
      { cwd: directory, stdio: ["ignore", "pipe", "inherit"] },
    );
    const port = await new Promise<string>((resolve) => {
      provider.stdout?.once("data", (chunk: Buffer) => {
        resolve(chunk.toString().trim());
      });
    });
    client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  });
  after(() => {
    client.close();
    provider.kill();
    engine.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const call = (method: string, type: string, fields: Readonly<Record<string, unknown>>): Promise<Message> => {
    const Request = messages[type];
    assert.ok(Request !== undefined, `the SDK has no ${type}`);
    const request = new Request();
    for (const [name, value] of Object.entries(fields)) {
      request[`set${name}`]?.(typeof value === "object" && value !== null ? Struct.fromJavaScript(value) : value);
    }
    return new Promise((resolve, reject) => {
      client[method]?.(request, (error, response) => {
        if (error === null) {
          resolve(response);
        } else {
          reject(error);
        }
      });
    });
  };
  const structOf = (response: Message, getter: string): Record<string, unknown> =>
    (response[getter]?.() as { toJavaScript(): Record<string, unknown> }).toJavaScript();

  void it("works in the SDK's dynamic provider process", async () => {
    await call("configure", "ConfigureRequest", { Args: {} });
    const inputs = {
      name: "key",
      directory: "keys",
      algorithm: "ECDSA_P256",
      encryption: "none",
      owner: URN,
      __provider: providerSource("softKey"),
    };
    const checked = await call("check", "CheckRequest", { Urn: URN, Olds: {}, News: inputs });
    const properties = structOf(checked, "getInputs");
    assert.equal(properties["uri"], "softkms:path=keys/key.pem");
    const created = await call("create", "CreateRequest", { Urn: URN, Properties: properties });
    assert.match(String(structOf(created, "getProperties")["publicKeyPem"]), /BEGIN PUBLIC KEY/);
    assert.ok(existsSync(join(directory, "keys", "key.pem")));
  });

  void it("is shorter than 150 bytes for every resource, and names an export of ./lifecycle", () => {
    for (const name of Object.keys(lifecycles) as (keyof typeof lifecycles)[]) {
      assert.ok(providerSource(name).length < 150, name);
      assert.equal(typeof lifecycles[name], "function");
    }
  });

  void it("is all of our code that the engine sees, so a failure is one message without a stack trace", async () => {
    const bad = { name: "../key", directory: "keys", algorithm: "DSA", encryption: "none", owner: URN };
    const checked = await call("check", "CheckRequest", {
      Urn: URN,
      Olds: {},
      News: { ...bad, __provider: providerSource("softKey") },
    });
    const failures = checked["getFailuresList"]?.() as Message[];
    assert.deepEqual(failures.map((failure) => failure["getProperty"]?.()).sort(), ["algorithm", "name"]);
  });
});
