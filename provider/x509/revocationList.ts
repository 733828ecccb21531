import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import * as asn1 from "@peculiar/asn1-x509";
import { PkiError } from "../errors";
import type { Signer } from "../kms/keyManager";
import { type Issuer, requireIssuing, requireKeyOf } from "./issuer";
import { REVOCATION_REASONS, type RevocationReason } from "./revocationReasons";
import { canonicalSerialNumber } from "./serialNumber";
import { isDerSignedBy, signatureAlgorithm, signedDer } from "./signedDer";

/** An entry of a certificate revocation list: a revoked certificate. */
export interface RevocationEntry {
  /** Lowercase hex, without leading zeros. */
  readonly serialNumber: string;
  readonly reason: RevocationReason;
  readonly revokedAt: Date;
  /** Since when the key is known or suspected to be compromised. */
  readonly invalidityDate?: Date | undefined;
}

/** A certificate revocation list to issue. */
export interface RevocationListOrder {
  readonly issuer: Issuer;
  /** The issuer's key. */
  readonly signer: Signer;
  readonly number: number;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** Each serial number once. */
  readonly entries: readonly RevocationEntry[];
  /** The URL of the issuing distribution point. */
  readonly url?: string | undefined;
  readonly onlyContainsCACerts: boolean;
}

/**
 * Issues one certificate revocation list (RFC 5280, section 5). Checks the issuer, has the key management service sign
 * once, and verifies the signature before it returns.
 *
 * @returns DER
 * @throws PkiError `ISSUER_NOT_CA`, `ISSUER_LACKS_CRL_SIGN`, `ISSUER_KEY_MISMATCH`, `VALIDITY_EXCEEDS_ISSUER`,
 * `SIGNATURE_INVALID` and the errors of the signer
 */
export async function issueRevocationList(order: RevocationListOrder): Promise<Buffer> {
  const { issuer, signer, thisUpdate } = order;
  requireIssuing(issuer, thisUpdate);
  requireKeyOf(issuer, signer.publicKey);
  if (!issuer.signsLists) {
    throw new PkiError(
      "ISSUER_LACKS_CRL_SIGN",
      "the issuer's certificate lacks the key usage cRLSign, so no reader accepts its lists",
      "Reissue the CA's certificate with the key usages keyCertSign and cRLSign",
    );
  }
  return signedDer(new Uint8Array(AsnConvert.serialize(toBeSigned(order))), signer);
}

function toBeSigned(order: RevocationListOrder): asn1.TBSCertList {
  const { issuer, signer, thisUpdate, nextUpdate, entries } = order;
  return new asn1.TBSCertList({
    version: asn1.Version.v2,
    signature: signatureAlgorithm(signer.algorithm),
    issuer: AsnConvert.parse(issuer.subjectDer, asn1.Name),
    thisUpdate: new asn1.Time(thisUpdate),
    nextUpdate: new asn1.Time(nextUpdate),
    // An empty list must not have the field (RFC 5280, section 5.1.2.6).
    ...(entries.length === 0 ? {} : { revokedCertificates: entries.map(revokedCertificate) }),
    crlExtensions: new asn1.Extensions(listExtensions(order)),
  });
}

function revokedCertificate(entry: RevocationEntry): asn1.RevokedCertificate {
  const { serialNumber, reason, revokedAt, invalidityDate } = entry;
  const extensions = [
    // Unspecified is left out (RFC 5280, section 5.3.1).
    ...(reason === "unspecified"
      ? []
      : [extension(asn1.id_ce_cRLReasons, false, new asn1.CRLReason(asn1.CRLReasons[reason]))]),
    ...(invalidityDate === undefined
      ? []
      : [extension(asn1.id_ce_invalidityDate, false, new asn1.InvalidityDate(invalidityDate))]),
  ];
  return new asn1.RevokedCertificate({
    userCertificate: integer(serialNumber),
    revocationDate: new asn1.Time(revokedAt),
    ...(extensions.length === 0 ? {} : { crlEntryExtensions: extensions }),
  });
}

/** The content of a positive INTEGER. */
function integer(hex: string): ArrayBuffer {
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  return Uint8Array.from(Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, "hex")).buffer;
}

function listExtensions({ issuer, number, url, onlyContainsCACerts }: RevocationListOrder): asn1.Extension[] {
  const keyIdentifier = new asn1.KeyIdentifier(Buffer.from(issuer.subjectKeyIdentifier, "hex"));
  const distributionPoint =
    url === undefined
      ? {}
      : {
          distributionPoint: new asn1.DistributionPointName({
            fullName: [new asn1.GeneralName({ uniformResourceIdentifier: url })],
          }),
        };
  return [
    extension(asn1.id_ce_authorityKeyIdentifier, false, new asn1.AuthorityKeyIdentifier({ keyIdentifier })),
    extension(asn1.id_ce_cRLNumber, false, new asn1.CRLNumber(number)),
    // One without any field is not allowed (RFC 5280, section 5.2.5).
    ...(url === undefined && !onlyContainsCACerts
      ? []
      : [
          extension(
            asn1.id_ce_issuingDistributionPoint,
            true,
            new asn1.IssuingDistributionPoint({ ...distributionPoint, onlyContainsCACerts }),
          ),
        ]),
  ];
}

