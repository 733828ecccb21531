import type { X509Certificate } from "node:crypto";
import { dirname } from "node:path";
import { ASKS_BEFORE } from "./adoptedAuthority";
import { renewalTime } from "../inputs/renewal";
import { formatInstant } from "../words/instant";
import { validityOf } from "../x509/certificate";
import { KEY_ROLES } from "../authority/keyNames";
import { kmsRegistry } from "../kms/registry/registry";
import type { TakenSettings } from "../kms/takeover";
import { isJsonObject, type JsonObject } from "../stepca/jsonObject";
import { longestLeaf } from "../stepca/longestLeaf";
import { locateSecret, PASSPHRASE, type SecretSources } from "../words/secrets";
import { subjectLine } from "../x509/subjectLine";
import type { ImportedResource } from "./adoptedImports";
import { KEY_FIELDS, type RunningCa } from "./runningCa";
import type { RunningCaCertificates } from "./runningCaCertificates";
import type { RunningCaKeys } from "./runningCaKeys";
import { table } from "./table";

/** What notes depend on beside the CA. */
export interface AdoptCircumstances {
  /** The places where `pulumi up` will look for secrets. */
  readonly secrets: SecretSources;
  /** What the stack says of the renewal of its intermediate. */
  readonly renewBefore: string | undefined;
  readonly now: Date;
}

/** The fields of ca.json that the stack sets. */
const OWN_FIELDS: readonly string[] = ["root", "crt", "key", "kms", "ssh", "dnsnames", "address"];

/** What was found of a step-ca: its CAs and keys, and what of its ca.json the stack does not manage. */
export function foundLines(
  ca: RunningCa,
  certificates: RunningCaCertificates,
  { keys, usedByRoot }: RunningCaKeys,
): string[] {
  const { intermediate, above } = certificates;
  const subjects = { root: subjectLine(above[0]), intermediate: subjectLine(intermediate) } as const;
  const rows = KEY_ROLES.flatMap((role) => {
    const key = keys[role];
    if (role === "root" && usedByRoot === undefined) {
      return [[role, "elsewhere", subjects.root]];
    }
    return key === undefined
      ? []
      : [[role, kmsRegistry.shownUri(key.uri), role === "root" || role === "intermediate" ? subjects[role] : ""]];
  });
  const kept = keptFields(ca.config);
  return [
    ...table([["KEY", "KEY URI", "CERTIFICATE"], ...rows]),
    "",
    ...(kept.length === 0 ? [] : [`Kept as it is in ca.json by kms-pki export --merge: ${kept.join(", ")}`]),
  ];
}

