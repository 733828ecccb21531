import {
  type Alias,
  allAliases,
  type ComponentResourceOptions,
  createUrn,
  getProject,
  getStack,
  type Input,
  output,
  type Output,
  type Resource,
} from "../pulumi";
import { settledParentUrn } from "../resources/parentUrn";

/** A resource with all URNs under which the engine may have recorded it. */
export interface KnownResource {
  /** Its name in this program. */
  readonly name: string;
  /** Its URN in this program first, then those from its aliases and its parents' aliases. */
  readonly urns: readonly string[];
}

/** The SDK's internal fields of a resource. */
interface Declared {
  /** As URNs. Only the resource's own: the engine adds those of the parents. */
  readonly __aliases?: readonly Input<string>[];
  readonly __name?: string;
  readonly __parentResource?: Resource;
}

/** A declared resource, once the engine knows it. */
export async function knownResource(resource: Resource): Promise<KnownResource> {
  const { __aliases = [], __name, __parentResource } = resource as Declared;
  const urn = await settled(resource.urn);
  const own = await Promise.all(__aliases.map((alias) => settled(output(alias))));
  return known(__name ?? nameIn(urn), [urn, ...own], __parentResource);
}

/** A resource that is about to be declared. */
export async function plannedResource(
  type: string,
  name: string,
  opts: ComponentResourceOptions | undefined,
): Promise<KnownResource> {
  const { aliases = [], parent } = opts ?? {};
  const urn = await settled(createUrn(name, type, settledParentUrn(opts)));
  const own = await Promise.all(ownAliases(aliases, type, name, parent).map(settled));
  return known(name, [urn, ...own], parent);
}

/** The URNs of a child, declared or not, in the order in which the engine looks for them. */
export function childUrns({ name: parentName, urns }: KnownResource, type: string, name: string): string[] {
  return urns.map((parentUrn) => childUrn(parentUrn, parentName, type, name));
}

/** The name in a URN. */
export function nameIn(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

async function known(name: string, own: readonly string[], parent: Resource | undefined): Promise<KnownResource> {
  const parentNames = parent === undefined ? undefined : await knownResource(parent);
  const inherited = (parentNames?.urns ?? [])
    .slice(1)
    .flatMap((parentUrn) =>
      own.map((urn) => childUrn(parentUrn, parentNames?.name ?? "", ownTypeIn(urn), nameIn(urn))),
    );
  return { name, urns: [...new Set([...own, ...inherited])] };
}

/**
 * The URN of a child. By the engine's rule, a child whose name begins with its parent's name takes the parent's former name.
 */
function childUrn(parentUrn: string, parentName: string, type: string, name: string): string {
  const formerName = name.startsWith(parentName) ? nameIn(parentUrn) + name.slice(parentName.length) : name;
  const prefix = parentUrn.slice(0, parentUrn.lastIndexOf("::"));
  const parentTypes = prefix.endsWith("::pulumi:pulumi:Stack")
    ? prefix.slice(0, -"pulumi:pulumi:Stack".length)
    : `${prefix}$`;
  return `${parentTypes}${type}::${formerName}`;
}

/** The type of a resource, without its parents' types. */
function ownTypeIn(urn: string): string {
  const types = urn.slice(0, urn.lastIndexOf("::"));
  return types.slice(Math.max(types.lastIndexOf("$") + 1, types.lastIndexOf("::") + 2));
}

/**
 * The URNs from a resource's own aliases. The SDK resolves them with the parent, whose aliases it must not see here.
 */
function ownAliases(
  aliases: readonly Input<string | Alias>[],
  type: string,
  name: string,
  parent: Resource | undefined,
): Output<string>[] {
  const urn = parent?.urn ?? output(`urn:pulumi:${getStack()}::${getProject()}::pulumi:pulumi:Stack::stack`);
  const parentAlone = { __pulumiResource: true, urn, __aliases: [] } as unknown as Resource;
  return allAliases([...aliases], name, type, parentAlone, "");
}

/** The plain value of an output. The output would depend on the resource, and so wait for all of its children. */
function settled(value: Output<string>): Promise<string> {
  return new Promise((resolve) => {
    value.apply(resolve);
  });
}
