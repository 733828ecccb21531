import { randomBytes } from "node:crypto";
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServiceError,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import {
  CheckFailure,
  type CheckRequest,
  CheckResponse,
  type ConfigureRequest,
  ConfigureResponse,
  type CreateRequest,
  CreateResponse,
  type DeleteRequest,
  type DiffRequest,
  DiffResponse,
  GetSchemaResponse,
  type InvokeRequest,
  ProviderHandshakeResponse,
  type ReadRequest,
  ReadResponse,
  type UpdateRequest,
  UpdateResponse,
} from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { exitWithEngine } from "../../provider/lifecycle/engineWatch";
import { behaves } from "./behaviour";
import { fromStruct, picked, type Properties, toStruct, UNKNOWN } from "./properties";
import { defaults, difference, importedInputs, previewed, type ResourceKind } from "./resourceKind";

/** A resource provider. */
export interface Plugin {
  /** The package, such as `aws`. */
  readonly name: string;
  readonly version: string;
  /** By type token, such as `aws:kms/key:Key`. */
  readonly kinds: Readonly<Record<string, ResourceKind>>;
  /** Takes the provider's configuration. */
  readonly configure: (configuration: Properties) => void;
}

/** Serves the engine until it is gone: prints the port, as a plugin does first of all. */
export function servePlugin(plugin: Plugin): void {
  const server = new Server({ "grpc.max_receive_message_length": -1 });
  server.addService(ResourceProviderService, service(plugin));
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) {
      throw error;
    }
    process.stdout.write(`${String(port)}\n`);
  });
  // Among flags such as -tracing.
  exitWithEngine(process.argv.slice(2).find((argument) => /^[^-].*:\d+$/.test(argument)));
}

function service(plugin: Plugin): UntypedServiceImplementation {
  const kindOf = (urn: string): ResourceKind => {
    const type = typeOf(urn);
    const kind = plugin.kinds[type];
    if (kind === undefined) {
      throw new Error(`the ${plugin.name} plugin of the tests has no type ${type}`);
    }
    return kind;
  };

  return {
    handshake: answering(() => new ProviderHandshakeResponse()),
    getPluginInfo: answering(() => new PluginInfo().setVersion(plugin.version)),
    getSchema: answering(() => new GetSchemaResponse().setSchema(JSON.stringify({ name: plugin.name }))),
    attach: answering(() => new Empty()),
    cancel: answering(() => new Empty()),
    checkConfig: answering((request: CheckRequest) => new CheckResponse().setInputs(request.getNews())),
    diffConfig: answering((request: DiffRequest) => {
      const old = JSON.stringify(fromStruct(request.getOldInputs() ?? request.getOlds()));
      return differing(old === JSON.stringify(fromStruct(request.getNews())) ? [] : ["configuration"], []);
    }),
    configure: answering((request: ConfigureRequest) => {
      plugin.configure(fromStruct(request.getArgs()));
      return new ConfigureResponse().setSupportspreview(true);
    }),
    invoke: answering((request: InvokeRequest) => {
      throw new Error(`the ${plugin.name} plugin of the tests has no function ${request.getTok()}`);
    }),

    check: answering((request: CheckRequest) => {
      const kind = kindOf(request.getUrn());
      const inputs: Record<string, unknown> = { ...defaults(kind), ...fromStruct(request.getNews()) };
      if (kind.autoname !== undefined && inputs["name"] === undefined && inputs["namePrefix"] === undefined) {
        const random = randomBytes(4).toString("hex").slice(0, 7);
        inputs["name"] = fromStruct(request.getOlds())["name"] ?? kind.autoname(nameOf(request.getUrn()), random);
      }
      const failures = Object.entries(kind.problems?.(inputs) ?? {})
        .filter(([property]) => inputs[property] !== UNKNOWN)
        .map(([property, reason]) => new CheckFailure().setProperty(property).setReason(reason));
      return new CheckResponse().setInputs(toStruct(inputs)).setFailuresList(failures);
    }),

    diff: answering(async (request: DiffRequest) => {
      const kind = kindOf(request.getUrn());
      const wanted = { ...(await kind.implied?.()), ...fromStruct(request.getNews()) };
      const olds = fromStruct(request.getOlds());
      const ignored = new Set(request.getIgnorechangesList());
      const found = difference(kind, olds, fromStruct(request.getOldInputs()), wanted);
      const counted = (names: readonly string[]): string[] => names.filter((name) => !ignored.has(name));
      const replacing = counted(found.replacing);
      return differing(counted(found.changed), replacing).setDeletebeforereplace(
        replacing.length > 0 && found.deletesFirst && behaves("deletesBeforeReplace"),
      );
    }),

    create: answering(async (request: CreateRequest) => {
      const kind = kindOf(request.getUrn());
      const inputs = { ...(await kind.implied?.()), ...fromStruct(request.getProperties()) };
      if (request.getPreview()) {
        return new CreateResponse().setProperties(toStruct(previewed(kind, inputs)));
      }
      const { id, state } = await kind.create(inputs);
      return new CreateResponse().setId(id).setProperties(toStruct(state));
    }),

    read: answering(async (request: ReadRequest) => {
      const kind = kindOf(request.getUrn());
      const inputs = fromStruct(request.getInputs());
      const found = await kind.read(request.getId(), fromStruct(request.getProperties()));
      const response = new ReadResponse();
      if (found === undefined) {
        return response; // without an id, it is gone
      }
      // What the program has set takes its real value; what it has not set stays so.
      const real =
        Object.keys(inputs).length === 0
          ? importedInputs(kind, found.state)
          : { ...inputs, ...picked(found.state, Object.keys(inputs)) };
      return response.setId(found.id).setProperties(toStruct(found.state)).setInputs(toStruct(real));
    }),

    update: answering(async (request: UpdateRequest) => {
      const kind = kindOf(request.getUrn());
      const olds = fromStruct(request.getOlds());
      const wanted = fromStruct(request.getNews());
      const state = request.getPreview() ? { ...olds, ...wanted } : await kind.update(request.getId(), olds, wanted);
      return new UpdateResponse().setProperties(toStruct(state));
    }),

    delete: answering(async (request: DeleteRequest) => {
      await kindOf(request.getUrn()).delete(request.getId(), fromStruct(request.getProperties()));
      return new Empty();
    }),
  };
}

/** A method whose error is the engine's to print. */
function answering<Request, Response>(
  answer: (request: Request) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve(call.request)
      .then(answer)
      .then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          const details = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
          callback({ code: status.UNKNOWN, details } satisfies Partial<ServiceError>);
        },
      );
  };
}

function differing(changed: string[], replacing: string[]): DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = DiffResponse.DiffChanges;
  return new DiffResponse()
    .setChanges(changed.length === 0 ? DIFF_NONE : DIFF_SOME)
    .setDiffsList(changed)
    .setReplacesList(replacing);
}

// urn:pulumi:<stack>::<project>::<type of the parent>$<type>::<name>
function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
