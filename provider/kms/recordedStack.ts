import { authorityIn, isAuthorityId, resourceIn } from "./ownerMark";

/** A resource in the state. */
export interface RecordedResource {
  /** With the types of today, as `withPresentTypes` gives it. */
  readonly urn: string;
  /** The type, without its parents' types: `pulumi-nodejs:dynamic/kms-pki:ExistingKey`. */
  readonly type: string;
  /** The resource's name in the program. */
  readonly name: string;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** The keys in the state of a stack. */
export class RecordedStack {
  readonly #prefix: string;
  readonly project: string;
  /** `PROJECT/STACK` */
  readonly path: string;
  readonly resources: readonly RecordedResource[];
  readonly #authorityIds: readonly unknown[];

  /** @param prefix `urn:pulumi:STACK::PROJECT::`, with which every URN of the stack begins */
  constructor(prefix: string, resources: readonly RecordedResource[]) {
    const [, stack = "", project = ""] = /^urn:pulumi:(.*?)::(.*?)::$/.exec(prefix) ?? [];
    this.#prefix = prefix;
    this.project = project;
    this.path = `${project}/${stack}`;
    this.resources = resources;
    this.#authorityIds = resources.map(({ outputs }) => outputs["authorityId"]).filter(isAuthorityId);
  }

  /** The resources of some type. */
  ofType(type: string): RecordedResource[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  /** The string values of an output, over all resources. */
  texts(output: string): string[] {
    return this.resources.flatMap(({ outputs: { [output]: value } }) => (typeof value === "string" ? [value] : []));
  }

  /** The URIs of the keys of its resources, and of the keys that a rotation released. */
  get keyUris(): string[] {
    return [...this.texts("uri"), ...this.texts("releasedKeys").flatMap((list) => JSON.parse(list) as string[])];
  }

  /** Whether the mark in a file or a slot belongs to a resource of this stack. */
  ownsMark(mark: string): boolean {
    return resourceIn(mark).startsWith(this.#prefix) && this.#isOwnAuthority(authorityIn(mark));
  }

  /**
   * The name of the resource in a tag of this stack; undefined for another stack's tag. The form is
   * `PROJECT/STACK/ID/NAME`, where the id decides, or `PROJECT/STACK/NAME` in 0.1.0.
   */
  nameInTag(tag: string): string | undefined {
    const [project = "", stack = "", id, name] = tag.split("/");
    return isAuthorityId(id)
      ? this.#isOwnAuthority(id)
        ? name
        : undefined
      : `${project}/${stack}` === this.path
        ? id
        : undefined;
  }

  /** Whether there is a resource with a name and a type. */
  has(name: string, type: string): boolean {
    return this.ofType(type).some((resource) => resource.name === name);
  }

  /** The marks of 0.1.0 name no authority. */
  #isOwnAuthority(id: string | undefined): boolean {
    return id === undefined || this.#authorityIds.includes(id);
  }
}
