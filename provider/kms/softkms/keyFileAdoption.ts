import type { Algorithm } from "../algorithms";
import type { KeyDescription } from "../keyManager";
import { isOwnMark, type OwnerMarks, resourceIn } from "../ownerMark";
import { requireFit } from "../signingKey";
import { keyFileOwned, readKeyFile } from "./keyFile";
import { ownerIn } from "./softKeyFiles";
import type { SoftKms } from "./softkms";

/**
 * The key of a file that somebody else made. The file stays as it is.
 *
 * @param path of the file, absolute
 * @throws PkiError `KEY_OWNED` if its first line names another owner, `ALGORITHM_UNSUPPORTED`, and the errors of reading it
 */
export async function adoptedKey(
  kms: SoftKms,
  { uri, path }: { readonly uri: string; readonly path: string },
  { algorithm, ...marks }: OwnerMarks & { readonly algorithm: Algorithm },
): Promise<KeyDescription> {
  const owner = ownerIn(await readKeyFile(path, uri));
  if (owner !== undefined && !isOwnMark(owner, marks)) {
    throw keyFileOwned(uri, resourceIn(owner));
  }
  const found = await kms.describeKey(uri);
  requireFit(found.publicKey, algorithm, uri, kms.algorithms);
  return found;
}
