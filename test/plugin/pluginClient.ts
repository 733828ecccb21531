import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import {
  CheckRequest,
  ConfigureRequest,
  ConstructRequest,
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  DiffResponse,
  ReadRequest,
  UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { CHECKOUT } from "../engine/project";
import { pluginType } from "../../provider/kms/resourceType";
import { servePlugin } from "../../provider/plugin/server";
import { fromStruct, type Properties, toStruct } from "../../provider/plugin/wire";

/** What the plugin finds wrong with inputs. */
export interface Failure {
  readonly property: string;
  readonly reason: string;
}

/** An engine without a state: it speaks to a plugin of this process over gRPC. Properties have the marks of the protocol. */
export class PluginClient {
  readonly client: ResourceProviderClient;
  /** The plugin's process, if it has one of its own. */
  readonly process: ChildProcess | undefined;
  readonly #shutDown: () => void;

  private constructor(port: number, shutDown: () => void, child?: ChildProcess) {
    this.process = child;
    this.client = new ResourceProviderClient(`127.0.0.1:${String(port)}`, credentials.createInsecure());
    this.#shutDown = shutDown;
  }

  /** A plugin in a process of its own, as the engine starts it. */
  static async spawn(directory: string): Promise<PluginClient> {
    const main = join(CHECKOUT, "dist", "provider", "plugin", "main.js");
    const child = spawn(process.execPath, [main], { cwd: directory, stdio: ["ignore", "pipe", "inherit"] });
    const [port] = (await once(child.stdout, "data")) as [Buffer];
    return new PluginClient(Number(port.toString()), () => child.kill(), child);
  }

  /** A plugin in this process. */
  static async start(): Promise<PluginClient> {
    const { port, server } = await servePlugin(undefined);
    return new PluginClient(port, () => {
      server.forceShutdown();
    });
  }

  stop(): void {
    this.client.close();
    this.#shutDown();
  }

  /** Tells the address of the engine. */
  async attach(address: string): Promise<void> {
    await called((done) => this.client.attach(new PluginAttach().setAddress(address), done));
  }

  /** Constructs a component, whose children go to a monitor. */
  async construct(
    type: string,
    name: string,
    inputs: Properties,
    monitor: string,
    { isPreview = false, organization = "organization" } = {},
  ): Promise<Properties> {
    const request = new ConstructRequest()
      .setProject("acme")
      .setStack("test")
      .setType(pluginType(type))
      .setName(name)
      .setParent(STACK)
      .setOrganization(organization)
      .setInputs(toStruct(inputs))
      .setMonitorendpoint(monitor)
      .setParallel(8)
      .setDryrun(isPreview)
      .setAcceptsOutputValues(false);
    const answer = await called<{ getState: () => never }>((done) => this.client.construct(request, done as never));
    return fromStruct(answer.getState());
  }

  async cancel(): Promise<void> {
    await called((done) => this.client.cancel(new Empty(), done));
  }

  async configure(settings: Properties): Promise<void> {
    await called((done) =>
      this.client.configure(new ConfigureRequest().setUrn(PROVIDER).setId("only").setArgs(toStruct(settings)), done),
    );
  }

  async check(
    type: string,
    name: string,
    news: Properties,
    olds: Properties = {},
  ): Promise<{ inputs: Properties; failures: Failure[] }> {
    const request = new CheckRequest().setUrn(urnOf(type, name)).setOlds(toStruct(olds)).setNews(toStruct(news));
    const answer = await called<{
      getInputs: () => never;
      getFailuresList: () => { getProperty: () => string; getReason: () => string }[];
    }>((done) => this.client.check(request, done as never));
    const failures = answer
      .getFailuresList()
      .map((each) => ({ property: each.getProperty(), reason: each.getReason() }));
    return { inputs: fromStruct(answer.getInputs()), failures };
  }

  async diff(
    type: string,
    name: string,
    olds: Properties,
    news: Properties,
  ): Promise<{ changes: boolean; replaces: string[] }> {
    const request = new DiffRequest()
      .setId("id")
      .setUrn(urnOf(type, name))
      .setOlds(toStruct(olds))
      .setNews(toStruct(news));
    const answer = await called<DiffResponse>((done) => this.client.diff(request, done));
    return { changes: answer.getChanges() === DiffResponse.DiffChanges.DIFF_SOME, replaces: answer.getReplacesList() };
  }

  async create(
    type: string,
    name: string,
    inputs: Properties,
    preview = false,
  ): Promise<{ id: string; outputs: Properties }> {
    const request = new CreateRequest().setUrn(urnOf(type, name)).setProperties(toStruct(inputs)).setPreview(preview);
    const answer = await called<{ getId: () => string; getProperties: () => never }>((done) =>
      this.client.create(request, done as never),
    );
    return { id: answer.getId(), outputs: fromStruct(answer.getProperties()) };
  }

  /** Takes over what an id names, and what a program says that was written of its inputs. */
  async import(
    type: string,
    name: string,
    id: string,
  ): Promise<{ id: string; inputs: Properties; outputs: Properties }> {
    const request = new ReadRequest().setId(id).setUrn(urnOf(type, name));
    const answer = await called<{
      getId: () => string;
      getInputs: () => never;
      getProperties: () => never;
    }>((done) => this.client.read(request, done as never));
    return {
      id: answer.getId(),
      inputs: fromStruct(answer.getInputs()),
      outputs: fromStruct(answer.getProperties()),
    };
  }

  async read(type: string, name: string, id: string, inputs: Properties, olds: Properties): Promise<Properties> {
    const request = new ReadRequest()
      .setId(id)
      .setUrn(urnOf(type, name))
      .setInputs(toStruct(inputs))
      .setProperties(toStruct(olds));
    const answer = await called<{ getProperties: () => never }>((done) => this.client.read(request, done as never));
    return fromStruct(answer.getProperties());
  }

  async update(type: string, name: string, olds: Properties, news: Properties, preview = false): Promise<Properties> {
    const request = new UpdateRequest()
      .setId("id")
      .setUrn(urnOf(type, name))
      .setOlds(toStruct(olds))
      .setNews(toStruct(news))
      .setPreview(preview);
    const answer = await called<{ getProperties: () => never }>((done) => this.client.update(request, done as never));
    return fromStruct(answer.getProperties());
  }

  async delete(type: string, name: string, olds: Properties): Promise<void> {
    const request = new DeleteRequest().setId("id").setUrn(urnOf(type, name)).setProperties(toStruct(olds));
    await called((done) => this.client.delete(request, done));
  }

  /** Checks inputs that must have no problem, and makes the resource. */
  async make(
    type: string,
    name: string,
    args: Properties,
  ): Promise<{ id: string; inputs: Properties; outputs: Properties }> {
    const { inputs, failures } = await this.check(type, name, args);
    if (failures.length > 0) {
      throw new Error(JSON.stringify(failures));
    }
    return { inputs, ...(await this.create(type, name, inputs)) };
  }
}

const STACK = "urn:pulumi:test::acme::pulumi:pulumi:Stack::acme-test";
const PROVIDER = "urn:pulumi:test::acme::pulumi:providers:kms-pki::default";

/** The URN of a resource of the plugin. A type may be given as the URN itself. */
function urnOf(type: string, name: string): string {
  return type.startsWith("urn:") ? type : `urn:pulumi:test::acme::${pluginType(type)}::${name}`;
}

/** Calls a method, and waits for its answer. */
function called<Answer>(
  call: (done: (error: ServiceError | null, answer: Answer) => void) => unknown,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    call((error, answer) => {
      if (error === null) {
        resolve(answer);
      } else {
        reject(error);
      }
    });
  });
}
