import { type Asn1Element, CONSTRUCTED, MalformedError, readElement, readElements } from "./asn1Element";

/** A type of ASN.1, which reads a value from an element. */
export interface Asn1Type<T> {
  /** Whether an element with this tag is of the type. */
  readonly accepts: (tag: number) => boolean;
  /** Whether its elements are constructed. An implicit tag keeps the form. */
  readonly constructed: boolean;
  /**
   * Reads the value of an element whose tag fits. What is not DER is added to the faults.
   *
   * @throws MalformedError if there is no value to read
   */
  readonly read: (element: Asn1Element, at: string, faults: string[]) => T;
  /** The value of a field that may be left out. */
  readonly absent?: () => T;
}

/** The type of the values of an {@link Asn1Type}. */
export type ValueOf<Type> = Type extends Asn1Type<infer T> ? T : never;

/** A value with its encoding. */
export interface Encoded<T> {
  readonly value: T;
  readonly der: Buffer;
}

const CONTEXT = 0x80;

/** Reads a DER text that is one value and nothing else. */
export function readValue<T>(type: Asn1Type<T>, der: Buffer, at: string, faults: string[]): T {
  const element = readElement(der, at, faults);
  if (element.whole.length !== der.length) {
    faults.push(`${at} is followed by something else`);
  }
  return readAs(type, element, at, faults);
}

function readAs<T>(type: Asn1Type<T>, element: Asn1Element, at: string, faults: string[]): T {
  if (!type.accepts(element.tag)) {
    throw new MalformedError(
      `${at} has the tag 0x${element.tag.toString(16).padStart(2, "0")}, which is not its type's`,
    );
  }
  return type.read(element, at, faults);
}

/** A SEQUENCE of named fields. */
export function sequence<Fields extends Readonly<Record<string, Asn1Type<unknown>>>>(
  fields: Fields,
): Asn1Type<{ readonly [Name in keyof Fields]: ValueOf<Fields[Name]> }> {
  return {
    accepts: (tag) => tag === 0x30,
    constructed: true,
    read(element, at, faults) {
      const elements = readElements(element.content, at, faults);
      const values: Record<string, unknown> = {};
      for (const [name, type] of Object.entries(fields)) {
        const [next] = elements;
        const place = `${at}.${name}`;
        if (next !== undefined && type.accepts(next.tag)) {
          values[name] = type.read(next, place, faults);
          elements.shift();
        } else if (type.absent !== undefined) {
          values[name] = type.absent();
        } else if (next === undefined) {
          throw new MalformedError(`${place} is missing`);
        } else {
          readAs(type, next, place, faults);
        }
      }
      if (elements.length > 0) {
        throw new MalformedError(`${at} has an element too many`);
      }
      return values as { readonly [Name in keyof Fields]: ValueOf<Fields[Name]> };
    },
  };
}

/** A SEQUENCE OF, which is not empty. */
export function sequenceOf<T>(type: Asn1Type<T>): Asn1Type<readonly T[]> {
  return {
    accepts: (tag) => tag === 0x30,
    constructed: true,
    read(element, at, faults) {
      const values = readAll(type, element, at, faults);
      if (values.length === 0) {
        faults.push(`${at} is an empty list`);
      }
      return values;
    },
  };
}

/** A SEQUENCE OF, which may be empty. */
export function anySequenceOf<T>(type: Asn1Type<T>): Asn1Type<readonly T[]> {
  return { ...sequenceOf(type), read: (element, at, faults) => readAll(type, element, at, faults) };
}

/** A SET OF, which is not empty, its elements in the order of DER. */
export function setOf<T>(type: Asn1Type<T>): Asn1Type<readonly T[]> {
  return {
    accepts: (tag) => tag === 0x31,
    constructed: true,
    read(element, at, faults) {
      const encodings = readElements(element.content, at, []).map(({ whole }) => whole);
      if (encodings.some((each, index) => index > 0 && Buffer.compare(encodings[index - 1] ?? each, each) > 0)) {
        faults.push(`${at} is a set whose elements are not in the order of DER`);
      }
      return sequenceOf(type).read(element, at, faults);
    },
  };
}

function readAll<T>(type: Asn1Type<T>, element: Asn1Element, at: string, faults: string[]): T[] {
  return readElements(element.content, at, faults).map((each, index) =>
    readAs(type, each, `${at}[${String(index)}]`, faults),
  );
}

/** One of several types. The value says which. */
export function choice<Choices extends Readonly<Record<string, Asn1Type<unknown>>>>(
  choices: Choices,
): Asn1Type<
  { [Name in keyof Choices]: { readonly kind: Name; readonly value: ValueOf<Choices[Name]> } }[keyof Choices]
> {
  const entries = Object.entries(choices);
  return {
    accepts: (tag) => entries.some(([, type]) => type.accepts(tag)),
    constructed: false,
    read(element, at, faults) {
      const [kind, type] = entries.find(([, each]) => each.accepts(element.tag)) ?? [];
      if (kind === undefined || type === undefined) {
        throw new MalformedError(`${at} is of no type that may stand there`);
      }
      return { kind, value: type.read(element, `${at}.${kind}`, faults) } as never;
    },
  };
}

/** A type under a tag in place of its own. */
export function implicit<T>(number: number, type: Asn1Type<T>): Asn1Type<T> {
  const tag = CONTEXT | number | (type.constructed ? CONSTRUCTED : 0);
  return { accepts: (given) => given === tag, constructed: type.constructed, read: type.read };
}

/** A type inside a tag. */
export function explicit<T>(number: number, type: Asn1Type<T>): Asn1Type<T> {
  return {
    accepts: (tag) => tag === (CONTEXT | CONSTRUCTED | number),
    constructed: true,
    read: (element, at, faults) => readValue(type, element.content, at, faults),
  };
}

/** A field that may be left out. */
export function optional<T>(type: Asn1Type<T>): Asn1Type<T | undefined> {
  return { ...type, absent: () => undefined };
}

/** A field that is left out when it has its default (X.690, 11.5). */
export function defaulted<T>(type: Asn1Type<T>, value: T): Asn1Type<T> {
  return {
    ...type,
    absent: () => value,
    read(element, at, faults) {
      const read = type.read(element, at, faults);
      if (read === value) {
        faults.push(`${at} has its default, which DER leaves out`);
      }
      return read;
    },
  };
}

/** A type whose value comes with its encoding. */
export function encoded<T>(type: Asn1Type<T>): Asn1Type<Encoded<T>> {
  return {
    accepts: type.accepts,
    constructed: type.constructed,
    read: (element, at, faults) => ({ value: type.read(element, at, faults), der: element.whole }),
  };
}
