import { createRequire } from "node:module";
import { checkAlgorithm } from "../inputs/algorithm";
import { invalid, type Problem } from "../words/problem";
import { UNKNOWN } from "../words/unknown";
import { type Algorithm, isAlgorithm } from "../kms/algorithms";
import type { KmsDescriptor } from "../kms/descriptor";
import { KEY_ROLES, roleOfKey } from "../authority/keyNames";

/** Finds whether the package of a KMS is there, and step-ca can sign with such keys. */
export function checkService(kms: KmsDescriptor, algorithm: Algorithm): Problem[] {
  return [...checkInstalled(kms), ...checkSupported(kms, algorithm)];
}

/** Finds whether the package of a KMS is there. */
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

function checkSupported({ title, algorithms }: KmsDescriptor, algorithm: unknown): Problem[] {
  if (!isAlgorithm(algorithm) || algorithms.includes(algorithm)) {
    return checkAlgorithm(algorithm, "algorithm");
  }
  return [
    {
      code: "ALGORITHM_UNSUPPORTED",
      property: "algorithm",
      reason: `step-ca signs with no key for ${algorithm} in ${title}`,
      remedy: `Choose one of ${algorithms.join(", ")}`,
    },
  ];
}

/** Finds a key that is named for two roles. One that does not parse is another's finding. */
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
      : [invalid(`${property}.${role}`, `${id} is the key of ${other.role}, too`, "Give each its own key")];
  });
}

/** Finds whether a key of an authority is called so. */
export function checkRole(role: string, property: string): Problem[] {
  return (KEY_ROLES as readonly string[]).includes(role)
    ? []
    : [invalid(property, `"${role}" is no key`, `Name one of ${KEY_ROLES.join(", ")}`)];
}

/** The same of one generation of a key, `root-g1`. */
export function checkKeyLabel(name: string, property: string): Problem[] {
  return roleOfKey(name) !== undefined
    ? []
    : [invalid(property, `"${name}" is no key`, `Name one of ${KEY_ROLES.join(", ")}, of a later generation root-g1`)];
}

/** The same for all names of a list. */
export function checkKeyLabels(names: unknown, property: string): Problem[] {
  const known: unknown[] = Array.isArray(names) ? names : [];
  return known.flatMap((name, index) =>
    name === UNKNOWN ? [] : checkKeyLabel(String(name), `${property}[${String(index)}]`),
  );
}
