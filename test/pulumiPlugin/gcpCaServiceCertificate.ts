import { X509Certificate } from "node:crypto";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { readCertificates } from "../../provider/x509/pem";
import { ForeignCa } from "../fixtures/foreignCa";
import type { ResourceKind } from "./resourceKind";

/** The folder of the CA that signs. Its file `revoked` gets the serial number of each revoked certificate, in hex. */
const CA_SERVICE = "KMS_PKI_TEST_CA_SERVICE";

/** `gcp:certificateauthority/certificate:Certificate`, by a pool with one CA that openssl plays. It writes what the request asks for. */
export function gcpCaServiceCertificate(): ResourceKind {
  return {
    inputs: {
      location: { replaces: true },
      pool: { replaces: true },
      name: { replaces: true },
      lifetime: { default: "315360000s", replaces: true },
      pemCsr: { replaces: true },
      project: { chosenByService: true, replaces: true },
    },
    outputs: ["pemCertificate", "pemCertificateChains"],

    create(inputs) {
      const { location, pool, name, lifetime, pemCsr } = inputs as Readonly<Record<string, string>>;
      const [, seconds = ""] = /^(\d+)s$/.exec(lifetime ?? "") ?? [];
      const ca = caService();
      const pemCertificate = ca.certify(pemCsr ?? "", { notAfter: asn1Time(Date.now() + Number(seconds) * 1000) });
      const pemCertificateChains = readCertificates(ca.chain, "the chain").map(String);
      const id = `projects/test/locations/${String(location)}/caPools/${String(pool)}/certificates/${String(name)}`;
      return Promise.resolve({ id, state: { ...inputs, pemCertificate, pemCertificateChains } });
    },

    read: (id, state) => Promise.resolve({ id, state }),

    update: () => Promise.reject(new Error("the service changes only labels")),

    delete(_id, { pemCertificate }) {
      const serial = new X509Certificate(String(pemCertificate)).serialNumber.toLowerCase();
      appendFileSync(join(caService().directory, "revoked"), `${serial}\n`);
      return Promise.resolve();
    },
  };
}

function caService(): ForeignCa {
  const directory = process.env[CA_SERVICE];
  if (directory === undefined) {
    throw new Error(`${CA_SERVICE} does not name the folder of a CA`);
  }
  return new ForeignCa({ directory });
}

function asn1Time(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replaceAll(/[-:T]/g, "")}Z`;
}
