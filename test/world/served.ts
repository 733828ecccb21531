import { X509Certificate } from "node:crypto";
import type { Compromise } from "../../provider/authority/program/authorityCompromise";
import type { CrossCertificate } from "../../provider/authority/program/authorityGenerations";
import type { GenerationOutput } from "../engine/rotationStack";

/** Everything that people and programs take from an authority. */
export interface Served {
  readonly roots: readonly GenerationOutput[];
  readonly intermediates: readonly GenerationOutput[];
  readonly crossCertificates: readonly CrossCertificate[];
  readonly sshUserKeys: readonly GenerationOutput[];
  readonly sshHostKeys: readonly GenerationOutput[];
  readonly intermediateBundle: string;
  readonly caConfig: { readonly key: string };
  readonly compromise?: Compromise;
}

/** The certificates of a bundle. */
export function certificatesOf(bundle: string): X509Certificate[] {
  return bundle
    .split(/(?<=-----END CERTIFICATE-----\n)/)
    .filter((pem) => pem.trim() !== "")
    .map((pem) => new X509Certificate(pem));
}

/** Whether a root leads to the certificate that step-ca serves, which node:crypto verifies. */
export function leadsToServed(rootPem: string, bundle: string): boolean {
  const [issuing, ...others] = certificatesOf(bundle);
  const root = new X509Certificate(rootPem);
  const leads = (from: X509Certificate): boolean =>
    (from.checkIssued(root) && from.verify(root.publicKey)) ||
    others.some((cross) => from.checkIssued(cross) && from.verify(cross.publicKey) && leads(cross));
  return issuing !== undefined && leads(issuing);
}
