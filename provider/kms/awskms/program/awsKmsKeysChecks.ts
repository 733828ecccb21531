import { argumentNames, checkArgumentNames } from "../../../words/argumentNames";
import { checkForms, checkNumber, checkSwitch, checkText, checkTextFields, checkTexts } from "../../../inputs/form";
import { invalid, type Problem, problemsOf } from "../../../words/problem";
import type { Algorithm } from "../../algorithms";
import { awskms } from "../descriptor";
import { AWS_REGION, parseAwsKey } from "../awsKeyUri";
import { OWNER_TAG } from "../awsOwnerTag";
import { isKnownChange, UNKNOWN } from "../../../words/unknown";
import type { AwsKmsKeysArgs, KnownAwsSettings } from "./awsKmsKeysArgs";
import type { PlannedKey } from "../../../authority/plannedKey";
import {
  checkKeyLabel,
  checkKeyLabels,
  checkOneRoleEach,
  checkRole,
  checkService,
} from "../../../keySources/keyServiceChecks";

const ALIAS_PREFIX = /^[a-z0-9/_-]+$/i;

const ARGUMENTS = argumentNames<AwsKmsKeysArgs>({
  region: true,
  profile: true,
  credentialsFile: true,
  provider: true,
  kmsUri: true,
  existing: true,
  adopt: true,
  newKeys: true,
  aliasPrefix: true,
  description: true,
  tags: true,
  deletionWindowInDays: true,
  multiRegion: true,
  policy: true,
});

const FORMS = {
  ...{ region: checkText, profile: checkText, credentialsFile: checkText, kmsUri: checkSwitch },
  ...{ existing: checkTextFields, adopt: checkTextFields, newKeys: checkTexts, aliasPrefix: checkText },
  ...{ description: checkText, tags: checkTextFields, deletionWindowInDays: checkNumber, multiRegion: checkSwitch },
};

/** Finds settings of another type than they must have. The other checks rely on it. */
export function checkAwsForms(args: KnownAwsSettings): Problem[] {
  return checkForms(args, FORMS, "keys");
}

/** Finds the problems of settings of keys in AWS KMS, as far as they are known, before anything is registered. */
export function checkAwsKmsKeys(args: KnownAwsSettings, algorithm: Algorithm): Problem[] {
  const region = args.region === UNKNOWN ? undefined : args.region;
  return [
    ...checkArgumentNames(args, ARGUMENTS, "keys"),
    ...checkService(awskms, algorithm),
    ...checkWritten(args.region, "region", AWS_REGION, "is not an AWS region", "Write it like us-east-1"),
    ...checkAliasPrefix(args.aliasPrefix),
    ...checkWindow(args.deletionWindowInDays),
    ...checkKeyNames(args.existing, "existing", region),
    ...checkKeyNames(args.adopt, "adopt", region),
    ...checkAdopted(args.adopt),
    ...checkOneRoleEach(args.existing ?? {}, "keys.existing", keyIdOf),
    ...checkOneRoleEach(args.adopt ?? {}, "keys.adopt", keyIdOf),
    ...checkTags(args.tags),
    ...checkKeyLabels(args.newKeys, "keys.newKeys"),
  ];
}

/** The settings of a key, and whether an existing key is named in its place. */
export interface WantedAwsSettings {
  readonly region: string | undefined;
  readonly multiRegion: boolean;
  readonly existing: string | undefined;
}

/** Finds changes of settings that AWS fixes with a key, so that a key in the state would have to be given up. */
export function checkRecordedAwsKey(
  { role, name, protect }: PlannedKey,
  recorded: Readonly<Record<string, unknown>> | undefined,
  { existing, ...wanted }: WantedAwsSettings,
): Problem[] {
  if (recorded === undefined) {
    return [];
  }
  if (existing !== undefined) {
    return keyIdOrNothing(existing) === recorded["keyId"]
      ? [
          invalid(
            `keys.existing.${role}`,
            `this stack itself made the key ${String(recorded["keyId"])}, and would delete it if it were named here`,
            "Omit it",
          ),
        ]
      : [];
  }
  return protect
    ? Object.entries(wanted).flatMap(([setting, value]) =>
        value === undefined || !isKnownChange(recorded[setting], value)
          ? []
          : [
              invalid(
                `keys.${setting}`,
                `AWS fixes it when a key is made, and the key of "${name}" was made with ${JSON.stringify(recorded[setting])}`,
                "Restore that setting. For new keys and certificates, run pulumi up with deletionProtection off, and then again " +
                  "with the new setting",
              ),
            ],
      )
    : [];
}

