import { createHash } from "node:crypto";
import { extname } from "node:path";
import { PkiError } from "../../errors";
import { isJsonObject, type JsonObject } from "../../stepca/jsonObject";
import type { SshKeyType } from "../../stepca/sshKeys";
import { caConfigText } from "./caConfigText";
import { type HostState, SSH_KEY_FIELDS, SSH_KEY_TYPES, sshOf } from "./hostTrust";
import { chainIn } from "./servedChain";
import type { SentFile } from "./tarArchive";

/** The files of the active SSH keys, from which a host's keys are known. */
export const SSH_FILES: Readonly<Record<SshKeyType, string>> = {
  user: "ssh_user_ca_key.pub",
  host: "ssh_host_ca_key.pub",
};

/** The name under which ca.json is sent. It becomes `ca.json` by a rename. */
export const NEXT_CONFIG = "ca.next.json";

/** What one host of step-ca is to have. */
export interface Release extends HostState {
  /** The folder of ca.json on the host, absolute. */
  readonly directory: string;
  /**
   * What step-ca reads: ca.json as {@link NEXT_CONFIG}, and the certificates that it names. They have a checksum in their names, so that
   * neither the served ca.json nor the previous one loses its certificates.
   */
  readonly files: readonly SentFile[];
  /** Everything but ca.json under the original names, for people and other programs. */
  readonly copies: readonly SentFile[];
  /** The key files that ca.json names, absolute. They are never sent. */
  readonly keyFiles: readonly string[];
}

/**
 * Makes a release of the files of an export whose ca.json is for that host.
 *
 * @param exported by their names, `ca.json` among them
 * @throws PkiError `CONFIG_INVALID` if ca.json names a file that cannot be there
 */
export function releaseOf(exported: ReadonlyMap<string, Buffer>, directory: string): Release {
  let text = exported.get("ca.json")?.toString("utf8") ?? "";
  const [files, copies]: [SentFile[], SentFile[]] = [[], []];
  for (const [name, content] of [...exported].sort(([one], [other]) => (one < other ? -1 : 1))) {
    if (name === "ca.json") {
      continue;
    }
    if (!/^[A-Za-z0-9._-]{1,60}$/.test(name)) {
      throw refused(
        `the name of ${JSON.stringify(name)} has characters that a host may not take`,
        "Give it another name",
      );
    }
    copies.push({ name, content });
    const path = JSON.stringify(`${directory}/${name}`);
    if (text.includes(path)) {
      const unique = uniqueName(name, content);
      files.push({ name: unique, content });
      text = text.replaceAll(path, JSON.stringify(`${directory}/${unique}`));
    }
  }
  const config: unknown = JSON.parse(text);
  if (!isJsonObject(config)) {
    throw refused("ca.json is not an object", "Correct caConfig in the program");
  }
  const contentOf = (field: "root" | "crt"): string =>
    pathsIn(config, field)
      .map((path) => {
        const file = files.find(({ name }) => `${directory}/${name}` === path);
        if (file === undefined) {
          throw refused(
            `${field} in ca.json names ${path}, which is not exported`,
            "Let the program say nothing of it in caConfig",
          );
        }
        return file.content.toString("utf8");
      })
      .join("");
  return releaseWith(config, {
    directory,
    files,
    copies,
    rootsPem: contentOf("root"),
    issuers: chainIn(contentOf("crt")),
    sshLines: sshLines((name) => exported.get(name)?.toString("utf8")),
  });
}

/**
 * A release with a ca.json, in the place of any that it had.
 *
 * @throws PkiError `CONFIG_INVALID` if a host may not take the name of a key file
 */
export function releaseWith(config: JsonObject, release: Omit<Release, "config" | "keyFiles">): Release {
  const files = release.files.filter(({ name }) => name !== NEXT_CONFIG);
  const configFile = { name: NEXT_CONFIG, content: Buffer.from(caConfigText(config)) };
  return { ...release, config, files: [...files, configFile], keyFiles: keyFilesIn(config) };
}

/** The lines of the active SSH keys in the files that hold them. */
export function sshLines(read: (name: string, type: SshKeyType) => string | undefined): HostState["sshLines"] {
  return Object.fromEntries(
    SSH_KEY_TYPES.flatMap((type) => {
      const line = read(SSH_FILES[type], type);
      return line === undefined ? [] : [[type, line]];
    }),
  );
}

/** The paths that a field of a ca.json names: `root`, `crt`. */
export function pathsIn(config: JsonObject, field: string): string[] {
  return [config[field]].flat().filter((path) => typeof path === "string");
}

/** The fields of ca.json that differ between two, for the log: ca.json is replaced as a whole, including manual settings. */
export function changedFields(present: JsonObject, next: JsonObject): string[] {
  return Object.keys({ ...present, ...next }).filter(
    (field) => JSON.stringify(present[field]) !== JSON.stringify(next[field]),
  );
}

/**
 * The key files that a ca.json names, absolute.
 *
 * @throws PkiError `CONFIG_INVALID` if a host may not take the name of one
 */
function keyFilesIn(config: JsonObject): string[] {
  const ssh = sshOf(config);
  const files = [config["key"], ssh[SSH_KEY_FIELDS.user], ssh[SSH_KEY_FIELDS.host]].filter(
    (key) => typeof key === "string" && key.startsWith("/"),
  ) as string[];
  const strange = files.find((file) => !/^[A-Za-z0-9._@+/-]+$/.test(file));
  if (strange !== undefined) {
    throw refused(
      `ca.json names the key file ${JSON.stringify(strange)}, with characters that a host may not take`,
      "Rename it",
    );
  }
  return files;
}

/** The name that a certificate has on a host: with a checksum of its content. */
export function uniqueName(name: string, content: Buffer): string {
  const extension = extname(name);
  const digest = createHash("sha256").update(content).digest("hex").slice(0, 16);
  return `certificates/${name.slice(0, name.length - extension.length)}-${digest}${extension}`;
}

function refused(reason: string, remedy: string): PkiError {
  return new PkiError("CONFIG_INVALID", `the export cannot be deployed: ${reason}`, remedy);
}
