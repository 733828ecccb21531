import type { sendUnaryData } from "@grpc/grpc-js";
import * as resources from "@pulumi/pulumi/proto/resource_pb";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Deployment } from "./deployment";
import { goalOf, readGoalOf } from "./goal";
import { type Properties, received, revealedProperties } from "./propertyValue";
import type { Report } from "./report";

const FEATURES = resources.ResourceMonitorFeature;
const SEVERITIES = ["debug", "info", "warning", "error"];

/** Replaces the engine's resource monitor for a program's SDK: the same requests, without a connection. */
export class Monitor {
  readonly #deployment: Deployment;

  constructor(deployment: Deployment) {
    this.#deployment = deployment;
  }

  getDeploymentInfo(_request: Empty, callback: sendUnaryData<resources.DeploymentInfo>): void {
    callback(
      null,
      new resources.DeploymentInfo().setSupportedfeaturesList([
        FEATURES.RESOURCE_MONITOR_FEATURE_SECRETS,
        FEATURES.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
        FEATURES.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES,
        FEATURES.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
        FEATURES.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
      ]),
    );
  }

  registerResource(
    request: resources.RegisterResourceRequest,
    callback: sendUnaryData<resources.RegisterResourceResponse>,
  ): void {
    void this.#deployment.register(goalOf(request)).then(({ urn, id = "", outputs }) => {
      callback(null, new resources.RegisterResourceResponse().setUrn(urn).setId(id).setObject(structOf(outputs)));
    });
  }

  readResource(request: resources.ReadResourceRequest, callback: sendUnaryData<resources.ReadResourceResponse>): void {
    void this.#deployment.read(readGoalOf(request), request.getId()).then(({ urn, outputs }) => {
      callback(null, new resources.ReadResourceResponse().setUrn(urn).setProperties(structOf(outputs)));
    });
  }

  registerResourceOutputs(request: resources.RegisterResourceOutputsRequest, callback: sendUnaryData<Empty>): void {
    const outputs = received(request.getOutputs()?.toJavaScript() ?? {}) as Properties;
    this.#deployment.registerOutputs(request.getUrn(), outputs);
    callback(null, new Empty());
  }

  /** The only function that the programs here call. It returns the recorded resources of the stack. */
  invoke(request: resources.ResourceInvokeRequest, callback: sendUnaryData<resources.ResourceInvokeResponse>): void {
    if (request.getTok() !== "pulumi:pulumi:readStackResourceOutputs") {
      callback({ name: "Error", message: `there is no function ${request.getTok()}` }, null);
      return;
    }
    const { resources: recorded } = this.#deployment.ledger.state();
    const outputs = recorded
      .filter((resource) => resource.delete !== true)
      .map(({ urn, type, outputs: own }) => [urn, { type, outputs: revealedProperties(own) }]);
    const answer = structOf({ outputs: Object.fromEntries(outputs) });
    callback(null, new resources.ResourceInvokeResponse().setReturn(answer));
  }
}

/** Replaces the engine as the log target of a program's SDK. */
export function engineOf(report: Report): object {
  return {
    log: (request: LogRequest, callback: () => void): void => {
      const severity = SEVERITIES[request.getSeverity()] ?? "info";
      if (severity === "error") {
        report.fail(request.getMessage());
      } else if (severity !== "debug") {
        report.say(`${severity}: ${request.getMessage()}`);
      }
      callback();
    },
    setRootResource: (_request: unknown, callback: (error: null, answer: Empty) => void): void => {
      callback(null, new Empty());
    },
  };
}

function structOf(properties: Properties): Struct {
  return Struct.fromJavaScript(properties as Record<string, JavaScriptValue>);
}
