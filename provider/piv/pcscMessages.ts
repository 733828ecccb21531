import type { ErrorCode } from "../errors";
import type { WhenBusy } from "./cardConnection";

/** How long the PC/SC process waits, in milliseconds. */
export interface PcscLimits {
  /** How long to wait for a card that another program uses. Default 10,000. */
  readonly busy?: number;
  /** How long to wait for a first card in any reader. Default 1,000. */
  readonly first?: number;
}

/** A request to the PC/SC process. */
export type PcscRequest = { readonly id: number } & PcscCommand;

/** A request without the number that identifies its reply. */
export type PcscCommand =
  | { readonly call: "open"; readonly limits: PcscLimits }
  | { readonly call: "list" }
  /** Is answered by the number of the connection. */
  | { readonly call: "connect"; readonly reader: string; readonly whenBusy: WhenBusy }
  | { readonly call: "transmit"; readonly connection: number; readonly apdu: Uint8Array }
  | { readonly call: "disconnect"; readonly connection: number };

/** A reply of the PC/SC process. */
export interface PcscReply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: { readonly code: ErrorCode; readonly reason: string; readonly remedy: string };
}
