/** The npm package that talks to PC/SC. Optional: only those install it who use a YubiKey. */
export const PCSC_PACKAGE = "pcsclite";
