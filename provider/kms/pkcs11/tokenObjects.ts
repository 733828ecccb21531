import { type Attribute, CKA, type Handle } from "./cryptoki";
import { isSessionLost } from "./cryptokiErrors";
import type { TokenKeyName } from "./pkcs11Uri";
import type { ReadAttribute } from "./publicKeyObject";
import type { OpenSession } from "./tokenSessions";

const AT_ONCE = 50;

/** The objects in the token with a class and a name. */
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

/** Reads the attributes of an object one by one, because a module may refuse a whole list for one missing attribute. */
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
