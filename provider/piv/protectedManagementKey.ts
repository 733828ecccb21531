import type { CardSession } from "./cardSession";
import { findDataObject, unwrapDataObject } from "./dataObject";
import { isNotAttested } from "./statusWords";
import { decodeTlvs, findTlv, unwrapTlv } from "./tlv";

/**
 * How the management key is kept, by the card's management data: on the card behind the PIN, derived from the PIN, or
 * not stated.
 */
export type ManagementKeyProtection = "stored" | "derived" | "none";

/** Yubico's data object ADMIN DATA, which ykman and Yubico's minidriver write. */
const ADMIN_DATA = 0x5fff00;
const ADMIN_TEMPLATE = 0x80;
const FLAGS = 0x81;
const SALT = 0x82;
const IS_STORED = 0x02;

/**
 * Printed Information (SP 800-73-4 part 1, 3.3.9), which can be read only after the PIN. Here it holds the management key.
 */
const PRINTED = 0x5fc109;
const PROTECTED_TEMPLATE = 0x88;
const KEY = 0x89;

/** Reads how the management key is kept. This requires no PIN. Unknown data count as `none`. */
export async function readManagementKeyProtection(session: CardSession): Promise<ManagementKeyProtection> {
  const task = { purpose: "read", action: "reading the management data" } as const;
  const object = await findDataObject(session, ADMIN_DATA, task, isNotAttested);
  const fields = object && fieldsOf(object, ADMIN_TEMPLATE);
  const [flags = 0] = fields?.(FLAGS) ?? [];
  if ((flags & IS_STORED) !== 0) {
    return "stored";
  }
  return fields?.(SALT) === undefined ? "none" : "derived";
}

/** The management key that is stored on the card; undefined when none is. The PIN must be verified. */
export async function readStoredManagementKey(session: CardSession): Promise<Buffer | undefined> {
  const task = { purpose: "read", action: "reading the management key that is stored on the card" } as const;
  const object = await findDataObject(session, PRINTED, task);
  return object && fieldsOf(object, PROTECTED_TEMPLATE)?.(KEY);
}

/** Undefined for octets that are not such an object. */
function fieldsOf(object: Buffer, template: number): ((tag: number) => Buffer | undefined) | undefined {
  const what = "The object";
  try {
    const fields = decodeTlvs(unwrapTlv(unwrapDataObject(object, what), template, what), what);
    return (tag) => findTlv(fields, tag);
  } catch {
    return undefined;
  }
}