function extension(extnID: string, critical: boolean, value: object): asn1.Extension {
  return new asn1.Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

/** The facts in a certificate revocation list. */
export interface RevocationListFacts {
  readonly der: Buffer;
  /** The name of its issuer, as DER. */
  readonly issuerDer: ArrayBuffer;
  /** Hex: the authority key identifier; undefined if it has none. */
  readonly keyIdentifier: string | undefined;
  /** Undefined if it has none. */
  readonly number: bigint | undefined;
  /** The certificates that it covers, as its issuing distribution point says; undefined if that says more than is read here. */
  readonly scope: Pick<RevocationListOrder, "url" | "onlyContainsCACerts"> | undefined;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
  /** The revoked certificates, in the list's order. */
  readonly entries: readonly RevocationEntry[];
}

/**
 * Reads the list of a PEM text.
 *
 * @throws PkiError `INPUT_INVALID`
 */
export function readRevocationList(pem: string): RevocationListFacts {
  const [, body = ""] = /-----BEGIN X509 CRL-----([^-]*)-----END X509 CRL-----/.exec(pem) ?? [];
  const der = Buffer.from(body, "base64");
  try {
    const { tbsCertList } = AsnConvert.parse(der, asn1.CertificateList);
    const valueOf = (id: string): OctetString | undefined =>
      tbsCertList.crlExtensions?.find(({ extnID }) => extnID === id)?.extnValue;
    const keys = valueOf(asn1.id_ce_authorityKeyIdentifier);
    const { keyIdentifier } = keys === undefined ? {} : AsnConvert.parse(keys, asn1.AuthorityKeyIdentifier);
    return {
      ...{ der, issuerDer: AsnConvert.serialize(tbsCertList.issuer) },
      keyIdentifier: keyIdentifier === undefined ? undefined : Buffer.from(keyIdentifier.buffer).toString("hex"),
      number: listNumber(valueOf(asn1.id_ce_cRLNumber)),
      scope: listScope(valueOf(asn1.id_ce_issuingDistributionPoint)),
      thisUpdate: tbsCertList.thisUpdate.getTime(),
      nextUpdate: tbsCertList.nextUpdate?.getTime(),
      entries: (tbsCertList.revokedCertificates ?? []).map(readEntry),
    };
  } catch (cause) {
    throw new PkiError("INPUT_INVALID", "the text is not a certificate revocation list", "Give it as PEM", { cause });
  }
}

/** CRLNumber ::= INTEGER (0..MAX), of up to 20 octets (RFC 5280, section 5.2.3). */
function listNumber(value: OctetString | undefined): bigint | undefined {
  return value === undefined ? undefined : BigInt(`0x${Buffer.from(value.buffer).subarray(2).toString("hex")}`);
}

function listScope(value: OctetString | undefined): RevocationListFacts["scope"] {
  if (value === undefined) {
    return { onlyContainsCACerts: false };
  }
  const point = AsnConvert.parse(value, asn1.IssuingDistributionPoint);
  const { distributionPoint, onlyContainsCACerts, onlyContainsUserCerts, onlySomeReasons, indirectCRL } = point;
  const [name, ...others] = distributionPoint?.fullName ?? [];
  const url = name?.uniformResourceIdentifier;
  const isRead =
    !onlyContainsUserCerts &&
    !indirectCRL &&
    onlySomeReasons === undefined &&
    others.length === 0 &&
    (distributionPoint === undefined || url !== undefined);
  return isRead ? { url, onlyContainsCACerts } : undefined;
}

function readEntry(entry: asn1.RevokedCertificate): RevocationEntry {
  const { userCertificate, revocationDate, crlEntryExtensions } = entry;
  const valueOf = (id: string): OctetString | undefined =>
    crlEntryExtensions?.find(({ extnID }) => extnID === id)?.extnValue;
  const [reason, invalidityDate] = [valueOf(asn1.id_ce_cRLReasons), valueOf(asn1.id_ce_invalidityDate)];
  const name = reason === undefined ? undefined : asn1.CRLReasons[AsnConvert.parse(reason, asn1.CRLReason).reason];
  return {
    serialNumber: canonicalSerialNumber(Buffer.from(userCertificate).toString("hex")),
    reason: REVOCATION_REASONS.find((each) => each === name) ?? "unspecified",
    revokedAt: revocationDate.getTime(),
    ...(invalidityDate === undefined
      ? {}
      : { invalidityDate: AsnConvert.parse(invalidityDate, asn1.InvalidityDate).value }),
  };
}

/**
 * Whether a list belongs to a CA: by its name, its key identifier and its signature.
 */
export function isListOf({ der, issuerDer, keyIdentifier }: RevocationListFacts, issuer: Issuer): boolean {
  return (
    Buffer.from(issuerDer).equals(Buffer.from(issuer.subjectDer)) &&
    keyIdentifier === issuer.subjectKeyIdentifier &&
    isDerSignedBy(der, issuer.publicKey)
  );
}
