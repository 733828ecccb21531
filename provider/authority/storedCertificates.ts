import type { PlannedCertificate } from "./plannedCertificate";
import type { AuthorityKey } from "./plannedKey";

/** The certificates of a key, of which one is stored beside it, in hardware that holds certificates. */
export interface StoredCertificates {
  readonly key: AuthorityKey;
  /** The first that was issued is stored. Of a compromised key, some may never have been. */
  readonly certificates: readonly PlannedCertificate[];
}

/**
 * The certificates to store beside each key. Of an intermediate with several certificates, the one under the active
 * root comes first.
 *
 * @param certificates those in service, and then the withdrawn ones
 */
export function storedCertificates(
  keys: readonly AuthorityKey[],
  certificates: readonly PlannedCertificate[],
): StoredCertificates[] {
  const active = certificates.find(({ kind, state }) => kind === "root" && state === "active")?.subject;
  return keys
    .map((key) => {
      const own = certificates.filter((each) => each.key === key);
      const isUnderActive = ({ issuer }: PlannedCertificate): boolean => issuer === active;
      return { key, certificates: [...own.filter(isUnderActive), ...own.filter((each) => !isUnderActive(each))] };
    })
    .filter(({ certificates: own }) => own.length > 0);
}
