/** One element of DER (X.690): what it is, what it holds, and where it ends. */
export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
  /** With its tag and length. */
  readonly whole: Buffer;
}

/**
 * The element that begins a DER text; undefined when it is cut off. What follows it does not count.
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

/** The elements inside another; undefined when one of them is cut off. */
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

/** The elements inside the element that begins a DER text; none when it is cut off. */
export function childrenOf(der: Buffer = Buffer.alloc(0)): DerElement[] {
  return elementsOf(firstElement(der)?.content ?? Buffer.alloc(0)) ?? [];
}
