import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runtime } from "@pulumi/pulumi";
import { CHECKOUT } from "../engine/project";

/** Sets the stack's settings, with the defaults of Pulumi.yaml, as the engine does. */
export function setStackConfig(settings: Readonly<Record<string, unknown>>): void {
  const given = Object.entries(settings).map(([key, value]) => [
    `kms-pki:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  runtime.setAllConfig({ ...defaults(), ...(Object.fromEntries(given) as Record<string, string>) });
}

/** The defaults in Pulumi.yaml. */
function defaults(): Record<string, string> {
  const [, config = ""] = readFileSync(join(CHECKOUT, "Pulumi.yaml"), "utf8").split(/^config:\n/m);
  return Object.fromEntries(
    [...config.matchAll(/^ {2}(\w+):\n(?: {4}.*\n)*? {4}default: (.*)$/gm)].map(([, key = "", value = ""]) => [
      `kms-pki:${key}`,
      value === '""' ? "" : value === "[localhost, 127.0.0.1]" ? '["localhost","127.0.0.1"]' : value,
    ]),
  );
}
