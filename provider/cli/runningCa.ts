import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { KeyRole } from "../authority/keyNames";
import type { KmsDescriptor } from "../kms/descriptor";
import { kmsRegistry } from "../kms/registry/registry";
import type { StepCaKms } from "../kms/takeover";
import { isJsonObject, type JsonObject } from "../stepca/jsonObject";
import { kmsTypeOf } from "../stepca/kmsBlock";
import { invalid, type Problem } from "../words/problem";
import { JsonDocument } from "./jsonDocument";

/** The fields of ca.json that name keys, by the roles of the keys. */
export const KEY_FIELDS: Readonly<Record<Exclude<KeyRole, "root">, readonly string[]>> = {
  intermediate: ["key"],
  "ssh-user-key": ["ssh", "userKey"],
  "ssh-host-key": ["ssh", "hostKey"],
};

/** The ca.json of a step-ca that runs. */
export interface RunningCa {
  /** Everything in it. */
  readonly config: JsonObject;
  /** The files with roots, and the one with the intermediate. */
  readonly rootFiles: readonly string[];
  readonly crtFile: string;
  /** The names of its keys. It never names the root's. */
  readonly keys: Readonly<Partial<Record<KeyRole, string>>>;
  /** Undefined if this package does not know its KMS. */
  readonly descriptor: KmsDescriptor | undefined;
  readonly kms: StepCaKms;
  readonly dnsNames: readonly string[];
  readonly address: string | undefined;
  /** Makes a path of it absolute. A relative one starts from its folder or, if there is no such file, from the current folder. */
  readonly resolve: (path: string) => string;
}

/**
 * Reads a ca.json.
 *
 * @param path of the file, absolute
 * @param name of the file, for messages
 * @throws PkiError `CONFIG_INVALID` if it is not a JSON object
 */
export function readRunningCa(
  text: string,
  { path, name, cwd }: { readonly path: string; readonly name: string; readonly cwd: string },
): { readonly ca: RunningCa; readonly problems: readonly Problem[] } {
  const document = new JsonDocument(text, name);
  const problems: Problem[] = [];
  const texts = (field: string): string[] => {
    const value = document.get([field]);
    const found = (Array.isArray(value) ? (value as unknown[]) : [value]).filter(
      (each): each is string => typeof each === "string" && each !== "",
    );
    return found;
  };
  const required = (field: string): string[] => {
    const found = texts(field);
    if (found.length === 0) {
      problems.push(invalid(field, "it is missing", "Give a ca.json that step-ca starts with"));
    }
    return found;
  };
  const keys = Object.fromEntries(
    Object.entries(KEY_FIELDS).flatMap(([role, field]) => {
      const value = document.get(field);
      return typeof value === "string" && value !== "" ? [[role, value]] : [];
    }),
  ) as RunningCa["keys"];
  if (keys.intermediate === undefined) {
    problems.push(invalid("key", "it is missing", "Give a ca.json that step-ca starts with"));
  }
  if ((keys["ssh-user-key"] === undefined) !== (keys["ssh-host-key"] === undefined)) {
    problems.push(
      invalid("ssh", "it has only one of hostKey and userKey", "Give both, or remove ssh from a copy of it"),
    );
  }
  const block = document.get(["kms"]);
  const kms = isJsonObject(block) ? block : {};
  const type = kmsTypeOf(kms) ?? kmsRegistry.ofFiles.scheme;
  const descriptor = kmsRegistry.withScheme(type);
  if (descriptor === undefined) {
    const known = kmsRegistry.all.map(({ scheme }) => scheme).join(", ");
    problems.push(invalid("kms", `this package has no keys in "${type}"`, `Its key management services are ${known}`));
  }
  const [password, [address]] = [document.get(["password"]), texts("address")];
  return {
    ca: {
      config: JSON.parse(text) as JsonObject,
      rootFiles: required("root"),
      crtFile: required("crt")[0] ?? "",
      ...{ keys, descriptor, dnsNames: texts("dnsNames"), address },
      kms: { block: lowerCase(kms), password: typeof password === "string" ? password : undefined },
      resolve: (file) => {
        const beside = join(dirname(path), file);
        return isAbsolute(file) ? file : existsSync(beside) ? beside : resolve(cwd, file);
      },
    },
    problems,
  };
}

/** Go ignores the case of field names. */
function lowerCase(block: JsonObject): StepCaKms["block"] {
  return Object.fromEntries(
    Object.entries(block).flatMap(([name, value]) =>
      typeof value === "string" && value !== "" ? [[name.toLowerCase(), value]] : [],
    ),
  );
}
