import { readFile } from "node:fs/promises";
import { posix } from "node:path";
import type { NamedFile } from "../authority/exportedFiles";
import { PkiError } from "../errors";
import type { JsonObject } from "../stepca/jsonObject";
import { keyFiles, localPlacement, placeCaConfig, type Placement, secretFileOf } from "./caConfigPlacement";
import { withDatabaseUrl } from "./databaseUrl";
import { fileUnusable } from "./plannedFile";

/** What step-ca in a container reads, apart from certificates. */
export interface ContainerFiles {
  /** The ca.json with the paths in the container. */
  readonly config: JsonObject;
  /** The port on which it listens. */
  readonly port: number;
  /** The encrypted key files, by their names in the container. */
  readonly keys: readonly NamedFile[];
  /** Notes for a person. */
  readonly notes: readonly string[];
}

/** A private key that only a passphrase opens: PKCS#8, or OpenSSL's older form. */
const ENCRYPTED = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

/** The addresses on which only the container itself reaches step-ca. */
const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\]):/;

/**
 * Places a ca.json and its key files in a container. Keys of a KMS stay there.
 *
 * @param rootDirectory the folder of Pulumi.yaml
 * @throws PkiError `CONFIG_INVALID`, also for a key that is not encrypted, `FILE_UNUSABLE`, `KEY_URI_INVALID`, `SECRET_MISSING`
 */
export async function containerFiles(
  config: JsonObject,
  placement: Placement,
  rootDirectory: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ContainerFiles> {
  const local = localPlacement(rootDirectory, rootDirectory);
  const keys = await Promise.all(
    keyFiles(config, local, placement).map(async ({ source, target }) => ({
      name: posix.basename(target),
      content: await encryptedKey(source),
    })),
  );
  const secretFile = secretFileOf(config);
  return {
    config: placeCaConfig(withDatabaseUrl(config, { environment, rootDirectory }), placement),
    port: portOf(config),
    keys,
    notes:
      secretFile === undefined
        ? []
        : [`"${local.projectFile(secretFile)}" must be mounted at "${placement.projectFile(secretFile)}"`],
  };
}

function portOf({ address }: JsonObject): number {
  const text = String(address);
  if (LOOPBACK.test(text)) {
    throw new PkiError(
      "CONFIG_INVALID",
      `step-ca would listen on ${text}, which neither probes nor clients reach in a container`,
      'Set the address to ":9000", and run pulumi up',
    );
  }
  return Number(/:(\d+)$/.exec(text)?.[1]);
}

async function encryptedKey(path: string): Promise<string> {
  let content: string;
  try {
    content = await readFile(path, "utf8");
  } catch (cause) {
    throw fileUnusable(path, cause);
  }
  if (!ENCRYPTED.test(content)) {
    throw new PkiError(
      "CONFIG_INVALID",
      `the key "${path}" is not encrypted, and whoever reads the exported files would have it`,
      "Encrypt it under a passphrase (openssl pkcs8 -topk8 -v2 aes-256-cbc), or keep the key in a KMS",
    );
  }
  return content;
}
