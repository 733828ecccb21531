import { type handleUnaryCall, Server, ServerCredentials, type UntypedServiceImplementation } from "@grpc/grpc-js";
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
import { answering as answerOf } from "../../provider/plugin/answer";
import { type Plugin, PluginHandler } from "./handler";
import { fromStruct, toStruct } from "./properties";

/** Serves the engine until it is gone. First prints the port, as every plugin does. */
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
  const handler = new PluginHandler(plugin);
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
      const olds = fromStruct(request.getOlds());
      const { inputs, failures } = handler.check(request.getUrn(), olds, fromStruct(request.getNews()));
      const list = failures.map(([property, reason]) => new CheckFailure().setProperty(property).setReason(reason));
      return new CheckResponse().setInputs(toStruct(inputs)).setFailuresList(list);
    }),

    diff: answering(async (request: DiffRequest) => {
      const { changed, replacing, deletesFirst } = await handler.diff(request.getUrn(), {
        oldInputs: fromStruct(request.getOldInputs()),
        olds: fromStruct(request.getOlds()),
        news: fromStruct(request.getNews()),
        ignored: request.getIgnorechangesList(),
      });
      return differing(changed, replacing).setDeletebeforereplace(deletesFirst);
    }),

    create: answering(async (request: CreateRequest) => {
      const properties = fromStruct(request.getProperties());
      const { id = "", state } = await handler.create(request.getUrn(), properties, request.getPreview());
      return new CreateResponse().setId(id).setProperties(toStruct(state));
    }),

    read: answering(async (request: ReadRequest) => {
      const [inputs, properties] = [fromStruct(request.getInputs()), fromStruct(request.getProperties())];
      const found = await handler.read(request.getUrn(), request.getId(), inputs, properties);
      // An answer without an id means that it is gone.
      return found === undefined
        ? new ReadResponse()
        : new ReadResponse().setId(found.id).setProperties(toStruct(found.state)).setInputs(toStruct(found.inputs));
    }),

    update: answering(async (request: UpdateRequest) => {
      const [olds, news] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
      const state = await handler.update(request.getUrn(), request.getId(), olds, news, request.getPreview());
      return new UpdateResponse().setProperties(toStruct(state));
    }),

    delete: answering(async (request: DeleteRequest) => {
      await handler.delete(request.getUrn(), request.getId(), fromStruct(request.getProperties()));
      return new Empty();
    }),
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** A method whose error the engine prints. */
function answering<Request, Response>(
  answer: (request: Request) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return answerOf(answer, describe);
}

function differing(changed: string[], replacing: string[]): DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = DiffResponse.DiffChanges;
  return new DiffResponse()
    .setChanges(changed.length === 0 ? DIFF_NONE : DIFF_SOME)
    .setDiffsList(changed)
    .setReplacesList(replacing);
}
