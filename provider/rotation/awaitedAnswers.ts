import { generationLabel } from "./authorityPart";
import type { AuthorityState } from "./authorityState";
import { type AuthorityCertificate, intermediateCertificate, intermediateName, rootName } from "./certificates";
import { activeFirst, type ExistingGeneration, type Generation } from "./generation";
import { generationOf, generationsOf } from "./partGenerations";
import type { Rotation } from "./rotation";

/** The intermediates of which an issuer elsewhere has answered the request: their labels, or all of them. */
export type Answers = readonly string[] | "all";

/** The state of an authority whose intermediates an issuer elsewhere signs. */
export interface AnsweredState extends AuthorityState {
  /** The generations whose request still waits for an answer, by label. */
  readonly awaited: readonly string[];
  /** Whether there is no intermediate to issue with. */
  readonly isWaiting: boolean;
}

/**
 * The state of an authority whose intermediates an issuer elsewhere signs. A generation without an answer is at most published, and
 * the one before it stays active, whatever the schedule says, so that nothing is dropped while an answer is missing.
 */
export function stateWithAnswers(rotation: Rotation, state: AuthorityState, answers: Answers): AnsweredState {
  const isAnswered = ({ number }: Pick<Generation, "number">): boolean =>
    answers === "all" || answers.includes(generationLabel("intermediate", number));
  const [scheduled, ...others] = activeFirst(state.generations.intermediate);
  const serving = lastAnswered(rotation, scheduled, isAnswered);
  const intermediates = [scheduled, ...others]
    .filter(({ number }) => number !== serving?.number)
    .map((each): ExistingGeneration => {
      const isAhead = each.number > (serving?.number ?? -1);
      return isAhead && (serving !== undefined || each.number > scheduled.number)
        ? { ...each, state: "published" }
        : each;
    })
    .concat(serving === undefined ? [] : [{ ...serving, state: "active" }])
    .sort((one, other) => one.number - other.number);
  const answered = intermediates.filter(isAnswered);
  const [root] = generationsOf(rotation, "root", state.at);
  const certificateOf = (each: Generation): AuthorityCertificate[] =>
    root === undefined ? [] : [intermediateCertificate(rotation, each, root)];
  const inService = serving ?? scheduled;
  return {
    ...state,
    generations: { ...state.generations, intermediate: intermediates },
    certificates: [
      ...state.certificates.filter(({ kind }) => kind !== "intermediate"),
      ...(serving === undefined ? [scheduled] : answered).flatMap(certificateOf),
    ],
    caConfig: {
      root: [rootName(0)],
      crt: [
        intermediateName(inService.number, 0),
        ...(rotation.retiringIntermediatesInCrt && serving !== undefined
          ? answered.filter((each) => each.state === "retiring").map(({ number }) => intermediateName(number, 0))
          : []),
      ],
    },
    awaited: intermediates
      .filter((each) => each.state !== "retiring" && !isAnswered(each))
      .map(({ number }) => generationLabel("intermediate", number)),
    isWaiting: serving === undefined,
  };
}

/** The latest generation up to the scheduled one that has an answer and is not compromised. */
function lastAnswered(
  rotation: Rotation,
  scheduled: Generation,
  isAnswered: (generation: Pick<Generation, "number">) => boolean,
): Generation | undefined {
  for (let { number } = scheduled; number >= 0; number -= 1) {
    if (isAnswered({ number }) && !rotation.compromised.intermediate.includes(number)) {
      return number === scheduled.number ? scheduled : generationOf(rotation, "intermediate", number);
    }
  }
  return undefined;
}
