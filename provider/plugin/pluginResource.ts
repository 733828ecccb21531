import { isDeepStrictEqual } from "node:util";
import { PkiError } from "../errors";
import { ownerMark } from "../kms/ownerMark";
import { DECLARED, withPresentTypes } from "../kms/resourceType";
import type { Context } from "../lifecycle/context";
import type { Difference, Lifecycle } from "../lifecycle/provider";
import { checkNoPin } from "../inputs/keyUri";
import { invalid, type Problem, refuseProblems } from "../words/problem";
import { UNKNOWN } from "../words/unknown";
import type { PluginResourceType } from "./resourceType";
import { outputNames } from "./schema";
import { withoutSecret } from "./secretProblem";
import { changed, holdsSealed, type Properties, revealedProperties, sealed, sealedLikeProperties } from "./wire";

/** The input that keeps what {@link PluginResourceType.outputs} needs. */
const KEPT = "__kept";

/** The input that the SDK adds to those of a dynamic resource. */
const PROVIDER = "__provider";

/** The input that keeps the names of secret outputs. */
const SECRETS = "__secretOutputs";

/** A resource as the engine knows it. */
export interface Urn {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
}

/** One type of resource of the plugin. Its properties are those of the engine: secrets are marked. */
export class PluginResource {
  readonly #name: string;
  readonly #type: PluginResourceType;
  readonly #context: Context;
  readonly #lifecycle: Lifecycle<object, object>;

  /** @param name the name of its class */
  constructor(name: string, type: PluginResourceType, context: Context) {
    this.#context = context;
    this.#name = name;
    this.#type = type;
    this.#lifecycle = type.lifecycle(context);
  }

  /** Completes inputs and finds their problems. Inputs with problems are not returned, because they may hold what must not be shown. */
  async check(
    urn: Urn,
    olds: Properties,
    news: Properties,
  ): Promise<{ inputs: Properties; problems: readonly Problem[] }> {
    const said = news[DECLARED] === true ? { inputs: news, problems: [] } : await this.#said(urn, news);
    if (said.problems.length > 0) {
      return said;
    }
    const before = await this.#completed(urn, olds);
    const { inputs, problems } = await this.#lifecycle.check(ownOf(before), ownOf(said.inputs));
    const internal = Object.entries(said.inputs).filter(([name]) => isInternal(name));
    return {
      inputs:
        problems.length > 0
          ? {}
          : { ...sealedLikeProperties({ ...inputs }, said.inputs), ...Object.fromEntries(internal) },
      problems: problems.map((problem) => withoutSecret(problem, news)),
    };
  }

  async diff(olds: Properties, news: Properties): Promise<Difference> {
    const record = this.#recordIn(olds);
    const difference = await this.#lifecycle.diff(record, ownOf(news));
    return difference.changes || !this.#lacksOutputs(record, olds, news) ? difference : { changes: true };
  }

