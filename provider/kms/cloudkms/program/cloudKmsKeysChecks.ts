import { checkForms, checkObject, checkSwitch, checkText, checkTextFields, checkTexts } from "../../../inputs/form";
import { readFileSync } from "node:fs";
import { messageOf } from "../../../errors";
import { argumentNames, checkArgumentNames } from "../../../words/argumentNames";
import { invalid, type Problem, problemsOf } from "../../../words/problem";
import type { Algorithm } from "../../algorithms";
import { cloudkms } from "../descriptor";
import { OWNER_LABEL } from "../cloudOwnerLabel";
import { parseCloudKey } from "../cloudKeyUri";
import {
  checkKeyLabel,
  checkKeyLabels,
  checkOneRoleEach,
  checkRole,
  checkService,
} from "../../../keySources/keyServiceChecks";
import { UNKNOWN } from "../../../words/unknown";
import type { CloudKmsKeysArgs, KnownCloudSettings } from "./cloudKmsKeysArgs";
import { DEFAULT_KEY_RING, DEFAULT_LOCATION } from "./cloudKeyRing";
import { credentialsOf } from "./cloudProject";

const LEVELS = ["SOFTWARE", "HSM"];
/** Google's own rules for names. */
const NAMES: Readonly<Record<"project" | "location" | "keyRing", RegExp>> = {
  project: /^(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
  location: /^[a-z][a-z0-9-]*$/,
  keyRing: /^[a-zA-Z0-9_-]{1,63}$/,
};

const ARGUMENTS = argumentNames<CloudKmsKeysArgs>({
  project: true,
  location: true,
  keyRing: true,
  credentialsFile: true,
  provider: true,
  kmsUri: true,
  protectionLevel: true,
  existing: true,
  adopt: true,
  newKeys: true,
  labels: true,
  destroyScheduledDuration: true,
  stepCaMember: true,
});

const FORMS = {
  ...{ project: checkText, location: checkText, keyRing: checkText, credentialsFile: checkText, kmsUri: checkSwitch },
  ...{ existing: checkObject, adopt: checkTextFields, newKeys: checkTexts, labels: checkTextFields },
  ...{ destroyScheduledDuration: checkText, stepCaMember: checkText },
};

/** Finds settings of another type than they must have. The other checks rely on it. */
export function checkCloudForms(args: KnownCloudSettings): Problem[] {
  const { keyRing: _ring, cryptoKeys: _keys, ...versions } = Object(args.existing) as Record<string, unknown>;
  return [...checkForms(args, FORMS, "keys"), ...checkTextFields(versions, "keys.existing")];
}

/** Finds the problems of settings of keys in Cloud KMS, as far as they are known, before anything is registered. */
export function checkCloudKmsKeys(
  args: KnownCloudSettings,
  project: string | undefined,
  algorithm: Algorithm,
): Problem[] {
  const { protectionLevel = "SOFTWARE", existing = {}, adopt = {}, newKeys = [] } = args;
  const levels = typeof protectionLevel === "string" ? { "": protectionLevel } : protectionLevel;
  const { keyRing: _ring, cryptoKeys: given, ...versions } = existing;
  const cryptoKeys = given ?? {};
  return [
    ...checkArgumentNames(args, ARGUMENTS, "keys"),
    ...checkService(cloudkms, algorithm),
    ...checkName("project", project),
    ...checkName("location", args.location ?? DEFAULT_LOCATION),
    ...checkName("keyRing", args.keyRing ?? DEFAULT_KEY_RING),
    ...Object.entries(levels).flatMap(([role, level]) => checkLevel(role, level)),
    ...checkSwitch(existing.keyRing, "keys.existing.keyRing"),
    ...(typeof cryptoKeys === "object"
      ? Object.entries(cryptoKeys).flatMap(([role, value]) => [
          ...checkRole(role, `keys.existing.cryptoKeys.${role}`),
          ...checkSwitch(value, `keys.existing.cryptoKeys.${role}`),
        ])
      : checkSwitch(cryptoKeys, "keys.existing.cryptoKeys")),
    ...checkRootApart(existing),
    ...checkLabels(args.labels),
    ...checkDuration(args.destroyScheduledDuration),
    ...Object.entries(versions).flatMap(([role, name]) => [
      ...checkRole(role, `keys.existing.${role}`),
      ...checkVersion(name, `keys.existing.${role}`),
    ]),
    ...Object.entries(adopt).flatMap(([key, name]) => [
      ...checkKeyLabel(key, `keys.adopt.${key}`),
      ...checkVersion(name, `keys.adopt.${key}`),
    ]),
    ...checkOneRoleEach(versions, "keys.existing", parseCloudKey),
    ...checkOneRoleEach(adopt, "keys.adopt", parseCloudKey),
    ...checkKeyLabels(newKeys, "keys.newKeys"),
    ...checkCredentialsFile(args.credentialsFile),
  ];
}

function checkName(property: "project" | "location" | "keyRing", name: string | undefined): Problem[] {
  if (name === undefined) {
    return [invalid(`keys.${property}`, "it is unknown", "Set it, gcp:project, or GOOGLE_CLOUD_PROJECT")];
  }
  return name === UNKNOWN || NAMES[property].test(name)
    ? []
    : [invalid(`keys.${property}`, `Google does not allow the name "${name}" here`, "Correct it")];
}

function checkLevel(role: string, level: string | undefined): Problem[] {
  const property = role === "" ? "keys.protectionLevel" : `keys.protectionLevel.${role}`;
  return [
    ...(role === "" ? [] : checkRole(role, property)),
    ...(level === undefined || level === UNKNOWN || LEVELS.includes(level)
      ? []
      : [invalid(property, `"${level}" is not a protection level`, "Choose SOFTWARE or HSM")]),
  ];
}

/**
 * Checks that the root is not a version of step-ca's key. IAM knows only keys, so anyone who may sign with one version may
 * sign with all.
 */
function checkRootApart(existing: NonNullable<KnownCloudSettings["existing"]>): Problem[] {
  const keyOf = (version: string | undefined): string | undefined =>
    version?.replace(/^cloudkms:(?:resource=)?/, "").replace(/\/cryptoKeyVersions\/.*$/, "");
  const root = keyOf(existing.root);
  const others = [existing.intermediate, existing["ssh-user-key"], existing["ssh-host-key"]].map(keyOf);
  return root !== undefined && root !== UNKNOWN && others.includes(root)
    ? [
        invalid(
          "keys.existing.root",
          "the root and one of step-ca's keys are versions of the same key",
          "Use another key",
        ),
      ]
    : [];
}

function checkLabels(labels: unknown): Problem[] {
  return Object.hasOwn(Object(labels) as object, OWNER_LABEL)
    ? [invalid(`keys.labels.${OWNER_LABEL}`, "the package itself sets this label", "Choose another name")]
    : [];
}

function checkDuration(duration: string | undefined): Problem[] {
  return duration === undefined || duration === UNKNOWN || /^[0-9]+s$/.test(duration)
    ? []
    : [invalid("keys.destroyScheduledDuration", `"${duration}" is not a duration`, "Write seconds, such as 2592000s")];
}

function checkVersion(name: string | undefined, property: string): Problem[] {
  return name === undefined || name === UNKNOWN ? [] : problemsOf(() => parseCloudKey(name), property);
}

/** Checks the credentials file: step-ca can read only a service account's key from a file. */
function checkCredentialsFile(file: string | undefined): Problem[] {
  if (file === undefined || file === UNKNOWN) {
    return [];
  }
  const property = "keys.credentialsFile";
  const remedy =
    "Give the key file of a service account. For any other credentials, omit it and run " +
    "gcloud auth application-default login or set GOOGLE_APPLICATION_CREDENTIALS";
  try {
    const { type } = JSON.parse(readFileSync(credentialsOf(file), "utf8")) as { type?: unknown };
    return type === "service_account"
      ? []
      : [
          invalid(
            property,
            `"${file}" holds credentials of the type ${String(type)}, which step-ca does not accept`,
            remedy,
          ),
        ];
  } catch (error) {
    const why = error instanceof SyntaxError ? "it is not JSON" : messageOf(error);
    return [invalid(property, `"${file}" cannot be read: ${why}`, remedy)];
  }
}
