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
