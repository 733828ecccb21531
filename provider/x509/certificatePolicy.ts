/** A policy under which a certificate was issued, or under which a CA issues (RFC 5280, section 4.2.1.4). */
export interface CertificatePolicy {
  /** The object identifier of the policy. `2.5.29.32.0` is any policy. */
  readonly id: string;
  /** URLs of the practice statement. */
  readonly cps?: readonly string[] | undefined;
  /** A text to show to people, at most 200 characters. */
  readonly userNotice?: string | undefined;
}

/** How the policies below a CA are judged (RFC 5280, section 4.2.1.11). */
export interface PolicyConstraints {
  /** How many CAs may follow until every certificate must have an acceptable policy. */
  readonly requireExplicitPolicy?: number | undefined;
  /** How many CAs may follow until no policy may be mapped to another. */
  readonly inhibitPolicyMapping?: number | undefined;
}
