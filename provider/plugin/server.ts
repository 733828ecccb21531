import { exitWithEngine } from "../lifecycle/engineWatch";
import { missing } from "./answer";
import { PluginProcess } from "./pluginProcess";
import { ResourceProviderService, Server, ServerCredentials, type UntypedServiceImplementation } from "./protocol";
import { service } from "./service";

/** No limit: a state may be large. */
const ANY_SIZE = -1;

/**
 * Serves an engine on a free port of the loopback interface, until the engine is gone.
 *
 * @param engine the engine's address; undefined if it is to come with `Attach`
 * @returns the port, and `end`, which begins nothing more and resolves when all that ran has been answered
 */
export async function servePlugin(
  engine: string | undefined,
): Promise<{ port: number; server: Server; end: () => Promise<void> }> {
  exitWithEngine(engine);
  const own = new PluginProcess(engine ?? "");
  const server = new Server({ "grpc.max_receive_message_length": ANY_SIZE, "grpc.max_send_message_length": ANY_SIZE });
  server.addService(ResourceProviderService, complete(service(own)));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) {
        resolve(bound);
      } else {
        reject(error);
      }
    });
  });
  const end = (): Promise<void> => {
    own.cancel();
    return new Promise((resolve) => {
      server.tryShutdown(() => {
        resolve();
      });
    });
  };
  return { port, server, end };
}

function complete(methods: UntypedServiceImplementation): UntypedServiceImplementation {
  const others = Object.keys(ResourceProviderService).filter((name) => !Object.hasOwn(methods, name));
  return { ...methods, ...Object.fromEntries(others.map((name) => [name, missing(name)])) };
}
