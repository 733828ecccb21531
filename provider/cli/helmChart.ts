import { posix } from "node:path";
import { CERTIFICATE_FILES } from "../stepca/config";
import { isJsonObject, type JsonObject } from "../stepca/jsonObject";
import { keyFilePath, type Placement } from "./caConfigPlacement";

/** The version of smallstep's chart `step-certificates` that everything here is about. */
export const CHART_VERSION = "1.30.0";

/** The folders of the chart's container. */
export const CHART_FOLDERS = {
  certificates: "/home/step/certs",
  config: "/home/step/config",
  secrets: "/home/step/secrets",
  database: "/home/step/db",
  /** Not the chart's: where the values mount the passphrase of key files, and you mount other files. */
  passphrase: "/home/step/passphrase",
  others: "/home/step/files",
} as const;

/** The chart's names of the key files. */
export const CHART_KEYS = {
  key: "intermediate_ca_key",
  hostKey: "ssh_host_ca_key",
  userKey: "ssh_user_ca_key",
} as const;

/** The certificates that the chart names. Any other file has a place beside ca.json only. */
const CHART_CERTIFICATES: readonly string[] = Object.values(CERTIFICATE_FILES);

/** The fields of ca.json that the chart sets by default, and that would otherwise be merged into a ca.json without them. */
const DEFAULTS: readonly (readonly string[])[] = [
  ["federateRoots"],
  ...[
    ...["minTLSCertDuration", "maxTLSCertDuration", "defaultTLSCertDuration", "disableRenewal"],
    ...["minHostSSHCertDuration", "maxHostSSHCertDuration", "defaultHostSSHCertDuration"],
    ...["minUserSSHCertDuration", "maxUserSSHCertDuration", "defaultUserSSHCertDuration"],
  ].map((claim) => ["authority", "claims", claim]),
];

/** The placement in the chart's container. */
export function chartPlacement(config: JsonObject): Placement {
  const ssh = isJsonObject(config["ssh"]) ? config["ssh"] : {};
  const names = new Map([
    [keyFilePath(ssh["userKey"]), CHART_KEYS.userKey],
    [keyFilePath(ssh["hostKey"]), CHART_KEYS.hostKey],
    [keyFilePath(config["key"]), CHART_KEYS.key],
  ]);
  return {
    beside: (path) =>
      posix.resolve(CHART_CERTIFICATES.includes(path) ? CHART_FOLDERS.certificates : CHART_FOLDERS.config, path),
    projectFile: (path) => {
      const name = names.get(path);
      return name === undefined
        ? posix.join(CHART_FOLDERS.others, posix.basename(path))
        : posix.join(CHART_FOLDERS.secrets, name);
    },
    database: () => CHART_FOLDERS.database,
  };
}

/** A ca.json in the values, of which the chart makes the same ca.json: null removes a default of the chart. */
export function withoutChartDefaults(config: JsonObject): JsonObject {
  return DEFAULTS.reduce((result, path) => (hasField(config, path) ? result : withNull(result, path)), config);
}

function hasField(config: JsonObject, [name = "", ...rest]: readonly string[]): boolean {
  const value = config[name];
  return rest.length === 0 ? value !== undefined : isJsonObject(value) && hasField(value, rest);
}

function withNull(config: JsonObject, [name = "", ...rest]: readonly string[]): JsonObject {
  const value = config[name];
  return { ...config, [name]: rest.length === 0 ? null : withNull(isJsonObject(value) ? value : {}, rest) };
}
