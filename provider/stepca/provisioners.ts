import type { JsonObject } from "./jsonObject";
import type { JwkProvisionerKey } from "./jwkProvisioner";

/** A provisioner that authenticates with one-time tokens, which anyone who knows its password can make. */
export function jwkProvisioner(name: string, { key, encryptedKey }: JwkProvisionerKey, ssh: boolean): JsonObject {
  return { type: "JWK", name, key, encryptedKey, ...sshClaims(ssh) };
}

/** A provisioner for ACME clients (RFC 8555). */
export function acmeProvisioner(name = "acme"): JsonObject {
  return { type: "ACME", name };
}

/** A provisioner with which a host renews its SSH certificate. */
export function sshpopProvisioner(name = "sshpop"): JsonObject {
  return { type: "SSHPOP", name, ...sshClaims(true) };
}

/**
 * The claims of a provisioner for SSH. step-ca issues SSH certificates only through a provisioner that enables them.
 */
function sshClaims(ssh: boolean): JsonObject {
  return ssh ? { claims: { enableSSHCA: true } } : {};
}
