import { all, output, type Output } from "@pulumi/pulumi";
import type { JwkProvisioner } from "../resources/jwkProvisioner";
import type { AuthorityState } from "../rotation/authorityState";
import type { JsonObject } from "../stepca/jsonObject";
import { bundleFile, caConfig, type CaConfigParts, rootFile } from "../stepca/config";
import { acmeProvisioner, jwkProvisioner, sshpopProvisioner } from "../stepca/provisioners";
import { fingerprintSha256, readCertificate } from "../x509/certificate";
import type { AuthorityCertificates } from "./authorityCertificates";
import type { AuthoritySettings } from "./authoritySettings";
import type { AuthoritySshKeys } from "./authoritySshKeys";

/** What ca.json is made of beside the settings. */
export interface CaConfigSources {
  readonly state: AuthorityState;
  readonly certificates: AuthorityCertificates;
  /** URI of the key that issues. */
  readonly intermediateKey: Output<string>;
  readonly provisioner: JwkProvisioner;
  readonly sshKeys: AuthoritySshKeys | undefined;
}

/** The ca.json of an authority. While nothing is rotated its files have the names that they always had. */
export function authorityCaConfig(settings: AuthoritySettings, sources: CaConfigSources): Output<JsonObject> {
  const { intermediateKey, provisioner, sshKeys } = sources;
  const { ssh, dnsNames, address, acme, sshpop, claims, caConfig: extra } = settings;
  const isRotated = settings.rotation !== undefined;
  const admin = all([provisioner.provisioner, provisioner.key, provisioner.encryptedKey]).apply(
    ([name, key, encryptedKey]) => jwkProvisioner(name, { key, encryptedKey }, ssh),
  );
  return output({
    key: intermediateKey,
    kms: settings.sources.intermediate.kms,
    ssh: sshKeys && {
      hostKey: sshKeys.uri("host"),
      userKey: sshKeys.uri("user"),
      ...(isRotated ? { keys: sshKeys.entries } : {}),
    },
    ...(isRotated ? certificateFiles(sources) : {}),
    dnsNames,
    address,
    provisioners: [admin, ...(acme ? [acmeProvisioner()] : []), ...(sshpop ? [sshpopProvisioner()] : [])],
    claims,
    extra,
  }).apply((parts) => caConfig(parts as CaConfigParts));
}

function certificateFiles({ state, certificates }: CaConfigSources): { roots: Output<string[]>; crt: Output<string> } {
  return {
    roots: all(state.caConfig.root.map((name) => certificates.pem(name))).apply((pems) =>
      pems.map((pem) => rootFile(fingerprintSha256(readCertificate(pem)))),
    ),
    crt: certificates.bundle(state.caConfig.crt).apply(bundleFile),
  };
}
