import { createRequire } from "node:module";
import { compileFunction } from "node:vm";
import { forgetRun, type DynamicProvider } from "../../provider/lifecycle/provider";
import { PluginHandler } from "../pulumiPlugin/handler";
import { isSame, type Properties, UNKNOWN } from "./propertyValue";

/** The result of `diff`. */
export interface Difference {
  readonly changes: boolean;
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
}

/** The known state and the declared inputs of a resource, with secrets in plain text. */
interface Comparison {
  readonly oldInputs: Properties;
  readonly oldOutputs: Properties;
  readonly inputs: Properties;
  readonly ignoreChanges: readonly string[];
}

/** A problem of an input. The property is empty if it must not be shown. */
export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

/** A resource provider as the engine calls it, with secrets in plain text. */
export interface Provider {
  check(urn: string, olds: Properties, news: Properties): Promise<{ inputs: Properties; failures: CheckFailure[] }>;
  diff(urn: string, id: string, comparison: Comparison): Promise<Difference>;
  create(urn: string, inputs: Properties, preview: boolean): Promise<{ id?: string; outputs: Properties }>;
  /** @returns undefined if it is gone */
  read(
    urn: string,
    id: string,
    inputs: Properties,
    outputs: Properties,
  ): Promise<{ id: string; inputs?: Properties; outputs: Properties } | undefined>;
  update(
    urn: string,
    id: string,
    oldOutputs: Properties,
    inputs: Properties,
    preview: boolean,
  ): Promise<{ outputs: Properties }>;
  delete(urn: string, id: string, outputs: Properties): Promise<void>;
}

/**
 * The process of the SDK's dynamic provider (`@pulumi/pulumi/cmd/dynamic-provider`): evaluates `__provider`, and remembers
 * the result until the run ends. It does not support secrets, and does nothing in a preview.
 */
export function dynamicProviderProcess(config: Readonly<Record<string, string>>): Provider {
  forgetRun();
  const providers = new Map<string, DynamicProvider>();
  const providerOf = (properties: Properties): DynamicProvider => {
    const source = String(properties["__provider"]);
    const provider = providers.get(source) ?? evaluate(source);
    if (!providers.has(source)) {
      providers.set(source, provider);
      provider.configure({ config: { get: (key) => config[key] } });
    }
    return provider;
  };
  const including = (answer: object, { __provider }: Properties): Properties => plainJson({ ...answer, __provider });
  return {
    async check(_urn, olds, news) {
      const provider = providerOf(news["__provider"] === UNKNOWN ? olds : news);
      const { inputs, failures } = await provider.check({ ...olds }, { ...news });
      return { inputs: including(inputs, news), failures };
    },
    async diff(_urn, id, { oldOutputs, inputs }) {
      const provider = providerOf(inputs["__provider"] === UNKNOWN ? oldOutputs : inputs);
      const { changes, replaces } = await provider.diff(id, { ...oldOutputs }, { ...inputs });
      return { changes, replaces, deleteBeforeReplace: false };
    },
    async create(_urn, inputs, preview) {
      if (preview) {
        return { outputs: inputs };
      }
      const { id, outs } = await providerOf(inputs).create({ ...inputs });
      return { id, outputs: including(outs, inputs) };
    },
    async read(_urn, id, inputs, outputs) {
      const known = Object.keys(outputs).length === 0 ? inputs : outputs;
      const { props, ...read } = await providerOf(known).read(id, { ...known });
      return { ...read, outputs: including(props, known) };
    },
    async update(_urn, id, oldOutputs, inputs, preview) {
      if (preview) {
        return { outputs: inputs };
      }
      const { outs } = await providerOf(inputs).update(id, { ...oldOutputs }, { ...inputs });
      return { outputs: including(outs, inputs) };
    },
    async delete(_urn, id, outputs) {
      await providerOf(outputs).delete(id, { ...outputs });
    },
  };
}

/** A plugin of the tests, in this process instead of its own. */
export function pluginProvider(handler: PluginHandler): Provider {
  return {
    check(urn, olds, news) {
      const { inputs, failures } = handler.check(urn, olds, news);
      return Promise.resolve({
        inputs: plainJson(inputs),
        failures: failures.map(([property, reason]) => ({ property, reason })),
      });
    },
    async diff(urn, _id, { oldInputs, oldOutputs, inputs, ignoreChanges }) {
      const comparison = { oldInputs, olds: oldOutputs, news: inputs, ignored: ignoreChanges };
      const { changed, replacing, deletesFirst } = await handler.diff(urn, comparison);
      return { changes: changed.length > 0, replaces: replacing, deleteBeforeReplace: deletesFirst };
    },
    async create(urn, inputs, preview) {
      const { state, ...made } = await handler.create(urn, inputs, preview);
      return { ...made, outputs: plainJson(state) };
    },
    async read(urn, id, inputs, outputs) {
      const found = await handler.read(urn, id, inputs, outputs);
      return found && { id: found.id, inputs: plainJson(found.inputs), outputs: plainJson(found.state) };
    },
    async update(urn, id, oldOutputs, inputs, preview) {
      return { outputs: plainJson(await handler.update(urn, id, oldOutputs, inputs, preview)) };
    },
    delete: (urn, id, outputs) => handler.delete(urn, id, outputs),
  };
}

/** The engine's own handling of a provider resource, whose configuration may change. */
export const PROVIDERS_OWN: Provider = {
  check: (_urn, _olds, news) => Promise.resolve({ inputs: news, failures: [] }),
  diff: (_urn, _id, { oldInputs, inputs }) =>
    Promise.resolve({ changes: !isSame(oldInputs, inputs), replaces: [], deleteBeforeReplace: false }),
  create: (_urn, inputs, preview) => Promise.resolve({ id: preview ? UNKNOWN : crypto.randomUUID(), outputs: inputs }),
  read: (_urn, id, inputs, outputs) => Promise.resolve({ id, inputs, outputs }),
  update: (_urn, _id, _olds, inputs) => Promise.resolve({ outputs: inputs }),
  delete: () => Promise.resolve(),
};

function evaluate(source: string): DynamicProvider {
  const module: { exports: { handler?: () => DynamicProvider } } = { exports: {} };
  const run = compileFunction(source, ["exports", "require"]) as (exports: object, load: NodeJS.Require) => void;
  run(module.exports, createRequire(`${process.cwd()}/`));
  if (module.exports.handler === undefined) {
    throw new Error(`no handler in ${source}`);
  }
  return module.exports.handler();
}

/** As in a message, without undefined values. */
function plainJson(value: object): Properties {
  return JSON.parse(JSON.stringify(value)) as Properties;
}