  async create(inputs: Properties, preview: boolean): Promise<{ id: string; outputs: Properties }> {
    if (preview) {
      return { id: "", outputs: this.#previewed(inputs) };
    }
    const { id, state } = await this.#lifecycle.create(ownOf(inputs));
    return { id, outputs: this.#outputs({ ...state }, inputs) };
  }

  /**
   * Takes over the thing that an id names.
   *
   * @returns as its inputs the arguments with which a program declares it, of which the engine writes that program
   * @throws PkiError `INPUT_INVALID` with the problems of what the id names, and of a type that cannot be imported
   */
  async import(urn: Urn, id: string): Promise<{ id: string; inputs: Properties; outputs: Properties }> {
    const { imports } = this.#type;
    if (imports === undefined) {
      throw new PkiError(
        "INPUT_INVALID",
        `a resource of the type ${urn.type} cannot be imported, because only a component of this package declares it`,
        "Import its keys and its certificates",
      );
    }
    refuseProblems(`The id of ${urn.type} "${urn.name}"`, checkNoPin(id));
    const { args, recorded } = await imports(id, this.#context);
    const { inputs, problems } = await this.check(urn, {}, args);
    refuseProblems(`${urn.type} "${urn.name}"`, problems);
    if (recorded === undefined) {
      return { ...(await this.create(inputs, false)), inputs: args };
    }
    const found = recorded(ownOf(inputs));
    return { id: found.id, inputs: args, outputs: this.#outputs({ ...found.state }, inputs) };
  }

  async read(urn: Urn, id: string, inputs: Properties, olds: Properties): Promise<Properties> {
    const record = this.#recordIn(olds);
    const state = await (this.#lifecycle.readById?.(id, record) ?? this.#lifecycle.read(record));
    return this.#outputs({ ...state }, await this.#completed(urn, inputs));
  }

  async update(olds: Properties, news: Properties, preview: boolean): Promise<Properties> {
    const record = this.#recordIn(olds);
    // The record of a program in TypeScript lacks outputs. They are added, and nothing else happens.
    if (this.#lacksOutputs(record, olds, news) && !(await this.#lifecycle.diff(record, ownOf(news))).changes) {
      return this.#outputs(record, news);
    }
    return preview
      ? this.#previewed(news)
      : this.#outputs({ ...(await this.#lifecycle.update(record, ownOf(news))) }, news);
  }

  delete(olds: Properties): Promise<void> {
    return this.#lifecycle.delete(this.#recordIn(olds));
  }

  /** Recorded inputs. Those of an import are the arguments of a program until the next run. */
  async #completed(urn: Urn, inputs: Properties): Promise<Properties> {
    const isComplete = [KEPT, DECLARED, PROVIDER].some((name) => Object.hasOwn(inputs, name));
    return isComplete || Object.keys(inputs).length === 0 ? inputs : (await this.#said(urn, inputs)).inputs;
  }

  /** What the class says of arguments. */
  async #said({ urn, name }: Urn, args: Properties): Promise<{ inputs: Properties; problems: readonly Problem[] }> {
    const { forms = {}, takes, keeps, isKey, isInternal: isOfComponent } = this.#type;
    if (isOfComponent) {
      return {
        inputs: {},
        problems: [invalid("", "only a component declares this resource", "Declare the component")],
      };
    }
    const own = Object.fromEntries(Object.entries(args).filter(([each]) => !isInternal(each)));
    const given = takes?.(own) ?? own;
    const { saidBy } = await import("./resourceClasses.js");
    const { inputs, problems, secretOutputs } = await saidBy(this.#name, name, given, forms);
    if (problems.length > 0) {
      return { inputs: {}, problems: problems.map((problem) => withoutSecret(problem, args)) };
    }
    const owner =
      isKey &&
      changed(given["authorityId"] ?? "", (id) => ownerMark(withPresentTypes(urn), id === "" ? undefined : String(id)));
    return {
      inputs: {
        ...inputs,
        ...(owner === undefined ? {} : { owner }),
        [KEPT]: keeps?.(given) ?? {},
        ...(secretOutputs.length === 0 ? {} : { [SECRETS]: secretOutputs }),
      },
      problems: [],
    };
  }

  /** The outputs that follow from a record and are not part of it. A program in TypeScript computes them by itself. */
  #following(record: Properties, inputs: Properties): Properties {
    const { follows = {} } = this.#type;
    const { [KEPT]: kept } = revealedProperties(inputs);
    if (kept === undefined) {
      return {};
    }
    const facts = { record, inputs: ownOf(inputs), kept: kept as Properties };
    const outputs = Object.entries(follows).map(([name, output]) => [name, output(facts)] as const);
    return plainJson(Object.fromEntries(outputs));
  }

  #lacksOutputs(record: Properties, olds: Properties, news: Properties): boolean {
    const recorded = revealedProperties(olds);
    return Object.entries(this.#following(record, news)).some(
      ([name, value]) => !isDeepStrictEqual(recorded[name], value),
    );
  }

  #outputs(record: Properties, inputs: Properties): Properties {
    const following = this.#following(record, inputs);
    const outputs = sealedByInputs({ ...record, ...following }, inputs);
    const { [SECRETS]: named = [] } = inputs as { readonly [SECRETS]?: readonly string[] };
    const secrets = named.length === 0 ? [] : [...named, ...Object.keys(following)];
    return Object.fromEntries(
      Object.entries(outputs).map(([name, value]) => [name, secrets.includes(name) ? sealed(value) : value]),
    );
  }

  #previewed(inputs: Properties): Properties {
    const { echoes = [] } = this.#type;
    const own = ownOf(inputs);
    const known = echoes.filter((name) => own[name] !== undefined).map((name) => [name, own[name]]);
    const unknown = outputNames(this.#name).map((name) => [name, UNKNOWN]);
    const record = Object.fromEntries([...unknown, ...known]) as Properties;
    return this.#outputs(record, inputs);
  }

  /** The record of the lifecycle among recorded outputs. */
  #recordIn(olds: Properties): Properties {
    const { follows = {} } = this.#type;
    return Object.fromEntries(Object.entries(ownOf(olds)).filter(([name]) => !Object.hasOwn(follows, name)));
  }
}

/** Properties without those of the engine, of the SDK and of the plugin itself, in plain text. */
function ownOf(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(revealedProperties(properties)).filter(([name]) => !isInternal(name)));
}

/** As in a message, without what is undefined. */
function plainJson(properties: Properties): Properties {
  return JSON.parse(JSON.stringify(properties)) as Properties;
}

function isInternal(name: string): boolean {
  return name.startsWith("__");
}

/** Outputs whose secrets are marked. What is no input is secret if any input is, because it may follow from that one. */
function sealedByInputs(outputs: Properties, inputs: Properties): Properties {
  const holdsSecret = holdsSealed(inputs);
  return Object.fromEntries(
    Object.entries(sealedLikeProperties(outputs, inputs)).map(([name, value]) => [
      name,
      holdsSecret && !Object.hasOwn(inputs, name) ? sealed(value) : value,
    ]),
  );
}
