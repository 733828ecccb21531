import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf, PkiError } from "../errors";
import { describeIntermediate, describeRoot } from "../authority/existingRootFacts";
import { isJsonObject, type JsonObject } from "../stepca/jsonObject";
import { rootDirectory } from "../words/rootDirectory";
import { certificatePem } from "../x509/pem";

/** What the settings say of the certificates that the stack adopts. */
export interface AdoptSettings {
  readonly root: unknown;
  readonly intermediate: unknown;
}

/**
 * A rotation with the facts about adopted certificates, as `up` completes it: the real ends of a root that rotates and of an
 * intermediate.
 *
 * @param cwd below the folder of Pulumi.yaml, to which the files are relative
 * @throws PkiError `FILE_UNUSABLE`, and `INPUT_INVALID` for a file without a certificate
 */
export async function withAdopted(
  rotation: unknown,
  { root, intermediate }: AdoptSettings,
  cwd: string,
): Promise<unknown> {
  if (!isJsonObject(rotation)) {
    return rotation;
  }
  const facts: JsonObject = {};
  if (rotation["root"] !== undefined && rotation["existingRoot"] === undefined) {
    const pem = await adoptedPem(root, "rootAdopt", cwd);
    Object.assign(facts, pem === undefined ? {} : { existingRoot: describeRoot(pem) });
  }
  if (rotation["existingIntermediate"] === undefined) {
    const pem = await adoptedPem(intermediate, "intermediateAdopt", cwd);
    Object.assign(facts, pem === undefined ? {} : { existingIntermediate: describeIntermediate(pem) });
  }
  return { ...rotation, ...facts };
}

async function adoptedPem(setting: unknown, name: string, cwd: string): Promise<string | undefined> {
  const file = isJsonObject(setting) ? setting["certificate"] : undefined;
  if (typeof file !== "string") {
    return undefined;
  }
  let text: string;
  try {
    text = await readFile(resolve(rootDirectory(cwd), file), "utf8");
  } catch (cause) {
    throw new PkiError(
      "FILE_UNUSABLE",
      `the file "${file}" of kms-pki:${name}.certificate cannot be read: ${messageOf(cause)}`,
      "Name a readable file",
      { cause },
    );
  }
  return certificatePem(text, `the file of kms-pki:${name}.certificate`);
}
