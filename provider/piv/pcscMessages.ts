import type { WhenBusy } from "./cardConnection";

/** How long the PC/SC process waits, in milliseconds. */
export interface PcscLimits {
  /** How long to wait for a card that another program uses. Default 10,000. */
  readonly busy?: number;
  /** How long to wait for a first card in any reader. Default 1,000. */
  readonly first?: number;
}

/** A command for the PC/SC process. */
export type PcscCommand =
  | { readonly call: "open"; readonly limits: PcscLimits }
  | { readonly call: "list" }
  /** Is answered by the number of the connection. */
  | { readonly call: "connect"; readonly reader: string; readonly whenBusy: WhenBusy }
  | { readonly call: "transmit"; readonly connection: number; readonly apdu: Uint8Array }
  | { readonly call: "disconnect"; readonly connection: number };
