import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall } from "@grpc/grpc-js";
import * as engine from "@pulumi/pulumi/proto/engine_pb";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import {
  RegisterResourceResponse,
  ResourceInvokeResponse,
  type RegisterResourceRequest,
  type SupportsFeatureRequest,
  SupportsFeatureResponse,
} from "@pulumi/pulumi/proto/resource_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";

import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { fromStruct, toStruct } from "../../provider/plugin/wire";
import type { PluginClient } from "./pluginClient";

/** Those of an engine that change what a component is told. */
const FEATURES: readonly string[] = ["secrets", "resourceReferences", "aliasSpecs", "outputValues", "deletedWith"];

/** The part of an engine to which a component declares its children. It has a plugin make each at once, and records nothing. */
export class ResourceMonitor {
  /** The URNs of what was declared, in order. */
  readonly urns: string[] = [];
  readonly #server = new Server();
  /** The engine's address, too. */
  address = "";

  private constructor(readonly plugin: PluginClient) {}

  static async start(plugin: PluginClient): Promise<ResourceMonitor> {
    const monitor = new ResourceMonitor(plugin);
    const none = answer(() => new Empty());
    monitor.#server.addService(ResourceMonitorService, {
      supportsFeature: answer((request: SupportsFeatureRequest) =>
        new SupportsFeatureResponse().setHassupport(FEATURES.includes(request.getId())),
      ),
      invoke: answer(() => new ResourceInvokeResponse().setReturn(toStruct({ outputs: {} }))), // nothing is recorded
      registerResource: answer((request: RegisterResourceRequest) => monitor.#register(request)),
      registerResourceOutputs: none,
    });
    monitor.#server.addService(EngineService, {
      log: none,
      getRootResource: answer(() => new engine.GetRootResourceResponse()),
      setRootResource: answer(() => new engine.SetRootResourceResponse()),
    });
    const port = await new Promise<number>((resolve, reject) => {
      monitor.#server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) {
          resolve(bound);
        } else {
          reject(error);
        }
      });
    });
    monitor.address = `127.0.0.1:${String(port)}`;
    return monitor;
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  async #register(request: RegisterResourceRequest): Promise<RegisterResourceResponse> {
    const [type, name] = [request.getType(), request.getName()];
    const [, , parents = ""] = request.getParent().split("::");
    const urn = `urn:pulumi:test::acme::${parents === "" ? "" : `${parents}$`}${type}::${name}`;
    this.urns.push(urn);
    const response = new RegisterResourceResponse().setUrn(urn);
    if (!request.getCustom()) {
      return response;
    }
    const made = await this.plugin.make(urn, name, fromStruct(request.getObject()));
    return response.setId(made.id).setObject(toStruct(made.outputs));
  }
}

function answer<Request, Response>(method: (request: Request) => Response | Promise<Response>) {
  return (call: ServerUnaryCall<Request, Response>, done: sendUnaryData<Response>): void => {
    Promise.resolve(call.request)
      .then(method)
      .then(
        (response) => {
          done(null, response);
        },
        (error: unknown) => {
          done({ details: String(error) });
        },
      );
  };
}
