import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { systemCode } from "../../errors";
import { isOthersMark, isOwnMark, type OwnerMarks } from "../ownerMark";
import type { Algorithm } from "../algorithms";
import { isEncrypted } from "./privateKeyPem";

/** The owner and algorithm of a key file, stated above the PEM, where readers ignore it (RFC 7468, section 2). */
export interface KeyFileHeader {
  /** The owner of the key. */
  readonly owner: string;
  readonly algorithm: Algorithm;
}

/** A key that a resource wants in a file. */
export interface WantedKeyFile extends KeyFileHeader, OwnerMarks {
  readonly encrypted: boolean;
}

/** Adds the header above a private key in PEM. */
export function withHeader(pem: string, { owner, algorithm }: KeyFileHeader, ...remarks: string[]): string {
  return [ownerLine(owner), `algorithm ${algorithm}`, ...remarks, pem].join("\n");
}

/** The private key of a file, without its header. */
export function withoutHeader(content: string): string {
  return content.slice(content.indexOf("-----BEGIN"));
}

/** The content of a key file after its resource has released it. */
export function asReleased(content: string): string {
  return `released ${content}`;
}

/** Whether a file was made for a resource and fits the key that the resource wants now. */
export function isKeyFileFor(content: string, wanted: WantedKeyFile): boolean {
  const owner = ownerIn(content);
  return (
    owner !== undefined &&
    isOwnMark(owner, wanted) &&
    content.startsWith(withHeader("", { owner, algorithm: wanted.algorithm })) &&
    isEncrypted(content) === wanted.encrypted
  );
}

/** Whether a file was made for an authority other than the one that wants its place. */
export function isKeyFileOfAnother(content: string, wanted: WantedKeyFile): boolean {
  const owner = ownerIn(content);
  return owner !== undefined && isOthersMark(owner, wanted);
}

/** The name of the n-th key file of a resource: `root.pem`, `root-2.pem`, ... */
export function keyFileName(name: string, generation: number): string {
  return generation === 1 ? `${name}.pem` : `${name}-${String(generation)}.pem`;
}

/** The number of a resource's key file, from its file name; undefined if it is not one. */
export function keyFileGeneration(name: string, fileName: string): number | undefined {
  if (!fileName.startsWith(name)) {
    return undefined;
  }
  const [match, digits = "1"] = /^(?:-([2-9]|[1-9]\d+))?\.pem$/.exec(fileName.slice(name.length)) ?? [];
  return match === undefined ? undefined : Number(digits);
}

/**
 * Chooses the file of a resource's new key: the last file that an interrupted creation of this key left, or the next
 * number after all files of the resource. The files decide, because after a killed replacement nothing else can.
 *
 * @param directory absolute
 * @param recorded the key file in the state, which a replacement leaves behind
 */
export async function chooseGeneration(
  directory: string,
  name: string,
  wanted: WantedKeyFile,
  recorded: number | undefined,
): Promise<number> {
  const own: number[] = recorded === undefined ? [] : [recorded];
  const cutOff: number[] = [];
  for (const fileName of await namesIn(directory)) {
    const generation = keyFileGeneration(name, fileName);
    if (generation === undefined || generation <= (recorded ?? 0)) {
      continue;
    }
    const content = await readFile(join(directory, fileName), "utf8");
    if (isKeyFileFor(content, wanted)) {
      cutOff.push(generation);
    } else if (isOwnMark(ownerIn(content) ?? "", wanted)) {
      own.push(generation);
    }
  }
  return cutOff.length > 0 ? Math.max(...cutOff) : Math.max(0, ...own) + 1;
}

const OWNER_LINE = "pulumi-kms-pki key of ";

function ownerLine(owner: string): string {
  return `${OWNER_LINE}${owner}`;
}

/** The mark in a file's first line; undefined for a file that this package did not make, or that was released. */
export function ownerIn(content: string): string | undefined {
  const [line = ""] = content.split("\n", 1);
  return line.startsWith(OWNER_LINE) ? line.slice(OWNER_LINE.length) : undefined;
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (systemCode(error) === "ENOENT") {
      return [];
    }
    throw error;
  }
}
