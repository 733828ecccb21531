import type { KeySearch } from "../kms/unknownKey";

/** What a search found, as lines for people. */
export function keySearchText({ asked, unknownKeys }: KeySearch): string[] {
  return [
    "",
    `Asked ${asked.length === 0 ? "nobody: the stack has no keys" : asked.join(", ")}.`,
    ...(unknownKeys.length === 0
      ? ["No key was found that the state does not know."]
      : unknownKeys.flatMap(({ keyUri, madeFor, state, discard, adopt }) => [
          `The state does not know ${keyUri} (${[state, ...(madeFor === undefined ? [] : [`made for ${madeFor}`])].join(", ")}).`,
          `  to be rid of it: ${discard}`,
          ...(adopt === undefined ? [] : [`  to use it: ${adopt}`]),
        ])),
  ];
}