/** The settings as the command shows them: one in each line. */
export function settingLines(settings: TakenSettings): string[] {
  return Object.entries(settings).map(
    ([name, value]) => `kms-pki:${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
}

/** What the user does next. */
export function nextLines(ca: RunningCa, file: string): string[] {
  const [root = ""] = ca.rootFiles;
  return [
    "Next:",
    "  pulumi up       makes no key and signs nothing",
    `  kms-pki export --dir ${dirname(ca.resolve(root))} --merge ${file}`,
  ];
}

/** What was written for `pulumi import`, and what the user does next. */
export function importLines(resources: readonly ImportedResource[], file: string): string[] {
  return [
    `${file}: ${String(resources.length)} resources (${resources.map(({ name }) => name).join(", ")})`,
    "Next:",
    `  pulumi import --file ${file}       makes no key and signs nothing`,
  ];
}

/**
 * What the user should know. */
export function adoptNotes(
  ca: RunningCa,
  { otherRoots, above, intermediate }: RunningCaCertificates,
  { used, usedByRoot, isRootAlike }: RunningCaKeys,
  { secrets, renewBefore = ASKS_BEFORE, now }: AdoptCircumstances,
): string[] {
  const inCaJson = used.takeover.secrets(ca.kms);
  const kmss = usedByRoot === undefined ? [used] : [used, usedByRoot];
  const needed = [PASSPHRASE, ...kmss.flatMap(({ descriptor }) => descriptor.deviceSecrets ?? [])];
  const missing = needed.filter(
    (secret, at) =>
      needed.indexOf(secret) === at &&
      inCaJson[secret.config] !== undefined &&
      locateSecret(secret, secrets) === undefined,
  );
  return [
    ...missing.map(
      ({ what, env }) => `${what} is in ca.json. Give it to pulumi up by a file, and name the file in ${env}_FILE`,
    ),
    ...otherRoots.map((root) => `"${subjectLine(root)}" is another root of ca.json, which export --merge keeps`),
    ...(usedByRoot === undefined ? [elsewhereNote(intermediate, renewBefore, now)] : []),
    ...(above.length === 1 || usedByRoot === undefined
      ? []
      : ["the intermediate is below a subordinate CA, which the stack uses and never reissues"]),
    ...(above.length > 1 || isRootAlike || usedByRoot === undefined
      ? []
      : ["the root's key has another algorithm, so the stack uses the root and never reissues it"]),
    ...leafNotes(ca.config),
  ];
}

/** What becomes of a CA whose root's key is elsewhere. */
function elsewhereNote(intermediate: X509Certificate, renewBefore: string, now: Date): string {
  const asksAt = renewalTime(validityOf(intermediate.toString()), renewBefore);
  const next =
    asksAt > now
      ? `From ${formatInstant(asksAt.getTime())} on, pulumi up makes`
      : "The intermediate is due for its renewal, so the next pulumi up also makes";
  return (
    "the root's key is not here, so the root stays with whoever has it, and everything else becomes the stack's. " +
    `${next} a request for the next certificate of the intermediate (docs/external-roots.md). If you have the root's key, name it with --root-key`
  );
}

/** A rotation must know how long leaves live, and the stack does not read the claims of an existing ca.json. */
function leafNotes(config: JsonObject): string[] {
  const [actual, assumed] = [longestLeaf(config), longestLeaf({})];
  const longer = (Object.keys(actual) as (keyof typeof actual)[]).filter((kind) => actual[kind] > assumed[kind]);
  const fields = longer.map((kind) => `${kind}: "${String(actual[kind])}s"`);
  return fields.length === 0
    ? []
    : [`step-ca issues leaves that live long. For a rotation, set rotation.longestLeaf to { ${fields.join(", ")} }`];
}

function keptFields(config: JsonObject): string[] {
  const { authority, ssh, ...others } = config;
  const isEmpty = (value: unknown): boolean =>
    value === null || value === "" || (Array.isArray(value) && value.length === 0);
  const names = Object.keys(others).filter(
    (name) => !OWN_FIELDS.includes(name.toLowerCase()) && !isEmpty(others[name]),
  );
  const sshFields = Object.values(KEY_FIELDS).map((path) => path.at(-1)?.toLowerCase());
  const ofSsh = isJsonObject(ssh)
    ? Object.keys(ssh).filter((name) => !sshFields.includes(name.toLowerCase()) && !isEmpty(ssh[name]))
    : [];
  const ofAuthority = isJsonObject(authority) ? Object.keys(authority).filter((name) => !isEmpty(authority[name])) : [];
  return [
    ...ofAuthority.map((name) => `authority.${name}${name === "provisioners" ? provisionerNames(authority) : ""}`),
    ...ofSsh.map((name) => `ssh.${name}`),
    ...names,
  ];
}

/** Their names are public: step-ca tells them to everybody. */
function provisionerNames(authority: unknown): string {
  const listed: unknown = isJsonObject(authority) ? authority["provisioners"] : undefined;
  const all = (Array.isArray(listed) ? (listed as unknown[]) : []).filter(isJsonObject);
  return ` (${all.map(({ type, name }) => `${described(type)} "${described(name)}"`).join(", ")})`;
}

function described(value: unknown): string {
  return typeof value === "string" ? value : "?";
}
