import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf, PkiError } from "../errors";
import { algorithmOf } from "../kms/algorithms";
import type { Context } from "../lifecycle/context";
import { publicKeyPem } from "../x509/certificate";
import { type Properties, withoutAbsent } from "./wire";

/** A thing that exists, as an import takes it over. */
export interface Imported {
  /** The arguments with which a program declares it. */
  readonly args: Properties;
  /** Its id and its record, from the checked inputs. Absent where making it from its arguments takes over what is there. */
  readonly recorded?: (inputs: Properties) => { readonly id: string; readonly state: object };
}

/** An import of what is taken over by its arguments alone. */
export function declaredAs(
  argumentsOf: (id: string, context: Context) => object | Promise<object>,
): (id: string, context: Context) => Promise<Imported> {
  return async (id, context) => ({ args: withoutAbsent((await argumentsOf(id, context)) as Properties) });
}

/**
 * The parts of an id, in one of the forms that its type has.
 *
 * @param forms such as `FILE,KEY-URI`
 * @throws PkiError `INPUT_INVALID`
 */
export function partsOf(id: string, what: string, ...forms: readonly string[]): string[] {
  const parts = id.split(",");
  if (parts.includes("") || !forms.some((form) => form.split(",").length === parts.length)) {
    throw wrongId(id, what, ...forms);
  }
  return parts;
}

/** The error for an id that does not name what is to be imported. */
export function wrongId(id: string, what: string, ...forms: readonly string[]): PkiError {
  return new PkiError(
    "INPUT_INVALID",
    `"${id.slice(0, 200)}" does not name ${what} to import`,
    `Give ${forms.join(", or ")}`,
  );
}

/** A key, as it is given to a resource that signs with it. */
export async function importedKey(
  uri: string,
  { backends }: Context,
): Promise<Properties & { readonly algorithm: string }> {
  const { publicKey, kms } = await (await backends.keyManager(uri)).describeKey(uri);
  return {
    ...{ uri, algorithm: algorithmOf(publicKey), publicKeyPem: publicKeyPem(publicKey) },
    ...(kms === undefined ? {} : { kms }),
  };
}

/**
 * The text of a file that an id names, relative to Pulumi.yaml.
 *
 * @throws PkiError `FILE_UNUSABLE`
 */
export async function importedText(file: string, what: string, { secrets }: Context): Promise<string> {
  try {
    return await readFile(resolve(secrets.rootDirectory, file), "utf8");
  } catch (cause) {
    throw new PkiError("FILE_UNUSABLE", `${file} cannot be read: ${messageOf(cause)}`, `Name a file with ${what}`, {
      cause,
    });
  }
}
