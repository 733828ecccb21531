import { hasUnknown } from "../provider/words/unknown";
import { nameConstraintsOf } from "../provider/x509/certificateNameConstraints";
import { readIpRange } from "../provider/x509/ipRange";
import { type NameConstraints, TREE_KINDS, type TreeKind } from "../provider/x509/nameConstraints";
import { type DeclaredCertificate, declaredCertificate } from "./declaredCertificate";
import type { Properties } from "./resource";
import { ruleOf } from "./rule";

/** Requires that an intermediate can issue only for names of yours. */
export const requiredNameConstraints = ruleOf<{ readonly kinds: readonly TreeKind[] }>({
  name: "required-name-constraints",
  description: "Each intermediate is limited by name constraints, its own or those of a CA above it.",
  level: "advisory",
  settings: {
    kinds: {
      type: "array",
      items: { type: "string", enum: TREE_KINDS },
      description: "The kinds of names that must be limited",
      default: ["dnsDomains"],
    },
  },
  inResource: (resource, { settings: { kinds } }) => {
    const certificate = declaredCertificate(resource);
    if (certificate?.profile !== "intermediate") {
      return [];
    }
    const all = constraintsOn(certificate);
    const free = kinds.filter((kind) => !all.some((each) => hasUnknown(each) || isLimited(each, kind)));
    return free.length === 0
      ? []
      : [
          `${resource.name} may issue certificates for any names: ${free.join(", ")}. ` +
            "Permit your own in nameConstraints, of it or of a CA above it.",
        ];
  },
});

/** The constraints on what a CA issues, as far as the program knows them. */
function constraintsOn({ inputs, given }: DeclaredCertificate): readonly NameConstraints[] {
  const { nameConstraints, issuer } = inputs;
  const above = (issuer as Properties | undefined)?.["nameConstraints"];
  const own = given === undefined ? nameConstraints : nameConstraintsOf(given);
  return [own, ...(Array.isArray(above) ? (above as unknown[]) : [above])].filter(
    (each): each is NameConstraints => each !== undefined && each !== null,
  );
}

/** The trees that together hold every name of a kind, each as what says whether a tree is that one. */
const EVERYTHING: Readonly<Partial<Record<TreeKind, readonly ((tree: unknown) => boolean)[]>>> = {
  dnsDomains: [(tree) => tree === ""],
  ipRanges: [(tree) => isEveryAddress(tree, IPV4_OCTETS), (tree) => isEveryAddress(tree, IPV6_OCTETS)],
};

const [IPV4_OCTETS, IPV6_OCTETS] = [4, 16];

function isEveryAddress(tree: unknown, octets: number): boolean {
  const range = typeof tree === "string" ? readIpRange(tree) : undefined;
  return range?.prefix === 0 && range.address.length === octets;
}

/** Whether constraints limit a kind of names: they permit some of them, or exclude all. */
function isLimited({ permitted, excluded }: NameConstraints, kind: TreeKind): boolean {
  const everything = EVERYTHING[kind] ?? [];
  const trees = (side: typeof permitted): readonly unknown[] => side?.[kind] ?? [];
  const some = trees(permitted);
  const isSome = some.length > 0 && !everything.some((isAll) => some.some(isAll));
  return isSome || (everything.length > 0 && everything.every((isAll) => trees(excluded).some(isAll)));
}
