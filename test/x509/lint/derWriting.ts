/** Writes one element: what is inside stands as it is given, so a test can write what is wrong, too. */
export function element(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const inside = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthOctets(inside.length), inside]);
}

function lengthOctets(length: number): Buffer {
  if (length < 0x80) {
    return Buffer.from([length]);
  }
  const hex = length.toString(16);
  const octets = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return Buffer.concat([Buffer.from([0x80 | octets.length]), octets]);
}

export const sequence = (...content: readonly Uint8Array[]): Buffer => element(0x30, ...content);
export const set = (...content: readonly Uint8Array[]): Buffer => element(0x31, ...content);
export const explicit = (number: number, ...content: readonly Uint8Array[]): Buffer =>
  element(0xa0 | number, ...content);
export const implicit = (number: number, content: Uint8Array): Buffer => element(0x80 | number, content);
export const octets = (...content: readonly Uint8Array[]): Buffer => element(0x04, ...content);
export const boolean = (value: boolean): Buffer => element(0x01, Buffer.from([value ? 0xff : 0]));
export const nothing = (): Buffer => element(0x05);
export const utf8 = (text: string): Buffer => element(0x0c, Buffer.from(text));
export const printable = (text: string): Buffer => element(0x13, Buffer.from(text));
export const ia5 = (text: string): Buffer => element(0x16, Buffer.from(text, "latin1"));
export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

/** An integer from 0. */
export function integer(value: number | bigint): Buffer {
  const digits = value.toString(16);
  const content = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex");
  return element(0x02, (content[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), content]) : content);
}

/** Whole octets, unless unused bits are given. */
export function bits(content: Uint8Array, unused = 0): Buffer {
  return element(0x03, Buffer.from([unused]), content);
}

export function objectIdentifier(text: string): Buffer {
  const [first = 0, second = 0, ...others] = text.split(".").map(Number);
  return element(0x06, ...[first * 40 + second, ...others].map(base128));
}

function base128(arc: number): Buffer {
  const groups: number[] = [];
  for (let rest = arc; groups.length === 0 || rest > 0; rest = Math.floor(rest / 128)) {
    groups.unshift((rest % 128) | (groups.length === 0 ? 0 : 0x80));
  }
  return Buffer.from(groups);
}

/** A UTCTime or GeneralizedTime. */
export function time(text: string): Buffer {
  return element(text.replace(/[^\d].*$/, "").length > 12 ? 0x18 : 0x17, Buffer.from(text));
}
