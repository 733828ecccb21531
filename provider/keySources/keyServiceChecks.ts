import { createRequire } from "node:module";
import { checkAlgorithm } from "../inputs/algorithm";
import { invalid, type Problem } from "../words/problem";
import { UNKNOWN } from "../words/unknown";
import { type Algorithm, isAlgorithm } from "../kms/algorithms";
import type { KmsDescriptor } from "../kms/descriptor";
import { KEY_ROLES, roleOfKey } from "../authority/keyNames";

/** Checks that the package of a KMS is installed, and that step-ca can sign with such keys. */
export function checkService(kms: KmsDescriptor, algorithm: Algorithm): Problem[] {
  return [...checkInstalled(kms), ...checkSupported(kms, algorithm)];
}

/** Checks that the package of a KMS is installed. */
export function checkInstalled({ title, packageName }: KmsDescriptor): Problem[] {
  if (packageName === undefined) {
    return [];
  }
  try {
    createRequire(__filename).resolve(packageName);
    return [];
  } catch {
    return [
      {
        code: "BACKEND_NOT_INSTALLED",
        property: "keys",
        reason: `keys in ${title} need the package ${packageName}, which is not installed`,
        remedy: `npm install ${packageName}`,
      },
    ];
  }
}

/**
 * Checks the provider by which a program reaches a cloud.
 *
 * @param Provider the class of such providers
 * @param packageName for messages: `@pulumi/aws`
 */
export function checkProvider(
  provider: unknown,
  Provider: { readonly isInstance: (value: unknown) => boolean },
  packageName: string,
): Problem[] {
  return provider === undefined || Provider.isInstance(provider)
    ? []
    : [invalid("keys.provider", `it is not a Provider of ${packageName}`, "Give one, or omit it")];
}

function checkSupported({ title, algorithms }: KmsDescriptor, algorithm: unknown): Problem[] {
  if (!isAlgorithm(algorithm) || algorithms.includes(algorithm)) {
    return checkAlgorithm(algorithm, "algorithm");
  }
  return [
    {
      code: "ALGORITHM_UNSUPPORTED",
      property: "algorithm",
      reason: `step-ca cannot sign with ${algorithm} keys in ${title}`,
      remedy: `Choose one of ${algorithms.join(", ")}`,
    },
  ];
}

/** Finds a key that is named for two roles. Another check reports a name that does not parse. */
export function checkOneRoleEach(
  names: Readonly<Record<string, string | undefined>>,
  property: string,
  idOf: (name: string) => string,
): Problem[] {
  const ids = Object.entries(names).flatMap(([role, name]) => {
    try {
      return name === undefined ? [] : [{ role, id: idOf(name) }];
    } catch {
      return [];
    }
  });
  return ids.flatMap(({ role, id }, index) => {
    const other = ids.slice(0, index).find((earlier) => earlier.id === id);
    return other === undefined
      ? []
      : [invalid(`${property}.${role}`, `${id} is also the key of ${other.role}`, "Give each its own key")];
  });
}

/** Checks that a name is that of an authority's key. */
export function checkRole(role: string, property: string): Problem[] {
  return (KEY_ROLES as readonly string[]).includes(role)
    ? []
    : [invalid(property, `"${role}" is not a key`, `Name one of ${KEY_ROLES.join(", ")}`)];
}

/** The same for a generation of a key, `root-g1`. */
export function checkKeyLabel(name: string, property: string): Problem[] {
  return roleOfKey(name) !== undefined
    ? []
    : [
        invalid(
          property,
          `"${name}" is not a key`,
          `Name one of ${KEY_ROLES.join(", ")}, or a later generation such as root-g1`,
        ),
      ];
}

/** The same for all names of a list. */
export function checkKeyLabels(names: unknown, property: string): Problem[] {
  const known: unknown[] = Array.isArray(names) ? names : [];
  return known.flatMap((name, index) =>
    name === UNKNOWN ? [] : checkKeyLabel(String(name), `${property}[${String(index)}]`),
  );
}
