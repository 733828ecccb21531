import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { WorldProject } from "./worldProject";

/** Puts a key that somebody else made into a project, as `outside.pem`. */
export function withOutsideKey(project: WorldProject): void {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeFileSync(join(project.directory, "outside.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
}
