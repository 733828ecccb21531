import type { Alias } from "@pulumi/pulumi/proto/alias_pb";

const STACK_TYPE = "pulumi:pulumi:Stack";

/** The parts of a resource's URN. */
export interface UrnParts {
  readonly stack: string;
  readonly project: string;
  /** The URN of the parent; empty without one. */
  readonly parent: string;
  readonly type: string;
  readonly name: string;
}

/** The URN of a resource. */
export function urnOf({ stack, project, parent, type, name }: UrnParts): string {
  const parentType = parent === "" ? STACK_TYPE : qualifiedTypeOf(parent);
  return `urn:pulumi:${stack}::${project}::${parentType === STACK_TYPE ? "" : `${parentType}$`}${type}::${name}`;
}

/** The type in a URN, without that of the parents. */
export function typeOf(urn: string): string {
  return qualifiedTypeOf(urn).split("$").at(-1) ?? "";
}

/** The name in a URN. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/**
 * All former URNs under which the state may contain a resource.
 *
 * @param parentBefore the former URN under which this run found the parent, if it differs
 */
export function aliasUrns(parts: UrnParts, aliases: readonly Alias[], parentBefore: string | undefined): string[] {
  const own = aliases.map((alias) => aliasParts(parts, alias));
  const inherited = [parts, ...own.filter((alias) => typeof alias !== "string" && alias.parent === parts.parent)]
    .filter((each) => typeof each !== "string")
    .flatMap((each) => (parentBefore === undefined ? [] : [inheritedParts(each, parentBefore)]));
  return [...own, ...inherited].map((each) => (typeof each === "string" ? each : urnOf(each)));
}

function aliasParts(parts: UrnParts, alias: Alias): UrnParts | string {
  const spec = alias.getSpec();
  if (spec === undefined) {
    return alias.getUrn();
  }
  return {
    stack: spec.getStack() || parts.stack,
    project: spec.getProject() || parts.project,
    type: spec.getType() || parts.type,
    name: spec.getName() || parts.name,
    parent: spec.getNoparent() ? "" : spec.getParenturn() || parts.parent,
  };
}

/** A child whose name begins with its parent's name was also named after the former parent. */
function inheritedParts(child: UrnParts, parentBefore: string): UrnParts {
  const parentName = nameOf(child.parent);
  const name = child.name.startsWith(parentName)
    ? nameOf(parentBefore) + child.name.slice(parentName.length)
    : child.name;
  return { ...child, name, parent: parentBefore };
}

function qualifiedTypeOf(urn: string): string {
  return urn.split("::")[2] ?? "";
}
