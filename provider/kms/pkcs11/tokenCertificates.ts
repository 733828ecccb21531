import { childrenOf } from "../../x509/der";
import { CKA, CKO, type Handle } from "./cryptoki";
import { deleteObjects, findObjects, reader } from "./tokenObjects";
import type { OpenSession } from "./tokenSessions";

const X_509 = 0;

/** The certificates of a key, as DER. */
export function certificatesOf(open: OpenSession, id: string): Buffer[] {
  return stored(open, id).map(({ der }) => der);
}

/** Stores a certificate beside its key, in place of all others. The new one is stored before the old ones are deleted. */
export function storeCertificate(open: OpenSession, id: string, label: string, der: Uint8Array): void {
  const before = stored(open, id);
  if (!before.some((certificate) => certificate.der.equals(der))) {
    const { subject, issuer, serialNumber } = namesIn(Buffer.from(der));
    open.cryptoki.C_CreateObject(open.session, [
      { type: CKA.CLASS, value: CKO.CERTIFICATE },
      { type: CKA.CERTIFICATE_TYPE, value: X_509 },
      { type: CKA.TOKEN, value: true },
      { type: CKA.PRIVATE, value: false },
      { type: CKA.ID, value: Buffer.from(id, "hex") },
      { type: CKA.LABEL, value: label },
      { type: CKA.SUBJECT, value: subject },
      { type: CKA.ISSUER, value: issuer },
      { type: CKA.SERIAL_NUMBER, value: serialNumber },
      { type: CKA.VALUE, value: Buffer.from(der) },
    ]);
  }
  deleteObjects(
    open,
    before.filter((certificate) => !certificate.der.equals(der)).map(({ handle }) => handle),
  );
}

/** Deletes a certificate if it exists. */
export function deleteCertificate(open: OpenSession, id: string, der: Uint8Array): void {
  deleteObjects(
    open,
    stored(open, id)
      .filter((certificate) => certificate.der.equals(der))
      .map(({ handle }) => handle),
  );
}

function stored(open: OpenSession, id: string): { handle: Handle; der: Buffer }[] {
  return findObjects(open, CKO.CERTIFICATE, { id }).map((handle) => ({
    handle,
    der: reader(open, handle)(CKA.VALUE) ?? Buffer.alloc(0),
  }));
}

/** The fields of the certificate that a certificate object repeats, as DER (RFC 5280, section 4.1). */
function namesIn(der: Buffer): { subject: Buffer; issuer: Buffer; serialNumber: Buffer } {
  const [serialNumber, , issuer, , subject] = childrenOf(childrenOf(der)[0]?.whole)
    .filter(({ tag }) => tag !== 0xa0)
    .map(({ whole }) => whole);
  if (serialNumber === undefined || issuer === undefined || subject === undefined) {
    throw new Error("the certificate cannot be read");
  }
  return { subject, issuer, serialNumber };
}
