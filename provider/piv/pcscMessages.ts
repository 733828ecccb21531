import type { ErrorCode } from "../errors";
import type { WhenBusy } from "./cardConnection";

/** How long the PC/SC process waits, in milliseconds. */
export interface PcscLimits {
  /** For a card that another program uses. Default 10,000. */
  readonly busy?: number;
  /** For a first card in any reader. Default 1,000. */
  readonly first?: number;
}

/** What the PC/SC process is asked. */
export type PcscRequest = { readonly id: number } & PcscCommand;

/** What is asked, without the number by which the answer is known. */
export type PcscCommand =
  | { readonly call: "open"; readonly limits: PcscLimits }
  | { readonly call: "list" }
  /** Is answered by the number of the connection. */
  | { readonly call: "connect"; readonly reader: string; readonly whenBusy: WhenBusy }
  | { readonly call: "transmit"; readonly connection: number; readonly apdu: Uint8Array }
  | { readonly call: "disconnect"; readonly connection: number };

/** What the PC/SC process answers. */
export interface PcscReply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: { readonly code: ErrorCode; readonly reason: string; readonly remedy: string };
}
