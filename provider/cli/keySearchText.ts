import type { KeySearch } from "../kms/unknownKey";

/** The result of a search, as lines for people. */
export function keySearchText({ asked, unknownKeys }: KeySearch): string[] {
  return [
    "",
    `Asked ${asked.length === 0 ? "no service: the stack has no keys" : asked.join(", ")}.`,
    ...(unknownKeys.length === 0
      ? ["Found no keys that the state does not know."]
      : unknownKeys.flatMap(({ keyUri, madeFor, state, discard, adopt }) => [
          `The state does not know ${keyUri} (${[state, ...(madeFor === undefined ? [] : [`made for ${madeFor}`])].join(", ")}).`,
          `  to discard it: ${discard}`,
          ...(adopt === undefined ? [] : [`  to use it: ${adopt}`]),
        ])),
  ];
}
