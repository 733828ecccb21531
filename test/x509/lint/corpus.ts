import { keyPair } from "../keySigner";
import { EXTENSION_DIFFERENCES } from "./corpusExtensions";
import {
  type Difference,
  ENCODING_DIFFERENCES,
  FIELD_DIFFERENCES,
  KEY_DIFFERENCES,
  NAME_DIFFERENCES,
} from "./corpusFields";
import { intermediate, leaf, type MadeCertificate, root, write } from "./madeCertificate";

/** A certificate of the corpus. */
export interface CorpusCertificate {
  readonly what: string;
  readonly der: Buffer;
}

const KINDS: Readonly<Record<string, () => MadeCertificate>> = {
  root,
  intermediate,
  leaf: () => leaf(),
  "RSA leaf": () => leaf(keyPair("RSA_2048_PKCS1", "corpus leaf")),
  "RSA intermediate": () => intermediate(keyPair("RSA_2048_PKCS1", "corpus intermediate")),
};

const AS_IT_IS: Difference = { what: "as it is", change: (made) => made };

/** The differences that matter for every kind of certificate; the others are tried on one CA and one leaf. */
const FOR_ALL = [AS_IT_IS, ...EXTENSION_DIFFERENCES.filter(({ what }) => /^(?:keyUsage|extKeyUsage|basic)/.test(what))];
const FOR_TWO = [
  ...FIELD_DIFFERENCES,
  ...NAME_DIFFERENCES,
  ...KEY_DIFFERENCES,
  ...ENCODING_DIFFERENCES,
  ...EXTENSION_DIFFERENCES.filter((each) => !FOR_ALL.includes(each)),
];

function certificates(kinds: readonly string[], differences: readonly Difference[]): CorpusCertificate[] {
  return kinds.flatMap((kind) =>
    differences.map(({ what, change }) => {
      const made = KINDS[kind]?.();
      if (made === undefined) {
        throw new Error(`there is no kind ${kind}`);
      }
      return { what: `${kind}, ${what}`, der: write(change(made)) };
    }),
  );
}

/** Certificates, good and bad, each of which differs from a good one in one thing. */
export function corpus(): CorpusCertificate[] {
  return [
    ...certificates(Object.keys(KINDS), FOR_ALL),
    ...certificates(["intermediate", "leaf"], FOR_TWO),
    ...cutOff(),
  ];
}

/** A certificate that ends too early, or goes on. */
function cutOff(): CorpusCertificate[] {
  const whole = write(leaf());
  return [
    { what: "leaf, cut off", der: whole.subarray(0, -10) },
    { what: "leaf, cut off in the middle", der: whole.subarray(0, whole.length >> 1) },
    { what: "leaf, followed by something", der: Buffer.concat([whole, Buffer.from([5, 0])]) },
    { what: "leaf, its first octet another", der: Buffer.concat([Buffer.from([0x31]), whole.subarray(1)]) },
  ];
}
