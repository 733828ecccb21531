/**
 * The line of `known_hosts` that makes a client trust hosts whose certificates the host CA signed (sshd(8)).
 *
 * @param hostKeyLine the host CA's public key, as OpenSSH writes it
 * @param pattern the host names that the line is for. Default all
 */
export function certAuthorityLine(hostKeyLine: string, pattern = "*"): string {
  return `@cert-authority ${pattern} ${hostKeyLine}`;
}

/**
 * The lines of `known_hosts` that make a client trust several host CAs, such as those of a rotation.
 *
 * @param hostKeyLines the host CAs' public keys, as OpenSSH writes them
 */
export function certAuthorityLines(hostKeyLines: readonly string[], pattern = "*"): string {
  return hostKeyLines.map((line) => certAuthorityLine(line, pattern)).join("\n");
}

/**
 * The lines of `known_hosts` that make a client refuse hosts whose certificates a host CA signed, whatever else it trusts.
 *
 * @param hostKeyLines the host CAs' public keys, as OpenSSH writes them
 */
export function revokedHostKeys(hostKeyLines: readonly string[]): string {
  return hostKeyLines.map((line) => `@revoked * ${line}\n`).join("");
}

/**
 * The content of the file that `TrustedUserCAKeys` names in sshd_config(5): one user CA key a line.
 *
 * @param userKeyLines the user CAs' public keys, as OpenSSH writes them
 */
export function trustedUserCaKeys(userKeyLines: readonly string[]): string {
  return userKeyLines.map((line) => `${line}\n`).join("");
}
