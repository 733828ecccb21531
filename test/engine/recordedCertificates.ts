import type { StateResource } from "./project";

/** The certificates in a state, by URN. */
export function recordedCertificates(resources: readonly StateResource[]): Map<string, unknown> {
  return new Map(
    resources
      .filter(({ type }) => type.endsWith(":Certificate"))
      .map(({ urn, outputs }) => [urn, outputs?.["certificatePem"]]),
  );
}
