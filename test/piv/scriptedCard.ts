import assert from "node:assert/strict";
import type { CardConnection } from "../../provider/piv/cardConnection";
import { PivApplication, type PivOptions } from "../../provider/piv/pivApplication";

/** An expected command APDU and the response APDU to it, both in hex with optional spaces. */
export type Exchange = readonly [command: string, response: string];

/** A card that follows its script and accepts nothing else. The bytes come from the specification, not from the code. */
export class ScriptedCard implements CardConnection {
  readonly #script: Exchange[];

  constructor(script: readonly Exchange[]) {
    this.#script = [...script];
  }

  transmit(apdu: Uint8Array): Promise<Uint8Array> {
    const sent = Buffer.from(apdu).toString("hex");
    const next = this.#script.shift();
    assert.ok(next, `an APDU after the end of the script: ${sent}`);
    assert.equal(sent, compact(next[0]));
    return Promise.resolve(Buffer.from(compact(next[1]), "hex"));
  }

  disconnect(): Promise<void> {
    return Promise.resolve();
  }

  /** Fails unless every exchange took place. */
  end(): void {
    assert.deepEqual(this.#script, [], "exchanges that did not take place");
  }
}

/** SELECT as Yubico documents it, with Le, and the answer of a YubiKey 5. */
export const SELECT: Exchange = [
  "00 A4 04 00 09 A0 00 00 03 08 00 00 10 00 00",
  "61 11 4F 06 00 00 10 00 01 00 79 07 4F 05 A0 00 00 03 08 90 00",
];

/** The serial number of Yubico's example: 11409355. */
export const SERIAL: Exchange = ["00 F8 00 00 00", "00 AE 17 CB 90 00"];

/** GET VERSION, and its answer for a firmware such as `5.2.4`. */
export function version(firmware: string): Exchange {
  return ["00 FD 00 00 00", `${Buffer.from(firmware.split(".").map(Number)).toString("hex")} 90 00`];
}

/**
 * Selects the PIV application of a card and calls a function with it, over exactly these exchanges.
 *
 * @param script the exchanges after SELECT, GET VERSION and GET SERIAL
 */
export async function withYubiKey<T>(
  firmware: string,
  script: readonly Exchange[],
  use: (piv: PivApplication) => Promise<T>,
  options?: PivOptions,
): Promise<T> {
  const card = new ScriptedCard([SELECT, version(firmware), SERIAL, ...script]);
  const result = await use(await PivApplication.select(card, options));
  card.end();
  return result;
}

/** Without spaces, in lowercase. */
export function compact(hex: string): string {
  return hex.replace(/\s+/g, "").toLowerCase();
}

/** Bytes from hex with spaces. */
export function octets(hex: string): Buffer {
  return Buffer.from(compact(hex), "hex");
}
