import { connect } from "node:tls";

/** The fingerprints of the certificates that step-ca sends with its own. */
export function servedIssuers(port: number): Promise<string[]> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, servername: "localhost" }, () => {
      // A certificate that is not self-signed has its issuer as another object, if that was sent.
      const found: string[] = [];
      let certificate = socket.getPeerX509Certificate()?.issuerCertificate;
      while (certificate !== undefined && !found.includes(certificate.fingerprint256)) {
        found.push(certificate.fingerprint256);
        certificate = certificate.issuerCertificate;
      }
      socket.destroy();
      resolve(found);
    });
    socket.on("error", () => {
      resolve([]);
    });
  });
}
