import { all, type CustomResourceOptions, output, type Output } from "../pulumi";
import { cleanText, listPemInputs } from "../inputs/pem";
import { checkRevocationList, LIST_DEFAULTS } from "../inputs/revocationList";
import { renewalTime } from "../inputs/renewal";
import { currentTime } from "../words/clock";
import { type Problem, problemsOf } from "../words/problem";
import { hasUnknown } from "../words/unknown";
import { certificatePem, derBase64 } from "../x509/pem";
import { type Certificate, wireIssuer } from "./certificate";
import type { CertificateArgs, ExternalIssuer } from "./certificateArgs";
import { type CertificateRevocationListArgs, checkRevocationListArgs } from "./certificateRevocationListArgs";
import { givenArgs, plainValues } from "./knownInputs";
import { LifecycleResource } from "./lifecycleResource";
import { signingReference } from "./signingKey";

/**
 * A certificate revocation list (RFC 5280, section 5), signed by the key of a CA, which never leaves its KMS.
 *
 * `up` issues the next list when the program revokes a certificate, and when the list is due. Otherwise it signs nothing, and
 * neither does a preview. Each signature is verified before it is accepted.
 *
 * @example
 * ```ts
 * import * as pki from "pulumi-kms-pki";
 *
 * const url = "http://pki.example.com/root.crl";
 * const root = new pki.Certificate("root", { key: new pki.SoftKey("root"), subject: { commonName: "Example Root" } });
 * const issuing = new pki.Certificate("issuing", {
 *   key: new pki.SoftKey("issuing"),
 *   issuer: root,
 *   subject: { commonName: "Example Issuing CA" },
 *   crlDistributionPoints: [url],
 * });
 * const list = new pki.CertificateRevocationList("root-list", {
 *   issuer: root,
 *   onlyContainsCACerts: true,
 *   revoked: [{ serialNumber: "5a17c3f09d", reason: "superseded", revokedAt: "2026-03-01T12:00:00Z" }],
 * });
 * export const crl = list.crlPem;
 * ```
 */
export class CertificateRevocationList extends LifecycleResource {
  /** The list as PEM. */
  declare readonly crlPem: Output<string>;
  /** Its number, which grows with each list: the second of its issue, counted from 1970. */
  declare readonly crlNumber: Output<number>;
  /** RFC 3339: when the list was issued. */
  declare readonly thisUpdate: Output<string>;
  /** RFC 3339: until when readers use it. */
  declare readonly nextUpdate: Output<string>;
  readonly #renewBefore: CertificateRevocationListArgs["renewBefore"];

  /** @throws PkiError `INPUT_INVALID`, with all problems */
  constructor(name: string, args: CertificateRevocationListArgs, opts?: CustomResourceOptions) {
    const { issuer, revoked, ...content } = givenArgs(args);
    const wired = wireIssuer(issuer as Certificate | ExternalIssuer);
    super(
      "certificateRevocationList",
      "CertificateRevocationList",
      name,
      {
        ...content,
        revoked: keptCertificates(revoked),
        signingKey: signingReference(wired.key),
        issuer: wired.input,
        crlPem: undefined,
        crlNumber: undefined,
        thisUpdate: undefined,
        nextUpdate: undefined,
      },
      (plain) => [
        ...checkRevocationListArgs(givenArgs(args)),
        ...wired.problems,
        ...checkListSigner(wired.keyUsages),
        ...checkRevocationList(plain, currentTime()),
      ],
      opts,
      listPemInputs(content),
    );
    this.#renewBefore = content.renewBefore;
  }

  /** The list as DER in base64, the form that readers fetch. */
  get crlDer(): Output<string> {
    return this.crlPem.apply(derBase64);
  }

  /** RFC 3339: the instant from which `up` issues the next list. */
  get renewalTime(): Output<string> {
    return this.#renewal((time) => time.toISOString());
  }

  /** Whether that instant has come. Each `up` and `refresh --run-program` computes it again. */
  get readyForRenewal(): Output<boolean> {
    return this.#renewal((time) => time <= currentTime());
  }

  #renewal<T>(of: (time: Date) => T): Output<T> {
    return all([this.thisUpdate, this.nextUpdate, output(this.#renewBefore)]).apply(
      ([thisUpdate, nextUpdate, renewBefore]) =>
        of(
          renewalTime(
            { notBefore: new Date(thisUpdate), notAfter: new Date(nextUpdate) },
            renewBefore ?? LIST_DEFAULTS.renewBefore,
          ),
        ),
    );
  }
}

/** Checks the key usages of a CA of this program before it is issued. Without any, it has those of its profile. */
function checkListSigner(keyUsages: CertificateArgs["keyUsages"]): Problem[] {
  const { known } = plainValues({ known: keyUsages });
  return Array.isArray(known) && !hasUnknown(known) && !known.includes("cRLSign")
    ? [
        {
          code: "ISSUER_LACKS_CRL_SIGN",
          property: "issuer",
          reason: "the key usages of the CA lack cRLSign, so no reader accepts its lists",
          remedy: 'Add "cRLSign" to its keyUsages',
        },
      ]
    : [];
}

/**
 * The certificates to revoke, each with nothing but the certificate of its PEM text. An unreadable text that is known
 * stays, and the check reports it. Anything else never reaches the engine.
 */
function keptCertificates(revoked: CertificateRevocationListArgs["revoked"]): unknown {
  return hasUnknown(plainValues({ revoked }))
    ? output(revoked).apply((known) => mapped(known, (text, name) => cleanText(text, name, certificatePem)))
    : mapped(revoked, (text, name) => {
        let clean = text;
        problemsOf(() => {
          clean = cleanText(text, name, certificatePem);
        }, "");
        return clean;
      });
}

function mapped(revoked: unknown, clean: (text: unknown, name: string) => unknown): unknown {
  return Array.isArray(revoked)
    ? revoked.map((entry: unknown, at) =>
        typeof entry === "object" && entry !== null && "certificatePem" in entry && entry.certificatePem !== undefined
          ? { ...entry, certificatePem: clean(entry.certificatePem, `revoked[${String(at)}].certificatePem`) }
          : entry,
      )
    : revoked;
}
