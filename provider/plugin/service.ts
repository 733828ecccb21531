import { isDeepStrictEqual } from "node:util";
import { describeProblem } from "../words/problem";
import { answering, inFull } from "./answer";
import type { PluginProcess } from "./pluginProcess";
import { Empty, messages, type PluginAttach, PluginInfo, type UntypedServiceImplementation } from "./protocol";
import { schemaText, version } from "./schema";
import { parseUrn } from "./urn";
import { fromStruct, revealed, toStruct } from "./wire";

const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;

/** The methods that the engine calls. Those of single resources are told from the URN in the request. */
export function service(own: PluginProcess): UntypedServiceImplementation {
  return {
    getPluginInfo: answering(() => new PluginInfo().setVersion(version())),
    getSchema: answering(() => new messages.GetSchemaResponse().setSchema(schemaText())),
    attach: answering((request: PluginAttach) => {
      own.engine = request.getAddress();
      return new Empty();
    }),
    cancel: answering(() => {
      own.cancel();
      return new Empty();
    }),

    checkConfig: answering((request: messages.CheckRequest) =>
      new messages.CheckResponse().setInputs(request.getNews()),
    ),

    diffConfig: answering((request: messages.DiffRequest) => {
      const [old, wanted] = [request.getOldInputs() ?? request.getOlds(), request.getNews()].map((each) =>
        revealed(fromStruct(each)),
      );
      return new messages.DiffResponse().setChanges(isDeepStrictEqual(old, wanted) ? DIFF_NONE : DIFF_SOME);
    }),

    configure: answering((request: messages.ConfigureRequest) => {
      // An empty text where the engine names none.
      const [urn = "", id = ""] = [request.getUrn(), request.getId()];
      own.configure(fromStruct(request.getArgs()), urn === "" || id === "" ? undefined : `${urn}::${id}`);
      return new messages.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
    }),

    construct: answering(async (request: messages.ConstructRequest) => {
      own.requireRun();
      return (await import("./construct.js")).construct(request, own);
    }, inFull),

    check: answering(async (request: messages.CheckRequest) => {
      const urn = parseUrn(request.getUrn());
      const { inputs, problems } = await own
        .resource(urn)
        .check(urn, fromStruct(request.getOlds()), fromStruct(request.getNews()));
      const failures = problems.map((problem) =>
        new messages.CheckFailure().setProperty(problem.property).setReason(describeProblem(problem)),
      );
      return new messages.CheckResponse().setInputs(toStruct(inputs)).setFailuresList(failures);
    }),

    diff: answering(async (request: messages.DiffRequest) => {
      const resource = own.resource(parseUrn(request.getUrn()));
      const { changes, replaces = [] } = await resource.diff(
        fromStruct(request.getOlds()),
        fromStruct(request.getNews()),
      );
      return new messages.DiffResponse().setChanges(changes ? DIFF_SOME : DIFF_NONE).setReplacesList([...replaces]);
    }),

    create: answering(async (request: messages.CreateRequest) => {
      own.requireRun();
      const resource = own.resource(parseUrn(request.getUrn()));
      const { id, outputs } = await resource.create(fromStruct(request.getProperties()), request.getPreview());
      return new messages.CreateResponse().setId(id).setProperties(toStruct(outputs));
    }),

    read: answering(async (request: messages.ReadRequest) => {
      own.requireRun();
      const urn = parseUrn(request.getUrn());
      const resource = own.resource(urn);
      const [inputs, olds] = [fromStruct(request.getInputs()), fromStruct(request.getProperties())];
      if (Object.keys(olds).length === 0) {
        const found = await resource.import(urn, request.getId());
        return new messages.ReadResponse()
          .setId(found.id)
          .setInputs(toStruct(found.inputs))
          .setProperties(toStruct(found.outputs));
      }
      const outputs = await resource.read(urn, request.getId(), inputs, olds);
      return new messages.ReadResponse()
        .setId(request.getId())
        .setInputs(toStruct(inputs))
        .setProperties(toStruct(outputs));
    }),

    update: answering(async (request: messages.UpdateRequest) => {
      own.requireRun();
      const resource = own.resource(parseUrn(request.getUrn()));
      const [olds, news] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
      return new messages.UpdateResponse().setProperties(
        toStruct(await resource.update(olds, news, request.getPreview())),
      );
    }),

    delete: answering(async (request: messages.DeleteRequest) => {
      own.requireRun();
      await own.resource(parseUrn(request.getUrn())).delete(fromStruct(request.getProperties()));
      return new Empty();
    }),
  };
}
