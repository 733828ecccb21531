import { isDeepStrictEqual } from "node:util";
import { PkiError } from "../errors";
import { kmsRegistry } from "../kms/registry/registry";
import {
  type CertificateRequestInputs,
  type CertificateRequestRecord,
  requestDeclarationOf,
} from "../lifecycle/certificateRequestRecord";
import type { Context } from "../lifecycle/context";
import { formatInstant } from "../words/instant";
import { publicKeyPem } from "../x509/certificate";
import { subjectKeyIdentifier } from "../x509/subjectKeyIdentifier";
import { type Imported, importedKey, importedText, partsOf } from "./importing";

/**
 * The arguments and the record of a certificate request that exists, from the id `FILE,KEY-URI`. Tells the user what in it no
 * argument says. It is never signed again for that.
 *
 * @throws PkiError `INPUT_INVALID`, `FILE_UNUSABLE`, `CSR_INVALID`, and what the key's KMS says
 */
export async function importedRequest(id: string, context: Context): Promise<Imported> {
  const [file = "", keyUri = ""] = partsOf(id, "a certificate request and its key", "FILE,KEY-URI");
  const { requestPem } = await import("../x509/pem.js");
  const csrPem = requestPem(await importedText(file, "the certificate request", context), file);
  const { challengePasswordOf, readCertificateRequest } = await import("../x509/certificateRequest.js");
  const publicKey = await readCertificateRequest(csrPem);
  const key = await importedKey(keyUri, context);
  if (!isDeepStrictEqual(key["publicKeyPem"], publicKeyPem(publicKey))) {
    throw new PkiError(
      "INPUT_INVALID",
      `the request in ${file} is for another key than ${kmsRegistry.shownUri(keyUri)}`,
      "Name the key that the request is for",
    );
  }
  const { declaredRequest } = await import("../x509/declaredRequest.js");
  const { content, differences } = declaredRequest(csrPem, file);
  if (differences.length > 0) {
    context.notice(
      `the imported request in ${file} says more or other things than its declaration (${differences.join(", ")}). It stays as it ` +
        "is until you declare something else",
    );
  }
  const hasPassword = challengePasswordOf(csrPem) !== undefined;
  return {
    args: { key, ...content, ...(hasPassword ? { challengePassword: true } : {}) },
    recorded(inputs) {
      const state: CertificateRequestRecord = {
        csrPem,
        publicKeyPem: publicKeyPem(publicKey),
        signedAt: formatInstant(context.surroundings.now().getTime()),
        declaration: requestDeclarationOf(inputs as unknown as CertificateRequestInputs),
      };
      return { id: subjectKeyIdentifier(publicKey), state };
    },
  };
}
