import { formatInstant } from "../words/instant";
import { type AuthorityPart, generationLabel } from "../rotation/authorityPart";
import type { AuthorityCertificate } from "../rotation/certificates";
import type { GenerationState } from "../rotation/generation";
import type { PlannedRenewal } from "./plannedRenewals";
import type { PlannedRequestDates } from "./plannedRequests";
import type { PlannedRevocationLists } from "./plannedRevocationLists";
import { describeGap, type TrustGap } from "../rotation/trustGap";
import type { Instant } from "../rotation/schedule";
import type { Timeline } from "../rotation/timeline";

/** The output of `kms-pki plan --json`. Fields may be added, but none is removed or changes its meaning. */
export interface RotationPlan {
  /** RFC 3339, like all instants. */
  readonly from: string;
  readonly to: string;
  readonly generations: readonly PlannedGeneration[];
  readonly steps: readonly PlannedStep[];
  readonly gaps: readonly PlannedGap[];
  readonly warnings: readonly string[];
  /** Present if the authority has revocation lists. */
  readonly revocationLists?: readonly PlannedRevocationLists[];
  /** Present if an issuer elsewhere signs the intermediates. */
  readonly requests?: readonly PlannedRequestDates[];
  /** Present if the authority has no rotation. */
  readonly renewals?: readonly PlannedRenewal[];
}

/** A generation, and the beginning of each of its states. */
export interface PlannedGeneration {
  /** `root-g1`. */
  readonly label: string;
  readonly part: AuthorityPart;
  readonly generation: number;
  /** null: from the beginning, like active. */
  readonly published: string | null;
  readonly active: string | null;
  readonly retiring: string;
  readonly gone: string;
}

/** An instant at which a run has something to do. The first step is the state at the beginning. */
interface PlannedStep {
  readonly at: string;
  readonly changes: readonly { readonly label: string; readonly state: GenerationState | "gone" }[];
  /** Names of certificates, in the order of ca.json. */
  readonly root: readonly string[];
  readonly crt: readonly string[];
  readonly certificates: readonly AuthorityCertificate[];
}

/** A gap in trust that a run at the beginning meets or makes. */
export interface PlannedGap {
  readonly label: string;
  readonly part: AuthorityPart;
  readonly generation: number;
  readonly state: GenerationState;
  readonly jumped: boolean;
  readonly from: string;
  readonly to: string;
  readonly description: string;
}

/** A timeline and its gaps, in the form of the output. */
export function rotationPlan({ from, to, generations, steps }: Timeline, gaps: readonly TrustGap[]): RotationPlan {
  return {
    from: formatInstant(from),
    to: formatInstant(to),
    generations: generations.map(({ part, generation: each }) => ({
      label: generationLabel(part, each.number),
      part,
      generation: each.number,
      published: shown(each.publishedFrom),
      active: shown(each.activeFrom),
      retiring: formatInstant(each.retiringFrom),
      gone: formatInstant(each.goneFrom),
    })),
    steps: steps.map(({ at, changes, state: { caConfig, certificates } }) => ({
      at: formatInstant(at),
      changes: changes.map(({ part, generation, state }) => ({ label: generationLabel(part, generation), state })),
      root: caConfig.root,
      crt: caConfig.crt,
      certificates,
    })),
    gaps: gaps.map((gap) => ({
      label: generationLabel(gap.part, gap.generation),
      part: gap.part,
      generation: gap.generation,
      state: gap.state,
      jumped: gap.jumped,
      from: formatInstant(gap.from),
      to: formatInstant(gap.to),
      description: describeGap(gap),
    })),
    warnings: [...new Set(steps.flatMap(({ state }) => state.warnings))],
  };
}

function shown(instant: Instant): string | null {
  return instant === -Infinity ? null : formatInstant(instant);
}
