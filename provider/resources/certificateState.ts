import type { Input } from "../pulumi";
import { argumentNames, checkArgumentNames } from "../words/argumentNames";
import type { Problem } from "../words/problem";
import type { SigningKeyInput } from "./signingKey";

/** The facts about a certificate that another program declares. */
export interface CertificateState {
  /** The certificate as PEM. The certificates of the CAs above it may follow, up to their root. */
  certificatePem: Input<string>;
  /** The subject's key. Only with it can the certificate issue others. */
  key?: SigningKeyInput | undefined;
}

const STATE = argumentNames<CertificateState>({ certificatePem: true, key: true });

/** Finds unknown and missing facts about a certificate that another program declares. */
export function checkCertificateState(state: CertificateState): Problem[] {
  const { certificatePem } = state as Partial<CertificateState>;
  return [
    ...checkArgumentNames(state, STATE),
    ...(certificatePem === undefined
      ? [
          {
            ...{ code: "INPUT_INVALID" as const, property: "certificatePem" },
            reason: "it is missing, and nothing else says what the certificate contains",
            remedy: "Give it, such as the output certificatePem of the stack that declares the certificate",
          },
        ]
      : []),
  ];
}
