import { subjectCompromised } from "../inputs/withdrawal";
import type { Problem } from "../words/problem";
import { isCompromised, type SigningKeyInput } from "./signingKey";

/** Refuses a compromised key as the subject's key. */
export function checkSubjectInService(key: SigningKeyInput | undefined): Problem[] {
  return key !== undefined && isCompromised(key) ? [subjectCompromised()] : [];
}
