import { PkiError } from "../errors";
import { LIST_DEFAULTS, listLifetime } from "../inputs/revocationList";
import type { Context } from "../lifecycle/context";
import type { ListedCertificate } from "../lifecycle/listedCertificates";
import {
  listDeclarationOf,
  type RevocationListInputs,
  type RevocationListRecord,
} from "../lifecycle/revocationListRecord";
import { formatDuration } from "../words/duration";
import { formatInstant } from "../words/instant";
import type { RevocationListFacts } from "../x509/revocationList";
import { type Imported, importedKey, importedText, partsOf } from "./importing";

/**
 * The arguments and the record of a revocation list that exists, from the id `FILE,ISSUER-FILE,ISSUER-KEY-URI`.
 *
 * @throws PkiError `INPUT_INVALID`, `FILE_UNUSABLE`, and what the key's KMS says
 */
export async function importedList(id: string, context: Context): Promise<Imported> {
  const [file = "", issuerFile = "", issuerKeyUri = ""] = partsOf(
    id,
    "a revocation list and its issuer",
    "FILE,ISSUER-FILE,ISSUER-KEY-URI",
  );
  const text = await importedText(file, "the revocation list", context);
  const certificatePem = await importedText(issuerFile, "the issuer's certificate", context);
  const { isListOf, readRevocationList } = await import("../x509/revocationList.js");
  const { readIssuer } = await import("../x509/issuer.js");
  const { writePem } = await import("../x509/pem.js");
  const list = readRevocationList(text);
  const issuer = readIssuer(certificatePem);
  if (!isListOf(list, issuer)) {
    throw refused(file, `it is not a list of the CA in ${issuerFile}`, "Name the certificate of the CA that issued it");
  }
  const { nextUpdate, scope, number = 0n } = list;
  if (nextUpdate === undefined || scope === undefined || number > Number.MAX_SAFE_INTEGER) {
    throw refused(
      file,
      nextUpdate === undefined
        ? "it does not say when the next list comes"
        : scope === undefined
          ? "it covers only certificates for users, certain reasons or several issuers, which no argument says"
          : "its number is above 2^53",
      "Declare a new list, whose number and url differ from it",
    );
  }
  const seconds = (nextUpdate.getTime() - list.thisUpdate.getTime()) / 1000;
  const listed = listedIn(list);
  return {
    args: {
      issuer: { certificatePem, key: await importedKey(issuerKeyUri, context) },
      ...(listed.length === 0 ? {} : { revoked: listed }),
      ...(seconds === listLifetime(LIST_DEFAULTS.validity) ? {} : { validity: formatDuration(seconds) }),
      ...(scope.url === undefined ? {} : { url: scope.url }),
      ...(scope.onlyContainsCACerts ? { onlyContainsCACerts: true } : {}),
    },
    recorded(inputs) {
      const state: RevocationListRecord = {
        crlPem: writePem("X509 CRL", list.der),
        crlNumber: Number(number),
        thisUpdate: formatInstant(list.thisUpdate.getTime()),
        nextUpdate: formatInstant(nextUpdate.getTime()),
        status: nextUpdate <= context.surroundings.now() ? "expired" : "valid",
        readyForRenewal: false,
        declaration: listDeclarationOf(inputs as unknown as RevocationListInputs, listed),
      };
      return { id: issuer.subjectKeyIdentifier, state };
    },
  };
}

function listedIn({ entries }: RevocationListFacts): ListedCertificate[] {
  return entries.map(({ serialNumber, reason, revokedAt, invalidityDate }) => ({
    ...{ serialNumber, reason, revokedAt: formatInstant(revokedAt.getTime()) },
    ...(invalidityDate === undefined ? {} : { invalidityDate: formatInstant(invalidityDate.getTime()) }),
  }));
}

function refused(file: string, reason: string, remedy: string): PkiError {
  return new PkiError("INPUT_INVALID", `the revocation list in ${file} cannot be imported: ${reason}`, remedy);
}
