/** An open, exclusive connection to one card. */
export interface CardConnection {
  /**
   * Sends one command APDU (ISO/IEC 7816-4, 5.1).
   *
   * @returns the whole response APDU, whose last two octets are the status word
   * @throws PkiError `CARD_REMOVED` when the card is gone
   */
  transmit(apdu: Uint8Array): Promise<Uint8Array>;
  /** Resets the card, so that no other process finds it with the PIN verified, and disconnects. */
  disconnect(): Promise<void>;
}

/** Whether a connection waits for a card that another program holds, or fails. */
export type WhenBusy = "wait" | "fail";

/** The smart card readers of this machine. */
export interface CardReaders {
  /**
   * The names of the readers that hold a card.
   *
   * @throws PkiError `PCSC_UNAVAILABLE` when the PC/SC service is not running, `PERMISSION_DENIED`
   */
  list(): Promise<string[]>;
  /**
   * Connects to the card in a reader, exclusively.
   *
   * @param reader a name that {@link list} returned
   * @param whenBusy whether to wait, up to a limit, for a card that another program holds. Default `wait`.
   * @throws PkiError `CARD_BUSY`, `CARD_NOT_FOUND`, `PCSC_UNAVAILABLE`, `PERMISSION_DENIED`
   */
  connect(reader: string, whenBusy?: WhenBusy): Promise<CardConnection>;
  /** Releases the readers. */
  close(): void;
}
