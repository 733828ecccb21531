/** X.660: the first arc is 0, 1 or 2. Under 0 and 1, the second arc is at most 39. */
const OBJECT_IDENTIFIER = /^(?:[01]\.[1-3]?\d|2\.(?:0|[1-9]\d*))(?:\.(?:0|[1-9]\d*))*$/;

/** The largest arc that every library writes. Only the arc below 2.25, which is a UUID, may be larger. */
const LARGEST_ARC = 0xffff_ffffn;
const LARGEST_UUID = (1n << 128n) - 1n;

/** Whether a value is an object identifier in dotted form. */
export function isObjectIdentifier(value: unknown): value is string {
  if (typeof value !== "string" || value.length > 200 || !OBJECT_IDENTIFIER.test(value)) {
    return false;
  }
  const uuid = /^2\.25\.(\d+)$/.exec(value)?.[1];
  return uuid === undefined
    ? value.split(".").every((arc) => BigInt(arc) <= LARGEST_ARC)
    : BigInt(uuid) <= LARGEST_UUID;
}
