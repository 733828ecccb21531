import { PkiError } from "../errors";
import { isJsonObject, type JsonObject } from "../stepca/jsonObject";
import { OutputReader, type OutputsOrigin } from "./outputReader";
import { exportingLine } from "./programLines";

/**
 * The outputs of every authority. An object among the outputs that has the first and the last of them is an authority.
 */
export const REQUIRED_OUTPUTS = [
  "rootCertificate",
  "rootKey",
  "rootFingerprint",
  "intermediateKey",
  "intermediateCertificate",
  "caConfig",
] as const;

/**
 * Finds one authority among the outputs of a stack: an output that is one, or the outputs themselves, as in the root stack.
 *
 * @param origin for messages
 * @param name of the output. Without it, the stack must have exactly one authority, or be one
 * @throws PkiError `AUTHORITY_NOT_FOUND`, `AUTHORITY_AMBIGUOUS`
 */
export function chooseAuthority(outputs: JsonObject, origin: OutputsOrigin, name?: string): OutputReader {
  const names = authoritiesIn(outputs);
  if (name === undefined && areAuthority(outputs, names)) {
    return new OutputReader(outputs, origin);
  }
  const [chosen, other] = name === undefined ? names : names.filter((each) => each === name);
  if (chosen === undefined) {
    throw notFound(outputs, origin, names, name);
  }
  if (other !== undefined) {
    throw new PkiError(
      "AUTHORITY_AMBIGUOUS",
      `${origin.name} returned several authorities: ${names.join(", ")}`,
      `Choose one: --authority ${chosen}`,
    );
  }
  const hidden = name === undefined ? hiddenIn(outputs) : [];
  if (hidden.length > 0) {
    throw new PkiError(
      "AUTHORITY_AMBIGUOUS",
      `${origin.name} returned the authority ${chosen}, and hid ${hidden.join(", ")}, which may be another`,
      `Choose it with --authority ${chosen}, or give pulumi stack output the option --show-secrets`,
    );
  }
  return new OutputReader(outputs[chosen] as JsonObject, origin, `${chosen}.`);
}

/** Whether the outputs themselves are an authority, which they may be in part only where no other is. */
function areAuthority(outputs: JsonObject, others: readonly string[]): boolean {
  const given = REQUIRED_OUTPUTS.filter((each) => has(outputs, each));
  if (isRequesting(outputs)) {
    return true;
  }
  return given.length === REQUIRED_OUTPUTS.length || (given.length > 0 && others.length === 0);
}

function authoritiesIn(outputs: JsonObject): string[] {
  return Object.keys(outputs).filter((each) => isAuthority(outputs[each]));
}

function isAuthority(value: unknown): value is JsonObject {
  return isJsonObject(value) && ((has(value, "rootCertificate") && has(value, "caConfig")) || isRequesting(value));
}

/** Whether outputs are those of an authority whose intermediate an issuer elsewhere signs, answered or not. */
function isRequesting(outputs: JsonObject): boolean {
  return has(outputs, "requests") && has(outputs, "intermediateKey");
}

function has(outputs: JsonObject, name: string): boolean {
  return Object.hasOwn(outputs, name) && outputs[name] !== null;
}

/** The outputs that are secret as a whole, and not shown. */
function hiddenIn(outputs: JsonObject): string[] {
  return Object.keys(outputs).filter((each) => outputs[each] === "[secret]");
}

function notFound(outputs: JsonObject, origin: OutputsOrigin, names: readonly string[], name?: string): PkiError {
  const { name: source, runtime } = origin;
  const hidden = hiddenIn(outputs).filter((each) => (name ?? each) === each);
  if (hidden.length > 0) {
    return new PkiError(
      "AUTHORITY_NOT_FOUND",
      `${source} returned no authority, and hid ${hidden.join(", ")}`,
      "Give pulumi stack output the option --show-secrets",
    );
  }
  if (name !== undefined && names.length > 0) {
    return new PkiError(
      "AUTHORITY_NOT_FOUND",
      `${source} returned no authority "${name}"`,
      `Correct --authority: ${names.join(", ")}`,
    );
  }
  const [within] = Object.entries(outputs).flatMap(([output, value]) =>
    isJsonObject(value) ? authoritiesIn(value).map((inner) => `${output}.${inner}`) : [],
  );
  if (within !== undefined) {
    return new PkiError(
      "AUTHORITY_NOT_FOUND",
      `${source} returned an authority only inside another output: ${within}`,
      "Export each authority under a name of its own, and run pulumi up",
    );
  }
  return new PkiError(
    "AUTHORITY_NOT_FOUND",
    `${source} returned no authority${name === undefined ? "" : ` "${name}"`}`,
    `${Object.keys(outputs).length === 0 ? "Run pulumi up. If it has run, have" : "Have"} the program export it` +
      `${exportingLine(runtime)}, run pulumi up, and choose the stack with --stack`,
  );
}
