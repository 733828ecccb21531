import { allowedAlgorithms } from "./allowedAlgorithms";
import { certificateLifetimes } from "./certificateLifetimes";
import { deletionProtection } from "./deletionProtection";
import { encryptedKeyFiles } from "./encryptedKeyFiles";
import { generationsInService } from "./generationsInService";
import { pathLengths } from "./pathLengths";
import { requiredNameConstraints } from "./requiredNameConstraints";
import { rootInHardware } from "./rootInHardware";
import type { Rule } from "./rule";

/** Every rule of the policy pack. */
export const RULES: readonly Rule[] = [
  deletionProtection,
  encryptedKeyFiles,
  allowedAlgorithms,
  certificateLifetimes,
  pathLengths,
  rootInHardware,
  generationsInService,
  requiredNameConstraints,
];
