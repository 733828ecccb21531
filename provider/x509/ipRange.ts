import { isIPv4, isIPv6 } from "node:net";

/** A range of IP addresses. */
export interface IpRange {
  /** 4 or 16 octets. The bits below the prefix are 0. */
  readonly address: Buffer;
  /** How many bits are fixed. */
  readonly prefix: number;
}

/** Reads an IP address as octets; undefined if it is none. A zone (`%eth0`) and a dotted tail are not read. */
export function ipOctets(text: string): Buffer | undefined {
  if (isIPv4(text)) {
    return Buffer.from(text.split(".").map(Number));
  }
  if (!isIPv6(text) || /[%.]/.test(text)) {
    return undefined;
  }
  const [head = [], tail = []] = text.split("::").map((half) => half.split(":").filter((group) => group !== ""));
  const zeros = text.includes("::") ? Array<string>(8 - head.length - tail.length).fill("0") : [];
  const groups = [...head, ...zeros, ...tail];
  return Buffer.from(groups.map((group) => group.padStart(4, "0")).join(""), "hex");
}

/** Reads a range in CIDR notation, such as `10.0.0.0/8`; undefined if it is none, or if bits below its prefix are set. */
export function readIpRange(text: string): IpRange | undefined {
  const [, address = "", bits = ""] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const octets = ipOctets(address);
  const range = octets && { address: octets, prefix: Number(bits) };
  return range !== undefined && range.prefix <= range.address.length * 8 && masked(range).equals(range.address)
    ? range
    : undefined;
}

/** A range as a name constraint has it: the address, then the mask (RFC 5280, section 4.2.1.10). */
export function rangeOctets({ address, prefix }: IpRange): Buffer {
  return Buffer.concat([address, maskOf(address.length, prefix)]);
}

/** The range, in CIDR notation, that a name constraint has; undefined if its mask is none. */
export function rangeText(octets: Buffer): string | undefined {
  const half = octets.length / 2;
  const [address, mask] = [octets.subarray(0, half), octets.subarray(half)];
  const prefix = [...mask]
    .map((octet) => octet.toString(2).padStart(8, "0"))
    .join("")
    .indexOf("0");
  const bits = prefix === -1 ? half * 8 : prefix;
  if (![4, 16].includes(half) || !maskOf(half, bits).equals(mask)) {
    return undefined;
  }
  const network = masked({ address, prefix: bits });
  const groups = half === 4 ? [...network].join(".") : (network.toString("hex").match(/.{4}/g) ?? []).join(":");
  return `${groups}/${String(bits)}`;
}

/** Whether a range, or a single address, lies in another range. */
export function isInRange(inner: IpRange, { address, prefix }: IpRange): boolean {
  return (
    inner.address.length === address.length &&
    inner.prefix >= prefix &&
    masked({ address: inner.address, prefix }).equals(address)
  );
}

/** A single address as a range. */
export function singleAddress(text: string): IpRange | undefined {
  const address = ipOctets(text);
  return address && { address, prefix: address.length * 8 };
}

function masked({ address, prefix }: IpRange): Buffer {
  const mask = maskOf(address.length, prefix);
  return Buffer.from(address.map((octet, index) => octet & (mask[index] ?? 0)));
}

function maskOf(length: number, prefix: number): Buffer {
  return Buffer.from(
    Array.from({ length }, (_, index) => {
      const bits = Math.min(8, Math.max(0, prefix - index * 8));
      return (0xff << (8 - bits)) & 0xff;
    }),
  );
}
