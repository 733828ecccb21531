/** An open, exclusive connection to one card: what PIV is spoken over. */
export interface CardConnection {
  /**
   * Sends one command APDU (ISO/IEC 7816-4, 5.1).
   *
   * @returns the whole response APDU, its last two octets the status word
   * @throws PkiError `CARD_REMOVED` when the card is gone
   */
  transmit(apdu: Uint8Array): Promise<Uint8Array>;
  /** Resets the card, so that no other process finds it with the PIN verified, and lets go of it. */
  disconnect(): Promise<void>;
}

/** What becomes of a connection to a card that another program holds. */
export type WhenBusy = "wait" | "fail";

/** The smart card readers of this machine. */
export interface CardReaders {
  /**
   * The names of the readers that hold a card.
   *
   * @throws PkiError `PCSC_UNAVAILABLE` when the PC/SC service does not run, `PERMISSION_DENIED`
   */
  list(): Promise<string[]>;
  /**
   * Connects to the card in a reader, alone.
   *
   * @param reader one that was listed
   * @param whenBusy whether a card that another program holds is waited for, with a limit. Default `wait`.
   * @throws PkiError `CARD_BUSY`, `CARD_NOT_FOUND`, `PCSC_UNAVAILABLE`, `PERMISSION_DENIED`
   */
  connect(reader: string, whenBusy?: WhenBusy): Promise<CardConnection>;
  /** Lets go of the readers. */
  close(): void;
}
