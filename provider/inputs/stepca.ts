import type { Problem } from "../words/problem";
import { UNKNOWN } from "../words/unknown";
import { checkNames, isIpAddress } from "./subjectAlternativeNames";

/** Checks the names that step-ca serves under: at least one DNS name or IP address. */
export function checkServerNames(names: unknown, property: string): Problem[] {
  if (!Array.isArray(names)) {
    return checkNames(names, "dnsNames", property);
  }
  if (names.length === 0) {
    return [{ code: "SAN_INVALID", property, reason: "it is empty", remedy: "Give the names that clients connect to" }];
  }
  return names.flatMap((name: unknown, index) =>
    typeof name === "string" && isIpAddress(name)
      ? []
      : checkNames([name], "dnsNames", property).map((problem) => ({
          ...problem,
          property: `${property}[${String(index)}]`,
        })),
  );
}

/** Checks the address that step-ca listens on: `host:port`, or `:port` for all interfaces. */
export function checkAddress(address: unknown, property: string): Problem[] {
  if (address === UNKNOWN) {
    return [];
  }
  const [, port] = /^(?:[^:\s]*|\[[0-9A-Fa-f:]+\]):(\d{1,5})$/.exec(String(address)) ?? [];
  return port !== undefined && Number(port) <= 65_535
    ? []
    : [
        {
          code: "INPUT_INVALID",
          property,
          reason: `${JSON.stringify(address)} is not an address`,
          remedy: 'Write it as "127.0.0.1:9443", or ":443" for all interfaces',
        },
      ];
}

/** Checks the name of a provisioner in ca.json. */
export function checkProvisionerName(name: unknown, property: string): Problem[] {
  return name === UNKNOWN || (typeof name === "string" && name.trim() !== "")
    ? []
    : [
        {
          code: "INPUT_INVALID",
          property,
          reason: typeof name === "string" ? "the name is empty" : `${JSON.stringify(name)} is not a name`,
          remedy: 'Name the provisioner, such as "admin"',
        },
      ];
}
