import type { X509Certificate } from "node:crypto";
import { connect, type TLSSocket } from "node:tls";
import { until } from "../fixtures/waiting";
import { certificatesOf } from "../world/served";
import type { StepCa } from "./stepCa";

/** The fingerprints of the certificates that step-ca sends with its own; none if it does not answer. */
export function servedIssuers(port: number): Promise<string[]> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, servername: "localhost" }, () => {
      const found = issuersFrom(socket);
      socket.destroy();
      resolve(found);
    });
    socket.on("error", () => {
      resolve([]);
    });
  });
}

/** The fingerprints of the certificates that a server sent with its own. */
export function issuersFrom(socket: TLSSocket): string[] {
  // A certificate that is not self-signed has its issuer as another object, if that was sent.
  const found: string[] = [];
  let certificate: X509Certificate | undefined = socket.getPeerX509Certificate()?.issuerCertificate;
  while (certificate !== undefined && !found.includes(certificate.fingerprint256)) {
    found.push(certificate.fingerprint256);
    certificate = certificate.issuerCertificate;
  }
  return found;
}

/** Has step-ca read its ca.json again, and waits until it serves the intermediates of a bundle. */
export async function reloadUntilServed(ca: StepCa, port: number, bundle: string): Promise<void> {
  const expected = JSON.stringify(certificatesOf(bundle).map(({ fingerprint256 }) => fingerprint256));
  ca.reload();
  const serves = async (): Promise<boolean> => JSON.stringify(await servedIssuers(port)) === expected;
  await until(`step-ca serves ${expected}`, serves, { known: () => ca.log });
}
