import type { Context } from "../lifecycle/context";
import type { Lifecycle } from "../lifecycle/provider";
import type { Imported } from "./importing";
import type { Form } from "./programValues";
import type { Properties } from "./wire";

/** The facts from which an output follows, in plain text. In a preview, any of them may be unknown. */
export interface Facts {
  /** What the lifecycle recorded. */
  readonly record: Properties;
  /** The inputs of the lifecycle. */
  readonly inputs: Properties;
  /** What {@link PluginResourceType.keeps} has kept. */
  readonly kept: Properties;
}

/** A type of resource, as the plugin serves it. */
export interface PluginResourceType {
  readonly lifecycle: (context: Context) => Lifecycle<object, object>;
  /** Whether only components of this package declare it, so that the schema leaves it out. */
  readonly isInternal?: true;
  /** Whether it makes a key, whose mark names the resource. */
  readonly isKey?: true;
  /** The forms of the arguments that are plain objects in a program. */
  readonly forms?: Readonly<Record<string, Form>>;
  /** Puts arguments of the class in the place of those that only programs in other languages have. */
  readonly takes?: (args: Properties) => Properties;
  /** The inputs that are outputs, too, so that a preview knows them. */
  readonly echoes?: readonly string[];
  /** The arguments that {@link follows} needs and that are not inputs of the lifecycle. Secrets are marked. */
  readonly keeps?: (args: Properties) => Properties;
  /** The thing that the id of an import names. Absent for what cannot be imported. */
  readonly imports?: (id: string, context: Context) => Promise<Imported> | Imported;
  /** The outputs that are not recorded, because a program in TypeScript computes them by itself. */
  readonly follows?: Readonly<Record<string, (facts: Facts) => unknown>>;
}
