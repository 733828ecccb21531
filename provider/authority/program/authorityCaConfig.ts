import { all, output, type Output } from "../../pulumi";
import type { JwkProvisioner } from "../../resources/jwkProvisioner";
import type { JsonObject } from "../../stepca/jsonObject";
import { caConfig, type CaConfigParts } from "../../stepca/config";
import { acmeProvisioner, jwkProvisioner, sshpopProvisioner } from "../../stepca/provisioners";
import { rotatedFiles } from "../exportedFiles";
import type { AuthorityPlan } from "../plan";
import type { AuthoritySettings } from "./authoritySettings";
import type { AuthoritySshKeys } from "./authoritySshKeys";
import type { DeclaredAuthority } from "./declaredAuthority";

/** The sources of ca.json, in addition to the settings. */
export interface CaConfigSources {
  readonly plan: AuthorityPlan;
  readonly declared: DeclaredAuthority;
  readonly provisioner: JwkProvisioner;
  readonly sshKeys: AuthoritySshKeys | undefined;
}

/** The ca.json of an authority. Without a rotation, its files have the names that they always had. */
export function authorityCaConfig(settings: AuthoritySettings, sources: CaConfigSources): Output<JsonObject> {
  const { plan, declared, provisioner, sshKeys } = sources;
  const { ssh, dnsNames, address, acme, sshpop, claims, database, caConfig: extra, crl } = settings;
  const admin = all([provisioner.provisioner, provisioner.key, provisioner.encryptedKey]).apply(
    ([name, key, encryptedKey]) => jwkProvisioner(name, { key, encryptedKey }, ssh),
  );
  return output({
    key: declared.keyUri(plan.intermediate),
    kms: settings.sources.intermediate.kms,
    ssh: sshKeys && {
      hostKey: sshKeys.uri("host"),
      userKey: sshKeys.uri("user"),
      ...(plan.isRotated ? { keys: sshKeys.entries } : {}),
    },
    files: plan.isRotated ? certificateFiles(sources) : {},
    dnsNames,
    address,
    provisioners: output({ admin, acme, sshpop }).apply((known) => [
      ...[known.admin, ...(known.acme ? [acmeProvisioner()] : []), ...(known.sshpop ? [sshpopProvisioner()] : [])],
    ]),
    claims,
    listUrl: crl?.stepCaUrl,
    database,
    extra,
  }).apply(({ files, ...parts }) => caConfig({ ...parts, ...files } as CaConfigParts));
}

function certificateFiles({ declared }: CaConfigSources): Output<{ roots: string[]; crt: string }> {
  return all([declared.roots, declared.bundle]).apply(([roots, bundle]) => {
    const files = rotatedFiles(roots, bundle);
    return { roots: files.roots.map(({ name }) => name), crt: files.crt.name };
  });
}
