import type { Output } from "../../pulumi";
import { Certificate } from "../../resources/certificate";
import { fingerprintSha256, readCertificate } from "../../x509/certificate";
import type { AuthorityPlan } from "../plan";
import { NOTHING } from "./authorityOutputs";
import type { DeclaredAuthority } from "./declaredAuthority";

/** The outputs about the certificates in use. Those that an authority does not have are undefined, whatever their type. */
export interface CertificateOutputs {
  readonly rootKey: Output<string>;
  readonly rootCertificate: Output<string>;
  readonly rootFingerprint: Output<string>;
  readonly rootRenewalTime: Output<string | undefined>;
  readonly rootReadyForRenewal: Output<boolean | undefined>;
  readonly intermediateKey: Output<string>;
  readonly intermediateCertificate: Output<string>;
  readonly intermediateRenewalTime: Output<string | undefined>;
  readonly intermediateReadyForRenewal: Output<boolean | undefined>;
}

/** The certificates in use as outputs. */
export function certificateOutputs(plan: AuthorityPlan, declared: DeclaredAuthority): CertificateOutputs {
  const { root, intermediate, isWaiting, isElsewhere } = plan;
  const nothing = NOTHING as Output<never>;
  const rootCertificate = isWaiting ? nothing : declared.pem(root);
  const ownRoot = isElsewhere ? undefined : declared.certificate(root);
  const renewedRoot = ownRoot instanceof Certificate && root.validity === undefined ? ownRoot : undefined;
  // A CA elsewhere chooses the dates, so the program's renewBefore counts even in a rotation.
  const isRenewed = !isWaiting && (intermediate.validity === undefined || isElsewhere);
  const renewed = isRenewed ? declared.made(intermediate) : undefined;
  return {
    rootKey: isElsewhere ? nothing : declared.keyUri(root),
    rootCertificate,
    rootFingerprint: isWaiting ? nothing : rootCertificate.apply((pem) => fingerprintSha256(readCertificate(pem))),
    rootRenewalTime: renewedRoot?.renewalTime ?? NOTHING,
    rootReadyForRenewal: renewedRoot?.readyForRenewal ?? NOTHING,
    intermediateKey: declared.keyUri(intermediate),
    intermediateCertificate: isWaiting ? nothing : declared.made(intermediate).certificatePem,
    intermediateRenewalTime: renewed?.renewalTime ?? NOTHING,
    intermediateReadyForRenewal: renewed?.readyForRenewal ?? NOTHING,
  };
}
