import type { CertificateInputs } from "../../provider/lifecycle/certificateRecord";
import type { DeclaredResource, StackResource } from "../../policies/resource";
import { RULES } from "../../policies/rules";
import type { Rule } from "../../policies/rule";

/** The instant of every judgment. */
export const NOW = new Date("2026-11-29T00:00:00Z");

const SIGNING_KEY = { uri: "softkms:path=keys/root.pem", algorithm: "ECDSA_P256" } as const;

/** A resource of this package before it is made. */
export function declared(type: string, properties: object, name = "it"): DeclaredResource {
  return {
    urn: `urn:pulumi:test::acme::${type}::${name}`,
    name,
    type,
    properties: { ...properties },
    isProtected: true,
  };
}

/** A certificate before it is made, by some of its inputs. */
export function certificate(inputs: Partial<CertificateInputs>, name = "it"): DeclaredResource {
  return declared("Certificate", { signingKey: SIGNING_KEY, ...inputs }, name);
}

/** The same resource in an authority. */
export function inAuthority<Resource extends DeclaredResource>(resource: Resource): Resource {
  return { ...resource, urn: resource.urn.replace("::acme::", "::acme::kms-pki:index:CertificateAuthority$") };
}

/** A resource of a stack. */
export function inStack(resource: DeclaredResource, more: Partial<StackResource> = {}): StackResource {
  return { ...resource, sources: {}, ...more };
}

/** A rule of the pack. */
function rule(name: string): Rule {
  const found = RULES.find((each) => each.name === name);
  if (found === undefined) {
    throw new Error(`there is no rule ${name}`);
  }
  return found;
}

/** What a rule says of a resource before it is made. */
export function problems(name: string, resource: DeclaredResource, settings: object = {}): readonly string[] {
  return rule(name).inResource(resource, { settings, now: NOW });
}

/** The names of the resources in which a rule finds something, each with what it says. */
export function violations(name: string, stack: readonly StackResource[], settings: object = {}): readonly string[] {
  return (rule(name).inStack?.(stack, { settings, now: NOW }) ?? []).map(
    ({ resource, message }) => `${resource.name}: ${message}`,
  );
}
