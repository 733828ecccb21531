import { renewalTime } from "../inputs/renewal";
import { LIST_DEFAULTS } from "../inputs/revocationList";
import { derBase64 } from "../x509/pem";
import type { PluginResourceType } from "./resourceType";
import { changed } from "./wire";

/** The outputs of a revocation list that follow from it. Those of a list that was never issued are empty. */
export const LIST_FOLLOWS: NonNullable<PluginResourceType["follows"]> = {
  crlDer: ({ record }) => changed(record["crlPem"], (pem) => derBase64(String(pem))),
  renewalTime: ({ record, inputs }) =>
    changed(record["thisUpdate"], (thisUpdate) =>
      changed(record["nextUpdate"], (nextUpdate) => {
        const validity = { notBefore: new Date(String(thisUpdate)), notAfter: new Date(String(nextUpdate)) };
        const renewBefore = inputs["renewBefore"] ?? LIST_DEFAULTS.renewBefore;
        return thisUpdate === "" ? "" : renewalTime(validity, renewBefore as string).toISOString();
      }),
    ),
};
