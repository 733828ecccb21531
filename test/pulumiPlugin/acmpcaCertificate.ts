import { X509Certificate } from "node:crypto";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { ForeignCa } from "../fixtures/foreignCa";
import type { Properties } from "./properties";
import type { ResourceKind } from "./resourceKind";

/** The folder of the CA that signs. Its file `revoked` gets the serial number of each revoked certificate, in hex. */
const PRIVATE_CA = "KMS_PKI_TEST_PRIVATE_CA";

/** What the service writes, whatever the request asks for. */
const TEMPLATES: Readonly<Record<string, string>> = {
  "EndEntityCertificate/V1":
    "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth,clientAuth",
  "SubordinateCACertificate_PathLen0/V1":
    "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,digitalSignature,keyCertSign,cRLSign",
};
const KEY_IDENTIFIERS = "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid";
const HOUR = 3_600_000;

/** The inputs; the names are those of @pulumi/aws. */
interface CertificateInputs {
  readonly certificateAuthorityArn: string;
  readonly certificateSigningRequest: string;
  readonly signingAlgorithm: string;
  readonly templateArn?: string;
  readonly validity: { readonly type: string; readonly value: string };
}

/** `aws:acmpca/certificate:Certificate`, by a CA with an ECDSA key that openssl plays. */
export function acmpcaCertificate(): ResourceKind {
  return {
    inputs: {
      apiPassthrough: { replaces: true },
      certificateAuthorityArn: { replaces: true },
      certificateSigningRequest: { replaces: true },
      region: { chosenByService: true, replaces: true },
      signingAlgorithm: { replaces: true },
      templateArn: { replaces: true },
      validity: { replaces: true },
    },
    outputs: ["arn", "certificate", "certificateChain"],

    create(properties) {
      const inputs = properties as Properties & CertificateInputs;
      const ca = privateCa();
      const issued = ca.certify(inputs.certificateSigningRequest, {
        extensions: `${extensionsOf(inputs)}\n${KEY_IDENTIFIERS}`,
        notBefore: asn1Time(Date.now() - HOUR),
        notAfter: asn1Time(endOf(inputs, ca.chain)),
      });
      const arn = `${inputs.certificateAuthorityArn}/certificate/${serialOf(issued)}`;
      // Neither text of the service ends with a line break.
      const [certificate, certificateChain] = [issued.trimEnd(), ca.chain.trimEnd()];
      return Promise.resolve({ id: arn, state: { ...inputs, arn, certificate, certificateChain } });
    },

    read: (id, state) => Promise.resolve({ id, state }),

    update: () => Promise.reject(new Error("the service changes no certificate")),

    delete(_id, { certificate }) {
      appendFileSync(join(privateCa().directory, "revoked"), `${serialOf(String(certificate))}\n`);
      return Promise.resolve();
    },
  };
}

function privateCa(): ForeignCa {
  const directory = process.env[PRIVATE_CA];
  if (directory === undefined) {
    throw new Error(`${PRIVATE_CA} does not name the folder of a CA`);
  }
  return new ForeignCa({ directory });
}

function extensionsOf({ signingAlgorithm, templateArn }: CertificateInputs): string {
  if (signingAlgorithm !== "SHA256WITHECDSA") {
    throw new Error(`ValidationException: the CA's key does not sign with ${signingAlgorithm}`);
  }
  const template = (templateArn ?? "EndEntityCertificate/V1").replace("arn:aws:acm-pca:::template/", "");
  const extensions = TEMPLATES[template];
  if (extensions === undefined) {
    throw new Error(`ValidationException: there is no template ${template}`);
  }
  return extensions;
}

/** @param chain the certificates of the CA and those above it */
function endOf({ validity: { type, value } }: CertificateInputs, chain: string): number {
  const end = type === "END_DATE" ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(end)) {
    throw new Error(`ValidationException: the tests take no validity of ${type} ${value}`);
  }
  if (end > Date.parse(new X509Certificate(chain).validTo)) {
    throw new Error("ValidationException: the certificate would end after its CA");
  }
  return end;
}

function asn1Time(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replaceAll(/[-:T]/g, "")}Z`;
}

function serialOf(certificatePem: string): string {
  return new X509Certificate(certificatePem).serialNumber.toLowerCase();
}
