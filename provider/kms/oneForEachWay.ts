import type { KmsOpener } from "./descriptor";
import type { KeyManager } from "./keyManager";

/**
 * Makes an opener that keeps one key manager for each way to reach a KMS.
 *
 * @param byDefault the `kms.uri` to use if none is given
 */
export function oneForEachWay<Manager extends KeyManager>(
  byDefault: string,
  load: (kms: string) => Promise<Manager>,
): KmsOpener<Manager> {
  const opened = new Map<string, Promise<Manager>>();
  return (kms = byDefault) => {
    const manager = opened.get(kms) ?? load(kms);
    opened.set(kms, manager);
    return manager;
  };
}
