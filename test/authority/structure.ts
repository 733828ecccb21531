import type { AuthorityStructure } from "../../provider/authority/structure";

/** An authority that is never rotated and makes all of its keys. */
export const STRUCTURE: AuthorityStructure = {
  algorithm: "ECDSA_P256",
  ssh: true,
  hasExistingRoot: false,
  answers: undefined,
  rotation: undefined,
  protect: true,
  deleteRetiredKeys: false,
  unaskedUntil: undefined,
  hasLists: false,
};
