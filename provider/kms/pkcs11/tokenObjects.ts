import { type Attribute, CKA, type Handle } from "./cryptoki";
import { isSessionLost } from "./cryptokiErrors";
import type { TokenKeyName } from "./pkcs11Uri";
import type { ReadAttribute } from "./publicKeyObject";
import type { OpenSession } from "./tokenSessions";

const AT_ONCE = 50;

/** The objects of a class and a name that are in the token. */
export function findObjects(
  { cryptoki, session }: OpenSession,
  objectClass: number,
  { id, label }: TokenKeyName,
): Handle[] {
  const template: Attribute[] = [
    { type: CKA.CLASS, value: objectClass },
    { type: CKA.TOKEN, value: true },
    ...(id === undefined ? [] : [{ type: CKA.ID, value: Buffer.from(id, "hex") }]),
    ...(label === undefined ? [] : [{ type: CKA.LABEL, value: label }]),
  ];
  const found: Handle[] = [];
  cryptoki.C_FindObjectsInit(session, template);
  try {
    for (let more = AT_ONCE; more === AT_ONCE;) {
      const next = cryptoki.C_FindObjects(session, AT_ONCE);
      found.push(...next);
      more = next.length;
    }
  } finally {
    cryptoki.C_FindObjectsFinal(session);
  }
  return found;
}

/** Reads the attributes of an object one by one: a module may refuse a whole list for one that it does not have. */
export function reader({ cryptoki, session }: OpenSession, object: Handle): ReadAttribute {
  return (type) => {
    try {
      return cryptoki.C_GetAttributeValue(session, object, [{ type }])[0]?.value;
    } catch (error) {
      if (isSessionLost(error)) {
        throw error;
      }
      return undefined;
    }
  };
}

/** Deletes objects. */
export function deleteObjects({ cryptoki, session }: OpenSession, objects: readonly Handle[]): void {
  for (const object of objects) {
    cryptoki.C_DestroyObject(session, object);
  }
}
