import { listLifetime } from "../inputs/revocationList";
import type { RevokedCertificate } from "../inputs/revokedCertificate";
import { formatInstant } from "../words/instant";
import { readIssuer } from "../x509/issuer";
import { writePem } from "../x509/pem";
import { isListOf, issueRevocationList, readRevocationList, type RevocationEntry } from "../x509/revocationList";
import { isDerSignedBy } from "../x509/signedDer";
import type { Relation } from "./certificateRelation";
import type { Context } from "./context";
import { type ListedCertificate, nextList } from "./listedCertificates";
import {
  lastList,
  listDeclarationOf,
  recordedListDeclaration,
  type RevocationListInputs,
  type RevocationListRecord,
} from "./revocationListRecord";

/**
 * Issues the list that follows the last one. Loaded only when a list is issued.
 *
 * Its number is the second of its issue, so that it grows without a record: after a killed run, or from an older state.
 * A clock that was set back does not lower it.
 *
 * @param last undefined for the first list
 */
export async function issueNextList(
  inputs: RevocationListInputs,
  last: RevocationListRecord | undefined,
  { backends, surroundings }: Context,
): Promise<{ id: string; state: RevocationListRecord }> {
  const { signingKey, url, onlyContainsCACerts = false } = inputs;
  const seconds = Math.floor(surroundings.now().getTime() / 1000);
  const thisUpdate = new Date(seconds * 1000);
  const nextUpdate = new Date((seconds + (listLifetime(inputs.validity) ?? 0)) * 1000);
  const { listed } = nextList(
    last && lastList(last, recordedListDeclaration(last)),
    (inputs.revoked ?? []) as readonly RevokedCertificate[],
    formatInstant(thisUpdate.getTime()),
  );
  const issuer = readIssuer(inputs.issuer.certificatePem);
  const manager = await backends.keyManager(signingKey.uri, signingKey.kms);
  const signer = await manager.createSigner({ ...signingKey, publicKeyPem: issuer.publicKeyPem });
  const number = Math.max(seconds, (last?.crlNumber ?? 0) + 1);
  const der = await issueRevocationList({
    ...{ issuer, signer, number, thisUpdate, nextUpdate, url, onlyContainsCACerts },
    entries: listed.map(entryOf),
  });
  return {
    id: issuer.subjectKeyIdentifier,
    state: {
      crlPem: writePem("X509 CRL", der),
      crlNumber: number,
      thisUpdate: formatInstant(thisUpdate.getTime()),
      nextUpdate: formatInstant(nextUpdate.getTime()),
      ...{ status: "valid", readyForRenewal: false, declaration: listDeclarationOf(inputs, listed) },
    },
  };
}

/** How an issuer's new certificate relates to a list that it has issued. */
export function compareListIssuer(crlPem: string, issuerPem: string): Relation {
  const list = readRevocationList(crlPem);
  const issuer = readIssuer(issuerPem);
  if (!isDerSignedBy(list.der, issuer.publicKey)) {
    return "anotherKey";
  }
  return isListOf(list, issuer) ? "same" : "changed";
}

function entryOf({ serialNumber, reason, revokedAt, invalidityDate }: ListedCertificate): RevocationEntry {
  return {
    ...{ serialNumber, reason, revokedAt: new Date(revokedAt) },
    ...(invalidityDate === undefined ? {} : { invalidityDate: new Date(invalidityDate) }),
  };
}
