/** The instructions of SP 800-73-4 part 2 and Yubico's own, by the byte INS. */
const INSTRUCTIONS: Readonly<Record<number, string>> = {
  0x20: "VERIFY",
  0x24: "CHANGE REFERENCE DATA",
  0x2c: "RESET RETRY COUNTER",
  0x47: "GENERATE",
  0x87: "GENERAL AUTHENTICATE",
  0xa4: "SELECT",
  0xc0: "GET RESPONSE",
  0xcb: "GET DATA",
  0xdb: "PUT DATA",
  0xf6: "MOVE KEY",
  0xf7: "GET METADATA",
  0xf8: "GET SERIAL",
  0xf9: "ATTEST",
  0xfb: "RESET",
  0xfd: "GET VERSION",
};
const MANAGEMENT_KEY = 0x9b;

/**
 * The name of a command APDU, such as `GENERATE 9c`, `SIGN 9a`, `VERIFY`. GENERAL AUTHENTICATE is
 * `AUTHENTICATE` for the management key, and otherwise `SIGN`. VERIFY without a PIN is `TRIES LEFT`. The first parts of a chain
 * have no name.
 */
export function commandName(apdu: Buffer): string | undefined {
  const [cla = 0, ins = 0, p1 = 0, p2 = 0] = apdu;
  if ((cla & 0x10) !== 0) {
    return undefined;
  }
  const name = INSTRUCTIONS[ins] ?? `INS ${ins.toString(16)}`;
  const key = p2.toString(16);
  switch (name) {
    case "GENERAL AUTHENTICATE":
      return p2 === MANAGEMENT_KEY ? "AUTHENTICATE" : `SIGN ${key}`;
    case "GENERATE":
    case "GET METADATA":
      return `${name} ${key}`;
    case "ATTEST":
      return `${name} ${p1.toString(16)}`;
    case "VERIFY":
      return apdu.length > 5 ? name : "TRIES LEFT";
    default:
      return name;
  }
}
