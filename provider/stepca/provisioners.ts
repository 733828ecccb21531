import type { JsonObject } from "./jsonObject";
import type { JwkProvisionerKey } from "./jwkProvisioner";

/** A provisioner that authenticates by a one-time token of whoever knows its password. */
export function jwkProvisioner(name: string, { key, encryptedKey }: JwkProvisionerKey, ssh: boolean): JsonObject {
  return { type: "JWK", name, key, encryptedKey, ...sshClaims(ssh) };
}

/** A provisioner for ACME clients (RFC 8555). */
export function acmeProvisioner(name = "acme"): JsonObject {
  return { type: "ACME", name };
}

/** A provisioner by which a host renews its SSH certificate. */
export function sshpopProvisioner(name = "sshpop"): JsonObject {
  return { type: "SSHPOP", name, ...sshClaims(true) };
}

/** step-ca issues SSH certificates only through a provisioner that says so. */
function sshClaims(ssh: boolean): JsonObject {
  return ssh ? { claims: { enableSSHCA: true } } : {};
}
