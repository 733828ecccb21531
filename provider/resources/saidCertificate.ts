import type { Input, Inputs, Output } from "../pulumi";
import type { PemInputs } from "../inputs/pem";
import type { Problem } from "../words/problem";
import type { CertificateArgs } from "./certificateArgs";
import type { ConstraintsAbove } from "./constraintsAbove";
import type { SigningKeyInput } from "./signingKey";

/** What decides when a certificate is due. */
export type DeclaredTime = Readonly<Record<"notBefore" | "notAfter" | "renewBefore", Input<string | undefined>>> & {
  readonly withdrawn: CertificateArgs["withdrawn"];
};

/** A program's declaration of a certificate. */
export interface SaidCertificate {
  readonly properties: Inputs;
  readonly check: (plain: Readonly<Record<string, unknown>>) => readonly Problem[];
  readonly pemInputs: PemInputs;
  readonly key: SigningKeyInput | undefined;
  readonly subject: CertificateArgs["subject"];
  readonly nameConstraints: ConstraintsAbove;
  readonly keyUsages: CertificateArgs["keyUsages"];
  readonly time: DeclaredTime | undefined;
  readonly withdrawn: CertificateArgs["withdrawn"];
  readonly chain: (certificatePem: Output<string>) => Output<string>;
  /** @param chain of the certificate itself */
  readonly chainOfChild: (chain: Output<string>) => Input<string | undefined>;
}
