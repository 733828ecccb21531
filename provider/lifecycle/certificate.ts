import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { checkCertificate } from "../inputs/certificate";
import { parseDuration } from "../inputs/duration";
import { hasUnknown, UNKNOWN } from "../inputs/unknown";
import type { Algorithm } from "../kms/algorithms";
import { readCertificate, readPublicKey } from "../x509/certificate";
import type { DistinguishedName } from "../x509/distinguishedName";
import { type CertificateContent, type CertificateTemplate, certificateTemplate } from "../x509/template";
import type { Context } from "./context";
import type { Difference, Lifecycle } from "./provider";

/** What a program says of a certificate. */
export interface CertificateInputs extends CertificateContent {
  /** The key that signs: the issuer's, or the subject's own. */
  readonly signingKey: { readonly uri: string; readonly algorithm: Algorithm; readonly kms?: string };
  /** Absent for a self-signed certificate. */
  readonly issuer?: {
    readonly certificatePem: string;
    /** What a preview knows of an issuer that is about to be issued anew. */
    readonly subject?: DistinguishedName;
  };
  /** The subject's key; absent with `csrPem`. */
  readonly publicKeyPem?: string;
  readonly csrPem?: string;
  /** How long before its end the certificate is issued anew. At its end when it is left out. */
  readonly renewBefore?: string;
}

/**
 * What is recorded of a certificate; all else it tells itself. The engine writes the whole state after every step, and
 * each value in it costs time: so what was declared is one text.
 */
export interface CertificateRecord {
  readonly certificatePem: string;
  /** Hex. */
  readonly serialNumber: string;
  /** RFC 3339. */
  readonly notAfter: string;
  readonly status: "valid" | "expired";
  readonly readyForRenewal: boolean;
  /** A {@link Declaration} as JSON. */
  readonly declaration: string;
}

/** The inputs of an issued certificate, but for what the certificate tells itself: its own and its issuer's key. */
interface Declaration extends Omit<CertificateInputs, "publicKeyPem" | "issuer"> {
  /** The SHA-256 of the issuer's certificate as PEM, and its subject. */
  readonly issuer?: { readonly sha256: string; readonly subject?: DistinguishedName };
}

/** The life of a certificate: issued once, and anew in place when what it says, or its time, changes. */
export function certificateLifecycle(context: Context): Lifecycle<CertificateInputs, CertificateRecord> {
  const { now } = context.surroundings;

  const issueRecord = async (inputs: CertificateInputs): Promise<{ id: string; state: CertificateRecord }> => {
    const { issue } = await import("./certificateIssuance.js");
    const { id, ...issued } = await issue(inputs, templateOf(inputs), context);
    return { id, state: { ...issued, status: "valid", readyForRenewal: false, declaration: declarationOf(inputs) } };
  };

  return {
    check: (_olds, news) => ({ inputs: news, problems: checkCertificate({ ...news }, now()) }),

    async diff(state, news): Promise<Difference> {
      const declared = JSON.parse(state.declaration) as Declaration;
      const issuer = await issuerDifference(state, declared, news);
      const replaces = [
        ...(isSubjectKeyChanged(state, news) ? ["publicKeyPem"] : []),
        ...(declared.csrPem === news.csrPem ? [] : ["csrPem"]),
        ...(issuer === "anotherKey" ? ["signingKey"] : []),
      ];
      const changes =
        replaces.length > 0 ||
        issuer !== "same" ||
        isContentChanged(declared, news) ||
        (await isToBeRenewed(state, news, now()));
      return { changes, replaces };
    },

    create: issueRecord,

    read(state) {
      const { renewBefore } = JSON.parse(state.declaration) as Declaration;
      return Promise.resolve({
        ...state,
        status: isDue(state.notAfter, undefined, now()) ? "expired" : "valid",
        readyForRenewal: isDue(state.notAfter, renewBefore, now()),
      });
    },

    async update(_state, news) {
      return (await issueRecord(news)).state;
    },

    delete: () => Promise.resolve(),
  };
}

function declarationOf({ publicKeyPem: _, issuer, ...inputs }: CertificateInputs): string {
  const declaration: Declaration = {
    ...inputs,
    ...(issuer === undefined
      ? {}
      : {
          issuer: {
            sha256: sha256(issuer.certificatePem),
            ...(issuer.subject === undefined ? {} : { subject: issuer.subject }),
          },
        }),
  };
  return JSON.stringify(declaration);
}

/** What a certificate of these inputs says. */
function templateOf(content: CertificateContent): CertificateTemplate {
  return certificateTemplate(content, content.validity === undefined ? undefined : parseDuration(content.validity));
}

/** Whether the time to issue anew has come. A duration that is not known yet counts as none. */
function isDue(notAfter: string, renewBefore: string | undefined, now: Date): boolean {
  const earlySeconds = (renewBefore === undefined ? undefined : parseDuration(renewBefore)) ?? 0;
  return new Date(notAfter).getTime() - earlySeconds * 1000 <= now.getTime();
}

/** One that ends with its issuer waits for that to be renewed: before, every run would issue it anew for nothing. */
async function isToBeRenewed(
  { notAfter }: CertificateRecord,
  { renewBefore, issuer }: CertificateInputs,
  now: Date,
): Promise<boolean> {
  const isEarly = isDue(notAfter, renewBefore, now) && !isDue(notAfter, undefined, now);
  if (!isEarly || issuer === undefined || issuer.certificatePem === UNKNOWN) {
    return isDue(notAfter, renewBefore, now);
  }
  const { endsWithIssuer } = await import("./certificateIssuance.js");
  return !endsWithIssuer(notAfter, issuer.certificatePem);
}

/** A certificate binds a name to a key: with another key it is another certificate. */
function isSubjectKeyChanged(state: CertificateRecord, { publicKeyPem }: CertificateInputs): boolean {
  return (
    publicKeyPem !== undefined &&
    (hasUnknown(publicKeyPem) || !readCertificate(state.certificatePem).publicKey.equals(readPublicKey(publicKeyPem)))
  );
}

function isContentChanged(declared: Declaration, news: CertificateInputs): boolean {
  const { issuer: _issuer, signingKey, publicKeyPem: _key, ...content } = news;
  return (
    hasUnknown(content) ||
    (!hasUnknown(signingKey) && signingKey.algorithm !== declared.signingKey.algorithm) ||
    !isDeepStrictEqual(comparable(declared), comparable(news))
  );
}

/** An explicit validity that equals the default is no change. */
function comparable(content: CertificateContent): object {
  const { validityIsExplicit: _, ...template } = templateOf(content);
  return JSON.parse(JSON.stringify(template)) as object;
}

async function issuerDifference(
  state: CertificateRecord,
  declared: Declaration,
  { issuer, signingKey }: CertificateInputs,
): Promise<"same" | "changed" | "anotherKey"> {
  const recorded = declared.issuer;
  if (recorded === undefined || issuer === undefined) {
    return recorded === issuer ? "same" : "anotherKey";
  }
  if (issuer.certificatePem !== UNKNOWN) {
    if (sha256(issuer.certificatePem) === recorded.sha256) {
      return "same";
    }
    const { compareIssuer } = await import("./certificateIssuance.js");
    return compareIssuer(state.certificatePem, issuer.certificatePem);
  }
  // A preview in which the issuer is about to be issued anew: its key's URI and its name tell what will come.
  if (signingKey.uri !== declared.signingKey.uri) {
    return "anotherKey";
  }
  const keepsName = issuer.subject !== undefined && isDeepStrictEqual(recorded.subject, issuer.subject);
  return keepsName ? "same" : "changed";
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
