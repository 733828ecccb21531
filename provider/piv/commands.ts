/** The instruction octets of SP 800-73-4 part 2, section 3. */
export const SELECT = 0xa4;
export const GET_DATA = 0xcb;
export const PUT_DATA = 0xdb;
export const VERIFY = 0x20;
export const GENERAL_AUTHENTICATE = 0x87;
export const GENERATE_ASYMMETRIC_KEY_PAIR = 0x47;

/** The instruction octets of Yubico's extensions. */
export const MOVE_KEY = 0xf6;
export const GET_METADATA = 0xf7;
export const GET_SERIAL = 0xf8;
export const ATTEST = 0xf9;
export const GET_VERSION = 0xfd;

/** Key references beside those of the slots: SP 800-73-4 part 1, 5.1. */
export const PIN_REFERENCE = 0x80;
export const MANAGEMENT_KEY_REFERENCE = 0x9b;
