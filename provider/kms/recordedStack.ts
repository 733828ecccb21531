import { authorityIn, isAuthorityId, resourceIn } from "./ownerMark";

/** A resource as the state has it. */
export interface RecordedResource {
  /** With the types of today, as `withPresentTypes` gives it. */
  readonly urn: string;
  /** Without that of its parents: `pulumi-nodejs:dynamic/kms-pki:ExistingKey`. */
  readonly type: string;
  /** The name in the program. */
  readonly name: string;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** What the state of a stack tells of keys. */
export class RecordedStack {
  readonly #prefix: string;
  /** `PROJECT/STACK` */
  readonly path: string;
  readonly resources: readonly RecordedResource[];
  readonly #authorityIds: readonly unknown[];

  /** @param prefix `urn:pulumi:STACK::PROJECT::`, with which every URN of the stack begins */
  constructor(prefix: string, resources: readonly RecordedResource[]) {
    const [, stack = "", project = ""] = /^urn:pulumi:(.*?)::(.*?)::$/.exec(prefix) ?? [];
    this.#prefix = prefix;
    this.path = `${project}/${stack}`;
    this.resources = resources;
    this.#authorityIds = resources.map(({ outputs }) => outputs["authorityId"]).filter(isAuthorityId);
  }

  /** The resources of some type. */
  ofType(type: string): RecordedResource[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  /** The values that its resources have for an output. */
  texts(output: string): string[] {
    return this.resources.flatMap(({ outputs: { [output]: value } }) => (typeof value === "string" ? [value] : []));
  }

  /** The URIs of the keys that its resources stand for, and of those that a rotation released. */
  get keyUris(): string[] {
    return [...this.texts("uri"), ...this.texts("releasedKeys").flatMap((list) => JSON.parse(list) as string[])];
  }

  /** Whether the mark in a file or a slot is one of a resource of this stack. */
  ownsMark(mark: string): boolean {
    return resourceIn(mark).startsWith(this.#prefix) && this.#isOwnAuthority(authorityIn(mark));
  }

  /**
   * The name of the resource that a tag of this stack names, or undefined for a tag of another: `PROJECT/STACK/ID/NAME`, where
   * the id tells, or of 0.1.0 `PROJECT/STACK/NAME`.
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

  /** Whether there is a resource of that name and some type. */
  has(name: string, type: string): boolean {
    return this.ofType(type).some((resource) => resource.name === name);
  }

  /** The marks of 0.1.0 name no authority. */
  #isOwnAuthority(id: string | undefined): boolean {
    return id === undefined || this.#authorityIds.includes(id);
  }
}
