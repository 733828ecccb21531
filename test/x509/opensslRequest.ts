import type { KeyObject } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openssl } from "../fixtures/openssl";

const MINIMAL_CONFIG = "[req]\ndistinguished_name = dn\n[dn]\n";

/**
 * Runs `openssl req -new`: a certificate request or, with `-x509`, a self-signed certificate.
 *
 * @param directory the folder for openssl's key and configuration files
 * @param config the configuration, in place of the system's own
 */
export function opensslRequest(
  directory: string,
  privateKey: KeyObject,
  options: readonly string[],
  config = MINIMAL_CONFIG,
): string {
  const [keyFile, configFile] = [join(directory, "key.pem"), join(directory, "req.cnf")];
  writeFileSync(keyFile, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  writeFileSync(configFile, config);
  return openssl(["req", "-new", "-config", configFile, "-key", keyFile, ...options]);
}
