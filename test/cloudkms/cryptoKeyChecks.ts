import { ALGORITHMS } from "./cloudKmsAlgorithm";
import { invalidArgument } from "./cloudKmsError";

/** Refuses an algorithm that does not fit the purpose or the protection level of a key. */
export function checkTemplate(
  algorithm: string | undefined,
  protectionLevel: string | undefined,
  purpose: string,
): void {
  if (algorithm === undefined) {
    throw invalidArgument("The field crypto_key.version_template.algorithm is required.");
  }
  const known = ALGORITHMS[algorithm];
  if (known?.purpose !== purpose) {
    throw invalidArgument(`Algorithm ${algorithm} is not supported for keys with purpose ${purpose}.`);
  }
  const isOffered = protectionLevel === "HSM" || (protectionLevel === "SOFTWARE" && known.hsmOnly !== true);
  if (!isOffered) {
    throw invalidArgument(`Algorithm ${algorithm} is not supported with protection level ${protectionLevel ?? ""}.`);
  }
}

/** Refuses labels as https://cloud.google.com/kms/docs/labeling-keys does: no slash, no capitals, at most 63 characters. */
export function checkLabels(labels: Readonly<Record<string, string>>): void {
  const entries = Object.entries(labels);
  if (entries.length > 64) {
    throw invalidArgument("A resource can have at most 64 labels.");
  }
  for (const [key, value] of entries) {
    if (!/^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(key)) {
      throw invalidArgument(`Label key "${key}" is invalid.`);
    }
    if (!/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(value)) {
      throw invalidArgument(`Label value "${value}" is invalid.`);
    }
  }
}
