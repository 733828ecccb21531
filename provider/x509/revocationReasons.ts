/**
 * Why a certificate is revoked, by the names of RFC 5280, section 5.3.1, without removeFromCRL, which only delta lists have.
 */
export const REVOCATION_REASONS = [
  "unspecified",
  "keyCompromise",
  "cACompromise",
  "affiliationChanged",
  "superseded",
  "cessationOfOperation",
  "certificateHold",
  "privilegeWithdrawn",
  "aACompromise",
] as const;

/** A reason of RFC 5280, section 5.3.1. Only a certificate on `certificateHold` may become valid again. */
export type RevocationReason = (typeof REVOCATION_REASONS)[number];
