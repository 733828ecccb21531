import { PkiError } from "../errors";
import type { Context } from "../lifecycle/context";
import { type Imported, importedText, wrongId } from "./importing";
import { isObject, type Properties } from "./wire";

const FORM = "CA-JSON,NAME with the file of step-ca and the name of a JWK provisioner in it";

/**
 * The arguments and the record of a JWK provisioner of a ca.json, from the id `CA-JSON,NAME`. Its private key stays encrypted as it
 * is, under the password that it has.
 *
 * @throws PkiError `INPUT_INVALID`, `FILE_UNUSABLE`
 */
export async function importedProvisioner(id: string, context: Context): Promise<Imported> {
  const [, file = "", name = ""] = /^([^,]+),(.+)$/s.exec(id) ?? [];
  if (file === "") {
    throw wrongId(id, "a JWK provisioner", FORM);
  }
  const found = provisionersIn(await importedText(file, "the configuration of step-ca", context)).filter(
    (each) => String(each["type"]).toUpperCase() === "JWK",
  );
  const provisioner = found.find((each) => each["name"] === name);
  const { key, encryptedKey } = provisioner ?? {};
  if (!isPublicJwk(key) || typeof encryptedKey !== "string" || encryptedKey.split(".").length !== 5) {
    throw new PkiError(
      "INPUT_INVALID",
      provisioner === undefined
        ? `${file} has no JWK provisioner with that name`
        : `the provisioner of ${file} has no public key with an encrypted private key beside it`,
      `Name one of: ${found.map((each) => String(each["name"])).join(", ") || "none"}`,
    );
  }
  return {
    args: { provisioner: name },
    recorded: () => ({ id: key["kid"] ?? "", state: { provisioner: name, key, encryptedKey } }),
  };
}

function provisionersIn(text: string): Properties[] {
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    config = undefined;
  }
  const authority = isObject(config) ? config["authority"] : undefined;
  const all = isObject(authority) ? authority["provisioners"] : undefined;
  return Array.isArray(all) ? (all as unknown[]).filter(isObject) : [];
}

/** Whether a value is a JWK with a name, and without a private part (RFC 7517, section 9.2). */
function isPublicJwk(key: unknown): key is Readonly<Record<string, string>> {
  return (
    isObject(key) &&
    typeof key["kid"] === "string" &&
    key["d"] === undefined &&
    key["k"] === undefined &&
    Object.values(key).every((value) => typeof value === "string")
  );
}
