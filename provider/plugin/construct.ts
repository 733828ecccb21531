import { PkiError } from "../errors";
import { pluginType } from "../kms/resourceType";
import type { Alias, ComponentResourceOptions, Output } from "../pulumi";
import { componentRun, DependencyProviderResource, DependencyResource } from "./componentRun";
import { declareAuthority } from "./authority";
import { messages } from "./protocol";
import { PACKAGE } from "./schema";
import { fromStruct, type Properties, toStruct } from "./wire";

/** The types of the components that the plugin serves. */
const AUTHORITY = pluginType("CertificateAuthority");

/** What a component needs of its plugin. */
export interface ConstructingPlugin {
  /** The engine's address. */
  readonly engine: string;
  /** The plugin's own configuration, which may be that of an explicit provider. */
  readonly configuration: Properties;
  /** `<URN>::<id>` of the provider that this process is. The children have it, so that no second process starts. */
  readonly provider: string | undefined;
}

/**
 * Declares a component with its children, which are the plugin's own resources.
 *
 * @throws PkiError `INPUT_INVALID` with all problems, before anything is made
 */
export async function construct(
  request: messages.ConstructRequest,
  plugin: ConstructingPlugin,
): Promise<messages.ConstructResponse> {
  if (request.getType() !== AUTHORITY) {
    throw new PkiError("INPUT_INVALID", `the plugin has no component "${request.getType()}"`, `Use ${AUTHORITY}`);
  }
  let urn = "";
  const { outputs, dependencies } = await componentRun(
    {
      ...{ project: request.getProject(), stack: request.getStack(), organization: request.getOrganization() },
      ...{ parallel: request.getParallel(), isPreview: request.getDryrun() },
      ...{ engine: plugin.engine, monitor: request.getMonitorendpoint() },
      config: { ...Object.fromEntries(request.getConfigMap().entries()), ...ownSettings(plugin.configuration) },
      secrets: [...request.getConfigsecretkeysList(), ...Object.keys(ownSettings(plugin.configuration))],
    },
    async () => {
      const declared = declareAuthority(request.getName(), fromStruct(request.getInputs()), optionsOf(request, plugin));
      urn = await promised(declared.urn);
      return declared.outputs;
    },
  );
  const response = new messages.ConstructResponse().setUrn(urn).setState(toStruct(outputs));
  for (const [name, resources] of dependencies) {
    const urns = await Promise.all([...resources].map((resource) => promised(resource.urn)));
    response
      .getStatedependenciesMap()
      .set(name, new messages.ConstructResponse.PropertyDependencies().setUrnsList(urns));
  }
  return response;
}

/** The provider's configuration, as the settings of a program in this namespace. */
function ownSettings(configuration: Properties): Record<string, string> {
  return Object.fromEntries(
    Object.entries(configuration).flatMap(([name, value]) =>
      typeof value === "string" ? [[`${PACKAGE}:${name}`, value]] : [],
    ),
  );
}

function optionsOf(request: messages.ConstructRequest, { provider }: ConstructingPlugin): ComponentResourceOptions {
  const parent = request.getParent();
  const given = [...request.getProvidersMap().entries()];
  const providers = [...(provider === undefined ? [] : [[PACKAGE, provider] as const]), ...given];
  const inputs = [...request.getInputdependenciesMap().entries()].flatMap(([, urns]) => urns.getUrnsList());
  return {
    aliases: request.getAliasesList().map((alias) => (alias.hasUrn() ? alias.getUrn() : aliasOf(alias))),
    dependsOn: [...new Set([...request.getDependenciesList(), ...inputs])].map((urn) => new DependencyResource(urn)),
    protect: request.getProtect() ?? false,
    providers: Object.fromEntries(
      providers.map(([name, reference]) => [name, new DependencyProviderResource(reference)]),
    ),
    ...(parent === "" ? {} : { parent: new DependencyResource(parent) }),
  };
}

type AliasMessage = ReturnType<messages.ConstructRequest["getAliasesList"]>[number];

function aliasOf(alias: AliasMessage): Alias {
  const spec = alias.getSpec();
  const named = { name: spec?.getName(), type: spec?.getType(), project: spec?.getProject(), stack: spec?.getStack() };
  const given = Object.entries(named).filter(([, value]) => value !== undefined && value !== "");
  const parent = spec?.hasParenturn() === true ? { parent: spec.getParenturn() } : {};
  return { ...Object.fromEntries(given), ...parent };
}

/** The value of an output. It rejects as the output does, so that a call whose component failed ends. */
function promised<Value>(output: Output<Value>): Promise<Value> {
  return (output as unknown as { promise(): Promise<Value> }).promise();
}
