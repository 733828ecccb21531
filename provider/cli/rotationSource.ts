import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf, PkiError } from "../errors";
import { isJsonObject, type JsonObject } from "../stepca/jsonObject";
import { type PlannedRenewal, plannedRenewals } from "./plannedRenewals";
import type { PlannedLists } from "./plannedRevocationLists";
import { withAdopted } from "./adoptedCertificates";
import { chooseAuthority } from "./authorityChoice";
import { OutputReader, readObject } from "./outputReader";
import { parseOutputs } from "./outputs";
import { readOutputsText } from "./outputsSource";
import type { StackChoice } from "./pulumiQuestion";
import { type RequestStatus, requestStatus } from "./requestStatus";
import type { Shell } from "./shell";
import { readStackConfig, settingIn } from "./stackConfig";

/** The source of a rotation. */
export interface RotationSource extends StackChoice {
  /** The output that is the authority, instead of the stack's config. */
  readonly authority?: string;
  /** A file that holds the rotation as JSON, or `-` for standard input, instead of the stack's config. */
  readonly file?: string;
  /** Whether an issuer elsewhere signs the intermediates of the rotation in the file. */
  readonly external?: boolean;
}

/** The key of the stack's config, an object. */
const CONFIG_KEY = "kms-pki:rotation";
const COMPROMISED_KEY = "kms-pki:compromised";
const LISTS_KEY = "kms-pki:crl";
const EXISTING_ROOT_KEY = "kms-pki:rootCertificate";

/** A rotation and what belongs to it, unchecked. */
export interface WrittenRotation {
  readonly rotation: unknown;
  /** Undefined for an authority without revocation lists. */
  readonly lists: PlannedLists | undefined;
  /** The requests that there are; undefined for an authority with a root of its own. */
  readonly requests: readonly RequestStatus[] | undefined;
  /** What renews while nothing rotates. Present only if the authority has no rotation, which is then empty. */
  readonly renewals?: readonly PlannedRenewal[];
}

/**
 * Reads a rotation, unchecked.
 *
 * @throws PkiError `CONFIG_UNREADABLE`, `OUTPUTS_UNREADABLE`, `AUTHORITY_NOT_FOUND`, `AUTHORITY_AMBIGUOUS`
 */
export async function readRotationSource(source: RotationSource, shell: Shell): Promise<WrittenRotation> {
  const { file } = source;
  if (file !== undefined) {
    const text = file === "-" ? await shell.stdin() : await read(resolve(shell.cwd, file), file);
    return {
      ...{ rotation: parse(text, `"${file}"`), lists: undefined },
      requests: source.external === true ? [] : undefined,
    };
  }
  const config =
    source.authority === undefined
      ? await readStackConfig(source, "give the rotation as a file with --schedule", shell)
      : {};
  const isElsewhere = settingIn(config, "rootKms") === "external";
  const written = withCompromised(valueOf(config, CONFIG_KEY), valueOf(config, COMPROMISED_KEY));
  // An issuer elsewhere answers for each generation, so the end of an adopted certificate bounds no turn.
  const rotation = isElsewhere
    ? written
    : await withAdopted(
        written,
        { root: valueOf(config, "kms-pki:rootAdopt"), intermediate: valueOf(config, "kms-pki:intermediateAdopt") },
        resolve(shell.cwd, source.cwd),
      );
  const crl = valueOf(config, LISTS_KEY);
  return rotation === undefined
    ? readAuthority(source, shell)
    : {
        rotation,
        lists:
          crl === undefined ? undefined : { crl, hasExistingRoot: valueOf(config, EXISTING_ROOT_KEY) !== undefined },
        requests: isElsewhere ? await readStackRequests(source, shell) : undefined,
      };
}

/** The requests of the root stack; empty before its first `up`. */
async function readStackRequests(choice: StackChoice, shell: Shell): Promise<RequestStatus[]> {
  const { cwd, stack } = choice;
  const { text, from } = await readOutputsText({ cwd, ...(stack === undefined ? {} : { stack }) }, shell);
  return new OutputReader(readObject(text, from), from).has("requests")
    ? requestStatus(parseOutputs(text, from), shell.now())
    : [];
}

/** The rotation with what the setting of its own names as compromised, which needs no schedule. */
function withCompromised(rotation: unknown, compromised: unknown): unknown {
  if (rotation === undefined && Array.isArray(compromised) && compromised.length > 0) {
    return { compromised: compromised as unknown[] };
  }
  return isJsonObject(rotation) && Array.isArray(compromised) && Array.isArray(rotation["compromised"] ?? [])
    ? { ...rotation, compromised: [...((rotation["compromised"] ?? []) as unknown[]), ...(compromised as unknown[])] }
    : rotation;
}

/** The value of a setting: an object, or for one that is a text, that text. */
function valueOf(config: JsonObject, key: string): unknown {
  const entry = config[key];
  if (!isJsonObject(entry)) {
    return undefined;
  }
  return entry["objectValue"] ?? (key === EXISTING_ROOT_KEY ? entry["value"] : parse(String(entry["value"]), key));
}

/** The rotation that a program has declared, from the outputs of its last `up`. */
async function readAuthority({ cwd, stack, authority }: RotationSource, shell: Shell): Promise<WrittenRotation> {
  const { text, from } = await readOutputsText({ cwd, ...(stack === undefined ? {} : { stack }) }, shell);
  const outputs = readObject(text, from);
  if (authority === undefined && Object.keys(outputs).length === 0) {
    throw noRotation(`the config of the stack has no ${CONFIG_KEY}, and the stack has no outputs`);
  }
  const chosen = chooseAuthority(outputs, from, authority);
  const rotation = chosen.has("rotation") ? chosen.object("rotation") : undefined;
  const names = chosen.list("crls").map((list) => list.text("name"));
  return {
    rotation: rotation ?? {},
    lists: chosen.has("crl") ? { crl: chosen.object("crl"), hasExistingRoot: !names.includes("root") } : undefined,
    requests: chosen.has("requests") ? requestStatus(parseOutputs(text, from, authority), shell.now()) : undefined,
    ...(rotation === undefined ? { renewals: plannedRenewals(parseOutputs(text, from, authority)) } : {}),
  };
}

function noRotation(reason: string): PkiError {
  return new PkiError(
    "CONFIG_UNREADABLE",
    reason,
    "Choose a stack with --stack, set the rotation as kms-pki plan --help shows, or give it as a file with --schedule",
  );
}

async function read(path: string, given: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new PkiError(
      "CONFIG_UNREADABLE",
      `the rotation cannot be read from "${given}": ${messageOf(cause)}`,
      "Give a file that holds the rotation as JSON",
      { cause },
    );
  }
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PkiError("CONFIG_UNREADABLE", `${where} returned no JSON`, "Write the rotation as a JSON object");
  }
}
