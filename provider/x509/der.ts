/** One DER element (X.690), with its tag, its content and its encoding. */
export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
  /** The encoding, with tag and length. */
  readonly whole: Buffer;
}

/**
 * The first element of a DER text; undefined if it is cut off. Anything after it is ignored.
 */
export function firstElement(der: Buffer): DerElement | undefined {
  const [tag, first] = der;
  if (tag === undefined || first === undefined) {
    return undefined;
  }
  const lengthOctets = first < 0x80 ? 0 : first & 0x7f;
  const begin = 2 + lengthOctets;
  if (lengthOctets > 4 || first === 0x80 || der.length < begin) {
    return undefined;
  }
  const end = begin + (lengthOctets === 0 ? first : der.readUIntBE(2, lengthOctets));
  return der.length < end ? undefined : { tag, content: der.subarray(begin, end), whole: der.subarray(0, end) };
}

/** The elements inside another; undefined if one of them is cut off. */
function elementsOf(content: Buffer): DerElement[] | undefined {
  const elements: DerElement[] = [];
  for (let rest = content; rest.length > 0;) {
    const element = firstElement(rest);
    if (element === undefined) {
      return undefined;
    }
    elements.push(element);
    rest = rest.subarray(element.whole.length);
  }
  return elements;
}

/** The elements inside the first element of a DER text; empty if it is cut off. */
export function childrenOf(der: Buffer = Buffer.alloc(0)): DerElement[] {
  return elementsOf(firstElement(der)?.content ?? Buffer.alloc(0)) ?? [];
}

/** Encodes an element. */
export function derElement(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.of(tag), lengthOf(content), content]);
}

function lengthOf({ length }: Buffer): Buffer {
  if (length < 0x80) {
    return Buffer.of(length);
  }
  const octets = Buffer.from(length.toString(16).padStart(8, "0"), "hex");
  const significant = octets.subarray(octets.findIndex((octet) => octet !== 0));
  return Buffer.concat([Buffer.of(0x80 | significant.length), significant]);
}

/** An object identifier, from the content of its element. */
export function objectIdentifierOf(content: Buffer): string {
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const octet of content) {
    arc = (arc << 7n) | BigInt(octet & 0x7f);
    if (octet < 0x80) {
      arcs.push(arc);
      arc = 0n;
    }
  }
  const [first = 0n, ...others] = arcs;
  const top = first < 80n ? first / 40n : 2n;
  return [top, first - top * 40n, ...others].join(".");
}

/** An object identifier as an element. Arcs may be of any size, as under `2.25`. */
export function encodeObjectIdentifier(text: string): Buffer {
  const [top = 0n, second = 0n, ...others] = text.split(".").map(BigInt);
  return derElement(0x06, ...[top * 40n + second, ...others].map(encodeArc));
}

/** In groups of seven bits, of which all but the last have the eighth bit set. */
function encodeArc(arc: bigint): Buffer {
  const groups = [Number(arc & 0x7fn)];
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) {
    groups.unshift(Number(rest & 0x7fn) | 0x80);
  }
  return Buffer.from(groups);
}
