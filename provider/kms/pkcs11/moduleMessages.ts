import type { Algorithm } from "../algorithms";
import type { TokenKeyName, TokenSelector } from "./pkcs11Uri";

/** What a token tells of itself. */
export interface TokenDescription {
  readonly label: string;
  readonly serial: string;
  readonly model: string;
  /** Its algorithms, according to its list of mechanisms. */
  readonly algorithms: readonly Algorithm[];
}

/** A private key in a token. */
export interface TokenKey {
  /** CKA_ID, in hex. */
  readonly id: string;
  readonly label: string;
  /** SPKI, as DER; undefined if there is neither a public key object nor a certificate. */
  readonly spki: Uint8Array | undefined;
  /** Whether the key may leave the token, if the token reports that. */
  readonly isExtractable: boolean;
}

/** The commands for the process of a module. All but `describe` need a login, which the process keeps. */
export type ModuleCommand = { readonly selector: TokenSelector } & (
  | { readonly call: "describe" }
  | { readonly call: "login"; readonly pin: string; readonly isLastTryAllowed: boolean }
  | { readonly call: "keys"; readonly name: TokenKeyName }
  | { readonly call: "generate"; readonly id: string; readonly label: string; readonly algorithm: Algorithm }
  | { readonly call: "sign"; readonly name: TokenKeyName; readonly algorithm: Algorithm; readonly data: Uint8Array }
  /** Deletes the key, unless it does not match the public key. */
  | { readonly call: "delete"; readonly name: TokenKeyName; readonly spki: Uint8Array | undefined }
  /** The certificates of a key, as DER. */
  | { readonly call: "certificates"; readonly id: string }
  /** Stores a certificate, and deletes those that it replaces. */
  | { readonly call: "store"; readonly id: string; readonly label: string; readonly der: Uint8Array }
  | { readonly call: "delete-certificate"; readonly id: string; readonly der: Uint8Array }
);

/** A command with the library to load. */
export type CommandOfModule = { readonly modulePath: string } & ModuleCommand;
