import { isUtf8 } from "node:buffer";
import { type Asn1Element, CONSTRUCTED, MalformedError, readElements } from "./asn1Element";
import type { Asn1Type } from "./asn1Type";

/** A text with the type that it is written in. */
export interface Asn1Text {
  readonly type: keyof typeof STRING_TAGS;
  readonly text: string;
}

/** A time with the type that it is written in. */
export interface Asn1Time {
  readonly type: "UTCTime" | "GeneralizedTime";
  readonly text: string;
}

/** The bits of a BIT STRING. */
export interface Asn1Bits {
  readonly octets: Buffer;
  readonly unusedBits: number;
}

const [UTC_TIME, GENERALIZED_TIME] = [0x17, 0x18];

const STRING_TAGS = {
  UTF8String: 0x0c,
  NumericString: 0x12,
  PrintableString: 0x13,
  TeletexString: 0x14,
  IA5String: 0x16,
  VisibleString: 0x1a,
  UniversalString: 0x1c,
  BMPString: 0x1e,
} as const;

/** The characters of the types that do not have all. */
const ALPHABETS: Readonly<Partial<Record<Asn1Text["type"], RegExp>>> = {
  NumericString: /^[0-9 ]*$/,
  PrintableString: /^[A-Za-z0-9 '()+,\-./:=?]*$/,
  IA5String: /^[\0-\x7f]*$/,
  VisibleString: /^[\x20-\x7e]*$/,
};

/** How many octets a character has, where it is not one. */
const CHARACTER_SIZES: Readonly<Partial<Record<Asn1Text["type"], number>>> = { BMPString: 2, UniversalString: 4 };

function primitive<T>(tag: number, read: Asn1Type<T>["read"]): Asn1Type<T> {
  return { accepts: (given) => given === tag, constructed: false, read };
}

export const booleanType = primitive(0x01, ({ content }, at, faults) => {
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) {
    faults.push(`${at} is a BOOLEAN other than 00 and FF`);
  }
  return content.some((octet) => octet !== 0);
});

export const integerType = primitive(0x02, ({ content }, at, faults) => {
  const [first, second = 0] = content;
  if (first === undefined) {
    throw new MalformedError(`${at} is an INTEGER without content`);
  }
  if (content.length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
    faults.push(`${at} is an INTEGER that is longer than it needs to be`);
  }
  return BigInt.asIntN(8 * content.length, BigInt(`0x${content.toString("hex")}`));
});

export const bitStringType = primitive(0x03, ({ content }, at, faults): Asn1Bits => {
  const [unusedBits] = content;
  const octets = content.subarray(1);
  if (unusedBits === undefined || unusedBits > 7 || (octets.length === 0 && unusedBits > 0)) {
    throw new MalformedError(`${at} is a BIT STRING that does not tell its length`);
  }
  if (((octets.at(-1) ?? 0) & (2 ** unusedBits - 1)) !== 0) {
    faults.push(`${at} is a BIT STRING whose unused bits are not 0`);
  }
  return { octets, unusedBits };
});

/** A BIT STRING with a name for each bit, as the set of the names whose bits are 1. */
export function namedBitsType<Name extends string>(names: readonly Name[]): Asn1Type<ReadonlySet<Name>> {
  return primitive(0x03, (element, at, faults) => {
    const { octets, unusedBits } = bitStringType.read(element, at, faults);
    const bits = [...octets].flatMap((octet) => [7, 6, 5, 4, 3, 2, 1, 0].map((bit) => ((octet >> bit) & 1) === 1));
    const used = bits.slice(0, bits.length - unusedBits);
    if (used.at(-1) === false) {
      faults.push(`${at} ends with bits that are 0, which DER leaves out`);
    }
    if (used.slice(names.length).includes(true)) {
      faults.push(`${at} has a bit that has no name`);
    }
    return new Set(names.filter((_, index) => used[index] === true));
  });
}

export const octetStringType = primitive(0x04, ({ content }) => content);

