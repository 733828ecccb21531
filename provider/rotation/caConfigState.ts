import { canSignNext, crossName, intermediateName, rootName, servesUnder } from "./certificates";
import { activeFirst, type ExistingGeneration } from "./generation";
import { generationsOf } from "./partGenerations";
import type { Rotation } from "./rotation";
import type { Instant } from "./schedule";

/** The certificates that ca.json names, by their names. */
export interface CaConfigState {
  /** The active root first. */
  readonly root: readonly [string, ...string[]];
  /**
   * In the order of the bundle: the issuing intermediate, then the cross certificate, if there is one, then,
   * optionally, the retiring intermediates. Never a self-signed root, and no subject twice.
   */
  readonly crt: readonly [string, ...string[]];
}

/** The certificates that ca.json names at an instant. */
export function caConfigAt(rotation: Rotation, at: Instant): CaConfigState {
  const roots = activeFirst(generationsOf(rotation, "root", at));
  const [root, ...others] = roots;
  const [intermediate, ...otherIntermediates] = activeFirst(generationsOf(rotation, "intermediate", at));
  const retiring = rotation.retiringIntermediatesInCrt
    ? otherIntermediates.filter(({ state }) => state === "retiring").reverse()
    : [];
  return {
    root: [rootName(root.number), ...others.map(({ number }) => rootName(number))],
    crt: [
      intermediateName(intermediate.number, root.number),
      ...crossInCrt(rotation, root, others),
      ...retiring.flatMap((old) => {
        const latest = roots.filter((under) => servesUnder(old, under)).sort((a, b) => b.number - a.number)[0];
        return latest === undefined ? [] : [intermediateName(old.number, latest.number)];
      }),
    ],
  };
}

/** The cross certificate in the bundle. The rules ensure that no root retires while another is published. */
function crossInCrt(rotation: Rotation, active: ExistingGeneration, others: readonly ExistingGeneration[]): string[] {
  const [other] = others;
  if (other === undefined) {
    return [];
  }
  return other.state === "published" || canSignNext(rotation, other.number)
    ? [crossName(active.number, other.number)]
    : [];
}