function keyIdOrNothing(name: string): string | undefined {
  return problemsOf(() => parseAwsKey(name), "").length === 0 ? keyIdOf(name) : undefined;
}

function checkWritten(
  value: string | undefined,
  property: string,
  form: RegExp,
  is: string,
  remedy: string,
): Problem[] {
  return value === undefined || value === UNKNOWN || form.test(value)
    ? []
    : [invalid(`keys.${property}`, `"${value}" ${is}`, remedy)];
}

function checkAliasPrefix(prefix: string | undefined): Problem[] {
  if (prefix !== undefined && prefix !== prefix.toLowerCase()) {
    return [
      invalid(
        "keys.aliasPrefix",
        `"${prefix}" has an uppercase letter. step-ca lowercases an alias, so AWS would not find it`,
        "Write it in lowercase",
      ),
    ];
  }
  return prefix?.startsWith("aws/") === true
    ? [invalid("keys.aliasPrefix", 'aliases that begin with "aws/" are reserved for Amazon', "Choose another")]
    : checkWritten(prefix, "aliasPrefix", ALIAS_PREFIX, "cannot be part of an alias", "Use a-z, 0-9, /, _ and -");
}

function checkWindow(days: unknown): Problem[] {
  const isValid =
    days === undefined ||
    days === UNKNOWN ||
    (typeof days === "number" && Number.isInteger(days) && days >= 7 && days <= 30);
  return isValid
    ? []
    : [
        invalid(
          "keys.deletionWindowInDays",
          `${Number.isNaN(days) ? "NaN" : JSON.stringify(days)} is not within 7 to 30`,
          "Give a whole number of days",
        ),
      ];
}

function checkKeyNames(
  names: KnownAwsSettings["existing"],
  property: "existing" | "adopt",
  region: string | undefined,
): Problem[] {
  return Object.entries(names ?? {}).flatMap(([role, name]) => {
    const path = `keys.${property}.${role}`;
    return [
      ...(property === "adopt" ? checkKeyLabel(role, path) : checkRole(role, path)),
      ...checkKeyName(name, path, /^root(?:-g|$)/.test(role) ? undefined : region),
    ];
  });
}

/** A key's id, or its alias as written: the same alias in another region belongs to another key. */
function keyIdOf(name: string): string {
  return parseAwsKey(name).keyId.replace(/^arn:.*:key\//, "");
}

/** Checks adopted keys. The engine imports a key by its id, not by an alias. */
function checkAdopted(names: KnownAwsSettings["adopt"]): Problem[] {
  return Object.entries(names ?? {}).flatMap(([role, name]) =>
    name?.includes("alias/") === true
      ? [invalid(`keys.adopt.${role}`, `"${name}" is an alias`, "Give the id or the ARN of the key that it points to")]
      : [],
  );
}

function checkTags(tags: KnownAwsSettings["tags"]): Problem[] {
  return ["name", OWNER_TAG]
    .filter((tag) => Object.hasOwn(tags ?? {}, tag))
    .map((tag) => invalid(`keys.tags.${tag}`, "the package itself sets this tag", "Omit it"));
}

/** Checks a key's name and region. All of step-ca's keys must be in one region; the root may be in another. */
function checkKeyName(name: string | undefined, property: string, region: string | undefined): Problem[] {
  if (name === undefined || name === UNKNOWN) {
    return [];
  }
  const problems = problemsOf(() => parseAwsKey(name), property);
  const own = problems.length === 0 ? parseAwsKey(name).region : undefined;
  return region === undefined || own === undefined || own === region
    ? problems
    : [invalid(property, `the key is in ${own}, but step-ca uses ${region}`, "Use keys in one region for step-ca")];
}
