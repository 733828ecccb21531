import type { Context } from "../lifecycle/context";
import { readCertificate } from "../x509/certificate";
import { type Imported, importedKey, importedText, partsOf } from "./importing";

const A_CERTIFICATE = "the certificate";

/**
 * The arguments of a certificate that exists, from the id `FILE,KEY-URI`, or `FILE,KEY-URI,ISSUER-FILE,ISSUER-KEY-URI` for one that
 * another CA signed.
 *
 * @throws PkiError `INPUT_INVALID`, `FILE_UNUSABLE`, and what its keys' KMSs say
 */
export async function importedCertificate(id: string, context: Context): Promise<Imported> {
  const [file = "", keyUri = "", issuerFile, issuerKeyUri = ""] = partsOf(
    id,
    "a certificate and its key",
    "FILE,KEY-URI for a root",
    "FILE,KEY-URI,ISSUER-FILE,ISSUER-KEY-URI",
  );
  const certificatePem = await importedText(file, A_CERTIFICATE, context);
  const key = await importedKey(keyUri, context);
  const { declaredSubject } = await import("../x509/declaredSubject.js");
  const said = { key, subject: declaredSubject(certificatePem), adopt: { certificatePem } };
  if (issuerFile === undefined) {
    return { args: said };
  }
  return {
    args: {
      ...said,
      profile: readCertificate(certificatePem).ca ? "intermediate" : "leaf",
      issuer: {
        certificatePem: await importedText(issuerFile, A_CERTIFICATE, context),
        key: await importedKey(issuerKeyUri, context),
      },
    },
  };
}
