import { PkiError } from "../errors";
import { authorityIn, isAuthorityId, resourceIn } from "../kms/ownerMark";
import { isJsonObject, type JsonObject } from "../stepca/config";
import { runPulumi, type StackChoice } from "./pulumiQuestion";
import type { Shell } from "./shell";

/** A resource as the state has it. */
export interface StackResource {
  readonly urn: string;
  /** Without that of its parents: `aws:kms/key:Key`. */
  readonly type: string;
  /** The name in the program. */
  readonly name: string;
  readonly outputs: JsonObject;
}

const QUESTION = {
  command: ["stack", "export"],
  name: "pulumi stack export",
  code: "OUTPUTS_UNREADABLE",
  instead: "leave --check out",
} as const;

/** What the state of a stack tells of keys. */
export class StackState {
  /** `urn:pulumi:STACK::PROJECT::`, with which every URN of the stack begins. */
  readonly #prefix: string;
  /** `PROJECT/STACK` */
  readonly path: string;
  readonly resources: readonly StackResource[];
  readonly #authorityIds: readonly unknown[];

  private constructor(prefix: string, resources: readonly StackResource[]) {
    const [, stack = "", project = ""] = /^urn:pulumi:(.*?)::(.*?)::$/.exec(prefix) ?? [];
    this.#prefix = prefix;
    this.path = `${project}/${stack}`;
    this.resources = resources;
    this.#authorityIds = resources.map(({ outputs }) => outputs["authorityId"]).filter(isAuthorityId);
  }

  /** @throws PkiError `OUTPUTS_UNREADABLE` */
  static async read(choice: StackChoice, shell: Shell): Promise<StackState> {
    return StackState.parse(await runPulumi(QUESTION, choice, shell));
  }

  /**
   * Reads what `pulumi stack export` prints.
   *
   * @throws PkiError `OUTPUTS_UNREADABLE`
   */
  static parse(text: string): StackState {
    const resources = resourcesIn(text).map(readResource);
    const prefix = /^urn:pulumi:.*?::.*?::/.exec(resources[0]?.urn ?? "")?.[0];
    if (prefix === undefined) {
      throw new PkiError("OUTPUTS_UNREADABLE", `${QUESTION.name} gave no resources`, "Run pulumi up first");
    }
    return new StackState(prefix, resources);
  }

  /** The resources of some type. */
  ofType(type: string): StackResource[] {
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

function resourcesIn(text: string): JsonObject[] {
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch {
    state = undefined; // the parser's own message would quote the text
  }
  const deployment = isJsonObject(state) ? state["deployment"] : undefined;
  const resources = isJsonObject(deployment) ? deployment["resources"] : undefined;
  return Array.isArray(resources) ? resources.filter(isJsonObject) : [];
}

function readResource({ urn, outputs }: JsonObject): StackResource {
  const text = String(urn);
  const types = text.split("::")[2] ?? "";
  return {
    urn: text,
    type: types.slice(types.lastIndexOf("$") + 1),
    name: text.split("::").slice(3).join("::"),
    outputs: isJsonObject(outputs) ? outputs : {},
  };
}
