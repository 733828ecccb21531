import { resourceName } from "../provider/kms/resourceType";
import { UNKNOWN } from "../provider/words/unknown";

/** The properties of a resource. What is not known yet is `UNKNOWN`. */
export type Properties = Readonly<Record<string, unknown>>;

/** A resource, as a rule sees it before it is made. */
export interface DeclaredResource {
  readonly urn: string;
  readonly name: string;
  /** `Certificate`, `SoftKey` and so on for a resource of pulumi-kms-pki, whoever serves it. Else the whole type. */
  readonly type: string;
  /** Its inputs. In a stack: its outputs, or its inputs if it is about to be made or changed. */
  readonly properties: Properties;
  readonly isProtected: boolean;
}

/** A resource among those of its stack. */
export interface StackResource extends DeclaredResource {
  readonly parent?: StackResource;
  /** The resources that a property comes from, by the name of the property. */
  readonly sources: Readonly<Record<string, readonly StackResource[]>>;
}

/** A resource as the SDK describes it to a policy. */
export interface PolicyResource {
  readonly urn: string;
  readonly name: string;
  readonly type: string;
  /** An attempt to read what is not known yet throws. */
  readonly props: Readonly<Record<string, unknown>>;
  readonly opts: { readonly protect: boolean };
}

/** The same among those of its stack. */
export interface PolicyStackResource extends PolicyResource {
  readonly parent?: PolicyStackResource;
  readonly propertyDependencies: Readonly<Record<string, readonly PolicyStackResource[]>>;
}

/** Reads a resource. */
export function declaredResource({ urn, name, type, props, opts }: PolicyResource): DeclaredResource {
  return {
    ...{ urn, name, type: resourceName(type) ?? type, isProtected: opts.protect },
    properties: known(props) as Properties,
  };
}

/** Reads the resources of a stack. */
export function stackResources(resources: readonly PolicyStackResource[]): readonly StackResource[] {
  const found = new Map<PolicyStackResource, StackResource>();
  const read = (resource: PolicyStackResource): StackResource => {
    const before = found.get(resource);
    if (before !== undefined) {
      return before;
    }
    const { parent, propertyDependencies } = resource;
    const sources: Record<string, readonly StackResource[]> = {};
    const own = {
      ...declaredResource(resource),
      sources,
      ...(parent === undefined ? {} : { parent: read(parent) }),
    };
    found.set(resource, own);
    for (const [name, all] of Object.entries(propertyDependencies)) {
      sources[name] = all.map(read);
    }
    return own;
  };
  return resources.map(read);
}

/** A copy in which each value that the SDK refuses to give in a preview is `UNKNOWN`. */
function known(value: unknown): unknown {
  if (Array.isArray(value)) {
    return Array.from({ length: value.length }, (_, index) => entry(value, index));
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.keys(value).map((name) => [name, entry(value, name)]))
    : value;
}

function entry(value: object, name: string | number): unknown {
  let found: unknown;
  try {
    found = (value as Properties)[name];
  } catch {
    return UNKNOWN;
  }
  return known(found);
}