export const nullType = primitive(0x05, ({ content }, at, faults) => {
  if (content.length > 0) {
    faults.push(`${at} is a NULL with content`);
  }
  return null;
});

export const objectIdentifierType = primitive(0x06, ({ content }, at, faults) => {
  const arcs: bigint[] = [];
  let arc = 0n;
  let begins = true;
  for (const octet of content) {
    if (begins && octet === 0x80) {
      faults.push(`${at} is an OBJECT IDENTIFIER with an arc that is longer than it needs to be`);
    }
    arc = (arc << 7n) | BigInt(octet & 0x7f);
    begins = octet < 0x80;
    if (begins) {
      arcs.push(arc);
      arc = 0n;
    }
  }
  const [first] = arcs;
  if (!begins || first === undefined) {
    throw new MalformedError(`${at} is an OBJECT IDENTIFIER that is cut off`);
  }
  const root = first < 80n ? first / 40n : 2n;
  return [root, first - root * 40n, ...arcs.slice(1)].join(".");
});

/** A string of one type. */
export function stringType(type: Asn1Text["type"]): Asn1Type<Asn1Text> {
  return primitive(STRING_TAGS[type], ({ content }, at, faults) => {
    const text = textOf(type, content, at, faults);
    if (ALPHABETS[type]?.test(text) === false) {
      faults.push(`${at} has a character that a ${type} cannot have`);
    }
    return { type, text };
  });
}

function textOf(type: Asn1Text["type"], content: Buffer, at: string, faults: string[]): string {
  if (type === "UTF8String") {
    if (!isUtf8(content)) {
      faults.push(`${at} is not UTF-8`);
    }
    return content.toString("utf8");
  }
  const size = CHARACTER_SIZES[type] ?? 1;
  if (content.length % size !== 0) {
    throw new MalformedError(`${at} is a ${type} that is cut off`);
  }
  if (size === 1) {
    return content.toString("latin1");
  }
  const points = Array.from({ length: content.length / size }, (_, index) => content.readUIntBE(index * size, size));
  return points.map((point) => (point <= 0x10ffff ? String.fromCodePoint(point) : "\ufffd")).join("");
}

/** A string of any of some types; of any type if none is named. */
export function anyStringType(types = Object.keys(STRING_TAGS) as Asn1Text["type"][]): Asn1Type<Asn1Text> {
  const members = types.map(stringType);
  return {
    accepts: (tag) => members.some(({ accepts }) => accepts(tag)),
    constructed: false,
    read(element, at, faults) {
      const member = members.find(({ accepts }) => accepts(element.tag));
      if (member === undefined) {
        throw new MalformedError(`${at} is not a string`);
      }
      return member.read(element, at, faults);
    },
  };
}

/** A time as it is written. Its form is a rule's matter. */
export const timeType: Asn1Type<Asn1Time> = {
  accepts: (tag) => tag === UTC_TIME || tag === GENERALIZED_TIME,
  constructed: false,
  read: ({ tag, content }) => ({
    type: tag === UTC_TIME ? "UTCTime" : "GeneralizedTime",
    text: content.toString("latin1"),
  }),
};

const UNIVERSAL = [
  booleanType,
  integerType,
  bitStringType,
  octetStringType,
  nullType,
  objectIdentifierType,
  anyStringType(),
  timeType,
] as const;

/** Anything that is DER. The value is the element. */
export const anyType: Asn1Type<Asn1Element> = {
  accepts: () => true,
  constructed: false,
  read(element, at, faults) {
    const isConstructed = (element.tag & CONSTRUCTED) !== 0;
    if (isConstructed && element.tag < 0x40 && element.tag !== 0x30 && element.tag !== 0x31) {
      faults.push(`${at} is in parts, which DER does not allow`);
    }
    if (isConstructed) {
      for (const child of readElements(element.content, at, faults)) {
        this.read(child, at, faults);
      }
    }
    UNIVERSAL.find(({ accepts }) => accepts(element.tag))?.read(element, at, faults);
    return element;
  },
};
