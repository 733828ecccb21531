import { createRequire } from "node:module";
import {
  type Alias,
  CustomResource,
  type CustomResourceOptions,
  type Input,
  type Inputs,
  output,
  Output,
  type URN,
} from "../pulumi";
import { messageOf, PkiError } from "../errors";
import { cleanPem, cleanText, type PemInputs, type PemReader, replacePem } from "../inputs/pem";
import { DECLARED, declaredType, isServedByPlugin, otherTypes } from "../kms/resourceType";
import { type Problem, refuseProblems } from "../words/problem";
import type * as lifecycles from "../lifecycle";
import { plainValues } from "./knownInputs";
import { showProgramFrames } from "./programFrames";
import { endOfTurn, refusing } from "./turn";

const LIFECYCLE_MODULE = "pulumi-kms-pki/lifecycle";

/**
 * A resource whose lifecycle is in this package's `./lifecycle` export.
 *
 * `pulumi.dynamic.Resource` would serialize the code into the state. This class records a single line that requires the
 * code by name from the program's folder. So nothing is captured, the TypeScript compiler is not loaded, and an upgrade
 * of the package does not change the resource. It relies on what the SDK's dynamic provider process does with
 * `__provider`: it evaluates it as a module and calls its `handler` export.
 */
export abstract class LifecycleResource extends CustomResource {
  /**
   * @param lifecycle the name that `./lifecycle` exports
   * @param type the resource's type, of the module `kms-pki`
   * @param properties the inputs; outputs are listed as undefined
   * @param check finds the problems of the inputs that are already known
   * @param pemInputs the inputs that are PEM texts
   * @throws PkiError `INPUT_INVALID` before anything is registered
   */
  protected constructor(
    lifecycle: keyof typeof lifecycles,
    type: string,
    name: string,
    properties: Inputs,
    check: (plain: Readonly<Record<string, unknown>>) => readonly Problem[],
    opts: CustomResourceOptions | undefined,
    pemInputs: PemInputs = {},
  ) {
    const problems = (): readonly Problem[] => {
      const { inputs, problems: unreadable } = cleanPem(plainValues(properties), pemInputs);
      return [...unreadable, ...check(inputs)];
    };
    if (isOnlyAsked) {
      throw new Asked(
        problems(),
        () => replacePem(properties, pemInputs, keptOf),
        (opts?.additionalSecretOutputs ?? []).map(String),
      );
    }
    refusing(() => {
      refuseProblems(`${type} "${name}"`, problems());
      if (!isServedByPlugin()) {
        requireLifecycle();
      }
    });
    const provider = isServedByPlugin()
      ? { [DECLARED]: endOfTurn().then(() => true) }
      : { __provider: endOfTurn().then(() => providerSource(lifecycle)) };
    const showAllFrames = showProgramFrames();
    try {
      super(
        declaredType(type),
        name,
        { ...replacePem(properties, pemInputs, keptOf), ...provider },
        withOtherTypes(opts, type),
      );
    } finally {
      showAllFrames();
    }
  }
}

/** What a resource says to the engine. */
export interface Declared {
  /** As far as its arguments are known. */
  readonly problems: readonly Problem[];
  /** Its inputs; without problems only. */
  readonly inputs: () => Inputs;
  /** The outputs that are secret whatever the arguments are. */
  readonly secretOutputs: readonly string[];
}

/** Ends the construction of a resource that is only asked what it says. */
class Asked extends Error implements Declared {
  constructor(
    readonly problems: readonly Problem[],
    readonly inputs: () => Inputs,
    readonly secretOutputs: readonly string[],
  ) {
    super("the resource was only asked what it says");
  }
}

let isOnlyAsked = false;

/**
 * What a resource of these arguments would say to the engine. Nothing is registered. The plugin asks this for programs in any
 * language, so that the class alone knows what its arguments mean.
 *
 * @param construct constructs the resource
 */
export function declaredBy(construct: () => LifecycleResource): Declared {
  isOnlyAsked = true;
  try {
    construct();
  } catch (error) {
    if (error instanceof Asked) {
      return error;
    }
    throw error;
  } finally {
    isOnlyAsked = false;
  }
  throw new Error("the resource was constructed without saying anything"); // impossible
}

/**
 * The options, with the other types of the resource as aliases: alone, and with each name that the program gives.
 */
function withOtherTypes(opts: CustomResourceOptions | undefined, name: string): CustomResourceOptions {
  const aliases = opts?.aliases ?? [];
  const others = otherTypes(name).flatMap((type) => [
    { type },
    ...aliases.flatMap((alias) => (isAlias(alias) && alias.type === undefined ? [{ ...alias, type }] : [])),
  ]);
  return { ...opts, aliases: [...aliases, ...others] };
}

function isAlias(alias: Input<URN | Alias>): alias is Alias {
  return typeof alias === "object" && !Output.isInstance(alias) && !(alias instanceof Promise);
}

/** The module that the SDK's dynamic provider process evaluates, under 150 octets. */
export function providerSource(lifecycle: keyof typeof lifecycles): string {
  return `exports.handler=()=>require("module").createRequire(process.cwd()+"/")("${LIFECYCLE_MODULE}").${lifecycle}()`;
}

/**
 * The part of a PEM text to keep, for a text that was checked or is known only later. Nothing else reaches the engine.
 */
function keptOf(value: unknown, name: string, read: PemReader): unknown {
  return typeof value === "string"
    ? cleanText(value, name, read)
    : output(value as Input<string | undefined>).apply((text) =>
        text === undefined ? text : cleanText(text, name, read),
      );
}

let lifecycleFound = false;

/** Requires that the package is found from the program's folder, where the provider process looks it up. */
function requireLifecycle(): void {
  if (lifecycleFound) {
    return;
  }
  try {
    createRequire(`${process.cwd()}/`).resolve(LIFECYCLE_MODULE);
    lifecycleFound = true;
  } catch (cause) {
    throw new PkiError(
      "PACKAGE_NOT_FOUND",
      `"${LIFECYCLE_MODULE}" is not found from the Pulumi program's folder: ${messageOf(cause).split("\n")[0] ?? ""}`,
      "Make pulumi-kms-pki a direct dependency of the Pulumi project (npm install pulumi-kms-pki)",
      { cause },
    );
  }
}
