import { BlockList, isIP } from "node:net";

/** Top-level domains that are never public: RFC 6761, RFC 6762, RFC 8375, RFC 9476 and ICANN's resolution on `internal`. */
const INTERNAL_DOMAINS = [
  ...["alt", "corp", "example", "home", "home.arpa", "internal", "intranet"],
  ...["invalid", "lan", "local", "localdomain", "localhost", "mail", "private", "test"],
];

/** IANA's registries of special-purpose addresses. */
const RESERVED: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
  ["::", 96],
  ["::ffff:0:0", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
];

let reserved: BlockList | undefined;

/** Whether a domain name is of no public domain. There is no list of all public suffixes here. */
export function isInternalName(name: string): boolean {
  const lower = name.toLowerCase();
  return (
    isIP(name) === 0 &&
    (!lower.includes(".") || INTERNAL_DOMAINS.some((domain) => lower === domain || lower.endsWith(`.${domain}`)))
  );
}

/** Whether an address is reserved. */
export function isInternalAddress(octets: Buffer): boolean {
  reserved ??= blockList();
  const address = addressText(octets);
  return isIP(address) !== 0 && reserved.check(address, octets.length === 4 ? "ipv4" : "ipv6");
}

/** Whether a range, an address and its mask, has a reserved address. */
export function touchesInternalAddresses(range: Buffer): boolean {
  const half = range.length / 2;
  const [address, mask] = [range.subarray(0, half), range.subarray(half)];
  const holds = (inside: string): boolean => {
    const octets = addressOctets(inside, half);
    return octets?.every((octet, index) => ((octet ^ (address[index] ?? 0)) & (mask[index] ?? 0)) === 0) === true;
  };
  return isInternalAddress(address) || RESERVED.some(([inside]) => holds(inside));
}

function addressText(octets: Buffer): string {
  return octets.length === 4 ? [...octets].join(".") : (octets.toString("hex").match(/.{1,4}/g) ?? []).join(":");
}

/** The octets of an address of the table; undefined if it is of the other family. */
function addressOctets(text: string, length: number): number[] | undefined {
  if (text.includes(":") !== (length === 16)) {
    return undefined;
  }
  if (length === 4) {
    return text.split(".").map(Number);
  }
  const [head = [], tail = []] = text.split("::").map((part) => part.split(":").filter((group) => group !== ""));
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill("0"), ...tail];
  return groups.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff]);
}

function blockList(): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of RESERVED) {
    list.addSubnet(address, prefix, address.includes(":") ? "ipv6" : "ipv4");
  }
  return list;
}

/** Whether a code is of a country, which Node knows; XX stands for none (BR 7.1.4.2). */
export function isCountry(code: string): boolean {
  return (
    code === "XX" ||
    (/^[A-Z]{2}$/.test(code) &&
      new Intl.DisplayNames("en", { type: "region", fallback: "none" }).of(code) !== undefined)
  );
}
