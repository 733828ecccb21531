import type { AuthorityIdRecord } from "../lifecycle/authorityId";
import { type Imported, wrongId } from "./importing";

/**
 * The record of an authority's id, which is itself the id of the import.
 *
 * @throws PkiError `INPUT_INVALID`
 */
export function importedAuthorityId(id: string): Imported {
  if (!/^[0-9a-f]{32}$/.test(id)) {
    throw wrongId(id, "an authority", "its authorityId: 32 lowercase hexadecimal digits");
  }
  const state: AuthorityIdRecord = { formerMarks: false, authorityId: id };
  return { args: {}, recorded: () => ({ id, state }) };
}
