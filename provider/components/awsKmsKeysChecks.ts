import { createRequire } from "node:module";
import type { Problem } from "../inputs/problem";
import { checkAlgorithm } from "../inputs/algorithm";
import { type Algorithm, algorithmRow, ALGORITHM_NAMES, isAlgorithm } from "../kms/algorithms";
import { parseAwsKey } from "../kms/awsKeyUri";
import { PkiError } from "../errors";
import { OWNER_TAG } from "./awsKmsKeeper";
import type { AwsKmsKeysArgs } from "./awsKmsKeys";

const ROLES = ["root", "intermediate", "ssh-user-key", "ssh-host-key"];
const REGION = /^[a-z]{2}(?:-[a-z]+)+-[0-9]+$/;
const ALIAS_PREFIX = /^[a-z0-9/_-]+$/i;

/** Finds what is wrong with the settings of keys in AWS KMS, before anything is registered. */
export function checkAwsKmsKeys(args: AwsKmsKeysArgs, algorithm: Algorithm): Problem[] {
  return [
    ...checkInstalled(),
    ...checkAwsAlgorithm(algorithm),
    ...checkText(args.region, "region", REGION, "is no AWS region", "Write it like us-east-1"),
    ...checkAliasPrefix(args.aliasPrefix),
    ...checkWindow(args.deletionWindowInDays),
    ...checkKeyNames(args.existing, "existing", args),
    ...checkKeyNames(args.adopt, "adopt", args),
    ...checkAdopted(args.adopt),
    ...checkTags(args.tags),
    ...(args.newKeys ?? []).flatMap((role, index) => checkRole(role, `keys.newKeys[${String(index)}]`)),
  ];
}

function problem(property: string, reason: string, remedy: string): Problem {
  return { code: "INPUT_INVALID", property, reason, remedy };
}

function checkInstalled(): Problem[] {
  try {
    createRequire(__filename).resolve("@aws-sdk/client-kms");
    return [];
  } catch {
    return [
      {
        code: "BACKEND_NOT_INSTALLED",
        property: "keys",
        reason: "keys in AWS KMS need the package @aws-sdk/client-kms, which is not installed",
        remedy: "npm install @aws-sdk/client-kms",
      },
    ];
  }
}

function checkAwsAlgorithm(algorithm: unknown): Problem[] {
  if (!isAlgorithm(algorithm) || algorithmRow(algorithm).aws !== null) {
    return checkAlgorithm(algorithm, "algorithm");
  }
  const supported = ALGORITHM_NAMES.filter((name) => algorithmRow(name).aws !== null);
  return [
    {
      code: "ALGORITHM_UNSUPPORTED",
      property: "algorithm",
      reason: `step-ca signs with no key for ${algorithm} in AWS KMS`,
      remedy: `Choose one of ${supported.join(", ")}`,
    },
  ];
}

function checkText(value: string | undefined, property: string, form: RegExp, is: string, remedy: string): Problem[] {
  return value === undefined || form.test(value) ? [] : [problem(`keys.${property}`, `"${value}" ${is}`, remedy)];
}

function checkAliasPrefix(prefix: string | undefined): Problem[] {
  if (prefix !== undefined && prefix !== prefix.toLowerCase()) {
    return [
      problem(
        "keys.aliasPrefix",
        `"${prefix}" has an upper-case letter; step-ca lower-cases an alias, and AWS would not find it`,
        "Write it in lower case",
      ),
    ];
  }
  return prefix?.startsWith("aws/") === true
    ? [problem("keys.aliasPrefix", 'aliases that begin with "aws/" are Amazon\'s own', "Choose another")]
    : checkText(prefix, "aliasPrefix", ALIAS_PREFIX, "is no part of an alias", "Use a-z, 0-9, /, _ and -");
}

function checkWindow(days: number | undefined): Problem[] {
  const isValid = days === undefined || (Number.isInteger(days) && days >= 7 && days <= 30);
  return isValid
    ? []
    : [problem("keys.deletionWindowInDays", `${String(days)} is not within 7 to 30`, "Give a whole number of days")];
}

function checkRole(role: string, property: string): Problem[] {
  return ROLES.includes(role) ? [] : [problem(property, `"${role}" is no key`, `Name one of ${ROLES.join(", ")}`)];
}

function checkKeyNames(
  names: AwsKmsKeysArgs["existing"],
  property: "existing" | "adopt",
  { region }: AwsKmsKeysArgs,
): Problem[] {
  return Object.entries(names ?? {}).flatMap(([role, name]) => {
    const path = `keys.${property}.${role}`;
    return [...checkRole(role, path), ...checkKeyName(name, path, role === "root" ? undefined : region)];
  });
}

/** The engine imports a key by its id, not by an alias. */
function checkAdopted(names: AwsKmsKeysArgs["adopt"]): Problem[] {
  return Object.entries(names ?? {}).flatMap(([role, name]) =>
    name.includes("alias/")
      ? [problem(`keys.adopt.${role}`, `"${name}" is an alias`, "Give the id or the ARN of the key that it points to")]
      : [],
  );
}

function checkTags(tags: AwsKmsKeysArgs["tags"]): Problem[] {
  return ["name", OWNER_TAG]
    .filter((tag) => Object.hasOwn(tags ?? {}, tag))
    .map((tag) => problem(`keys.tags.${tag}`, "this tag is set by the package itself", "Leave it out"));
}

/** step-ca asks one region for all of its keys; the root may be in another. */
function checkKeyName(name: string, property: string, region: string | undefined): Problem[] {
  try {
    const key = parseAwsKey(name);
    return region === undefined || key.region === undefined || key.region === region
      ? []
      : [
          problem(
            property,
            `the key is in ${key.region}, and step-ca asks ${region}`,
            "Give all keys of step-ca in one region",
          ),
        ];
  } catch (error) {
    if (error instanceof PkiError) {
      return [{ code: error.code, property, reason: error.reason, remedy: error.remedy }];
    }
    throw error;
  }
}
