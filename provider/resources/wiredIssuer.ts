import { createRequire } from "node:module";
import { type Input, output } from "../pulumi";
import { invalid, type Problem, problemsOf } from "../words/problem";
import { chainBelowRoot } from "../x509/certificate";
import type * as paths from "../x509/certificationPath";
import { certificatesPem } from "../x509/pem";
import type { CertificateArgs, DeclaredIssuer, ExternalIssuer } from "./certificateArgs";
import { type ConstraintsAbove, constraintsInChain } from "./constraintsAbove";
import { isOutput } from "./knownInputs";
import type { SigningKeyInput } from "./signingKey";

// Loaded only for an answer, because loading takes a while.
const load = createRequire(__filename);

/** What the CA gives to what it signs. */
export interface WiredIssuer {
  readonly problems: readonly Problem[];
  readonly key: SigningKeyInput | undefined;
  readonly input: object | undefined;
  readonly chainPem: Input<string | undefined>;
  /** As the program gives them. */
  readonly keyUsages: CertificateArgs["keyUsages"];
  readonly nameConstraints: ConstraintsAbove;
}

/** A certificate without an issuer signs itself. */
export const NO_ISSUER: WiredIssuer = {
  ...{ problems: [], key: undefined, input: undefined, chainPem: undefined },
  ...{ keyUsages: undefined, nameConstraints: undefined },
};

/** An issuer that cannot sign. */
export const ISSUER_WITHOUT_KEY: WiredIssuer = {
  ...NO_ISSUER,
  problems: [
    {
      code: "INPUT_INVALID",
      property: "issuer",
      reason: "the issuer was declared without a signing key",
      remedy: "Declare the issuer with key, or give { key, certificatePem }",
    },
  ],
};

/** A CA of this program, as another program gives it to what it signs. */
export function issuerReference({
  key,
  input,
  chainPem,
  keyUsages,
  nameConstraints,
}: WiredIssuer): Input<object> | undefined {
  const { certificatePem, subject, withdrawn } = (input ?? {}) as Partial<DeclaredIssuer & ExternalIssuer>;
  return (
    key && {
      key: {
        uri: key.uri,
        algorithm: key.algorithm,
        publicKeyPem: key.publicKeyPem,
        kms: key.kms,
        givenUri: key.givenUri,
      },
      certificatePem,
      chainPem,
      declared: { subject, keyUsages, nameConstraints, withdrawn },
    }
  );
}

/** What a certificate takes from an issuer elsewhere, whose key the program does not have: what is in the issuer's answer. */
export function wireAnswer(answerPem: Input<string> | undefined): WiredIssuer {
  return {
    ...NO_ISSUER,
    chainPem:
      answerPem === undefined
        ? undefined
        : output(answerPem).apply((text) => {
            const { certificationPathOf } = load("../x509/certificationPath") as typeof paths;
            return certificationPathOf(text, "answerPem").slice(1, -1).join("");
          }),
    nameConstraints: constraintsInChain(answerPem),
  };
}

/** What a certificate takes from an issuer outside the program. */
export function wireExternalIssuer({ key, certificatePem, chainPem, declared }: ExternalIssuer): WiredIssuer {
  const { subject, withdrawn, keyUsages, nameConstraints } = declared ?? {};
  return {
    problems: [
      ...(typeof certificatePem === "string" || isOutput(certificatePem)
        ? []
        : [invalid("issuer", "it has no certificate", "Give { key, certificatePem }, with the certificate as PEM")]),
      ...(typeof chainPem === "string" ? problemsOf(() => certificatesPem(chainPem, "issuer.chainPem"), "") : []),
    ],
    key,
    input: {
      certificatePem,
      ...(subject === undefined ? {} : { subject }),
      ...(withdrawn === undefined ? {} : { withdrawn }),
    },
    // When it is asked for, because what is wrong with the text is a problem already.
    get chainPem() {
      return output(chainPem ?? certificatePem).apply((text) =>
        chainPem === undefined
          ? chainBelowRoot(text, "issuer.certificatePem")
          : certificatesPem(text, "issuer.chainPem"),
      );
    },
    keyUsages,
    nameConstraints: declared === undefined ? constraintsInChain(certificatePem, chainPem) : nameConstraints,
  };
}
