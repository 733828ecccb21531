import { isAbsolute, relative } from "node:path";
import type { KeyDescription } from "../kms/keyManager";
import { given, type TakenSettings } from "../kms/takeover";
import { isJsonObject } from "../stepca/jsonObject";
import { bundleFileName, rootFileName } from "../stepca/config";
import { checkSubject } from "../inputs/subject";
import { fingerprintSha256 } from "../x509/certificate";
import type { DistinguishedName } from "../x509/distinguishedName";
import type { RunningCa } from "./runningCa";
import type { RunningCaCertificates } from "./runningCaCertificates";
import { type KmsInUse, ROOT_ELSEWHERE, type RunningCaKeys } from "./runningCaKeys";

/** The folder, beside Pulumi.yaml, for copies of the certificates. An export may replace the files that step-ca reads. */
const FOLDER = "adopted";

/**
 * The root of the stack, or a CA that the stack uses and never makes again: one with others above it, or with a key of
 * another algorithm.
 */
interface AdoptedRoot {
  readonly isOwn: boolean;
  readonly pem: string;
  readonly file: string;
  readonly key: KeyDescription;
  /** The key for `rootKey`, and the `kms.uri` that reaches it. */
  readonly keyName: string;
  readonly connection: string | undefined;
}

/** When the request for the next intermediate below a root elsewhere is made, unless the stack says it already. */
export const ASKS_BEFORE = "1/3";

/** What a stack must say to take over a step-ca that runs. */
export interface AdoptedAuthority {
  /** The settings of the KMS of the intermediate, and of the root if that is elsewhere. */
  readonly used: { readonly kms: KmsInUse; readonly settings: TakenSettings };
  readonly usedByRoot: { readonly kms: KmsInUse; readonly settings: TakenSettings } | undefined;
  /** Undefined if the root's key is elsewhere. */
  readonly root: AdoptedRoot | undefined;
  /** If the root's key is elsewhere, with the certificates above it. */
  readonly intermediate: { readonly pem: string; readonly file: string };
  /** The names that the certificates have, as far as a stack can declare them. */
  readonly subjects: {
    readonly root: DistinguishedName | undefined;
    readonly intermediate: DistinguishedName | undefined;
  };
  readonly algorithm: string;
  readonly ssh: boolean;
  readonly dnsNames: readonly string[];
  readonly address: string | undefined;
}

/**
 * Turns what was found of a step-ca into what a stack must say.
 *
 * @param place a path as a setting names it
 */
export async function adoptedAuthority(
  ca: RunningCa,
  { intermediate, above }: RunningCaCertificates,
  found: RunningCaKeys,
  place: (path: string) => string,
): Promise<AdoptedAuthority> {
  const { keys, used, usedByRoot, algorithm, isRootAlike } = found;
  const { root, ...others } = keys;
  const isOwn = isRootAlike && above.length === 1;
  const settingsOf = async (kms: KmsInUse, wanted: RunningCaKeys["keys"]): Promise<TakenSettings> =>
    kms.takeover.settings({ ...kms.kms, keys: wanted, connection: kms.connection, place }, kms.manager);
  const isRootHere = used === usedByRoot;
  const isElsewhere = root === undefined || usedByRoot === undefined;
  const [rootPem, ownPem] = [above.join(""), intermediate.toString()];
  const intermediatePem = isElsewhere ? ownPem + rootPem : ownPem;
  return {
    used: { kms: used, settings: await settingsOf(used, isOwn && isRootHere ? keys : others) },
    usedByRoot:
      isElsewhere || isRootHere || !isOwn
        ? undefined
        : { kms: usedByRoot, settings: await settingsOf(usedByRoot, { root }) },
    root: isElsewhere
      ? undefined
      : {
          isOwn,
          pem: rootPem,
          file: `${FOLDER}/${rootFileName(fingerprintSha256(above[0]))}`,
          key: root,
          keyName: keyNameOf(usedByRoot, root, place),
          connection: root.kms ?? usedByRoot.connection,
        },
    intermediate: { pem: intermediatePem, file: `${FOLDER}/${bundleFileName(ownPem)}` },
    subjects: { root: await subjectOf(above[0].toString()), intermediate: await subjectOf(ownPem) },
    algorithm,
    ssh: keys["ssh-user-key"] !== undefined,
    dnsNames: ca.dnsNames,
    address: ca.address,
  };
}

/**
 * The settings of the root stack, by their names without `kms-pki:`.
 *
 * @param renewBefore what the stack says already of the renewal of its intermediate
 */
export function stackSettings(authority: AdoptedAuthority, renewBefore: string | undefined): TakenSettings {
  const { used, usedByRoot, root, intermediate, subjects, algorithm, ssh, dnsNames, address } = authority;
  return {
    kms: used.kms.descriptor.scheme,
    ...(usedByRoot === undefined ? {} : { rootKms: usedByRoot.kms.descriptor.scheme }),
    ...merged(usedByRoot?.settings ?? {}, used.settings),
    algorithm,
    ssh: String(ssh),
    ...(dnsNames.length === 0 ? {} : { dnsNames }),
    ...given({ address }),
    ...(root === undefined
      ? { rootKms: ROOT_ELSEWHERE, intermediateRenewBefore: renewBefore ?? ASKS_BEFORE }
      : root.isOwn
        ? { rootAdopt: { certificate: root.file }, ...given({ rootSubject: subjects.root }) }
        : { rootCertificate: root.file, rootKey: root.keyName }),
    intermediateAdopt: { certificate: intermediate.file },
    ...given({ intermediateSubject: subjects.intermediate }),
  };
}

/** A path from the folder of Pulumi.yaml, if the file is in it. */
export function placeBelow(project: string): (path: string) => string {
  return (path) => {
    const inside = relative(project, path);
    return inside.startsWith("..") || isAbsolute(inside) ? path : inside;
  };
}

/** The name in a certificate, if a stack accepts it: others may have written what no CA should. */
async function subjectOf(pem: string): Promise<DistinguishedName | undefined> {
  // Loaded now, because loading takes a while.
  const { declaredSubject } = await import("../x509/declaredSubject.js");
  const subject = declaredSubject(pem);
  return checkSubject(subject, "subject", true).length === 0 ? subject : undefined;
}

function keyNameOf(
  { descriptor }: KmsInUse,
  { uri, resourceName = uri }: KeyDescription,
  place: (path: string) => string,
): string {
  const file = descriptor.keyFile?.(uri);
  return file === undefined ? resourceName : place(file);
}

/** Both KMSs may have keys under `adopt` or `existing`. */
function merged(base: TakenSettings, over: TakenSettings): TakenSettings {
  const entries = Object.entries(over).map(([name, value]) => {
    const present = base[name];
    return [name, isJsonObject(present) && isJsonObject(value) ? { ...present, ...value } : value];
  });
  return { ...base, ...(Object.fromEntries(entries) as TakenSettings) };
}
