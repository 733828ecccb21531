import { isDeepStrictEqual } from "node:util";
import { cleanPem, listPemInputs } from "../inputs/pem";
import { checkRevocationList, LIST_DEFAULTS, listLifetime } from "../inputs/revocationList";
import { renewalTime } from "../inputs/renewal";
import { type RevokedCertificate, withoutCertificate } from "../inputs/revokedCertificate";
import { checkNotReturned } from "../inputs/withdrawal";
import { hasUnknown, UNKNOWN } from "../words/unknown";
import { validityOf } from "../x509/certificate";
import { issuerRelation } from "./certificateRelation";
import { checkKeysInService, withoutCompromisedKeys } from "./compromisedKeys";
import type { Context } from "./context";
import { nextList } from "./listedCertificates";
import type { Checked, Difference, Lifecycle } from "./provider";
import { checkSigner } from "./signerInputs";
import {
  lastList,
  type ListContent,
  type ListDeclaration,
  recordedListDeclaration,
  type RevocationListInputs,
  type RevocationListRecord,
  withdrawnList,
} from "./revocationListRecord";

/**
 * The lifecycle of a certificate revocation list: issued when the resource is made, and again in place when it is due or
 * the program revokes something.
 */
export function certificateRevocationListLifecycle(
  context: Context,
): Lifecycle<RevocationListInputs, RevocationListRecord> {
  const { now } = context.surroundings;

  const issue = async (
    inputs: RevocationListInputs,
    last: RevocationListRecord | undefined,
  ): Promise<{ id: string; state: RevocationListRecord }> => {
    const { issueNextList } = await import("./revocationListIssuance.js");
    return issueNextList(inputs, last, context);
  };

  return {
    async check(olds, news): Promise<Checked<RevocationListInputs>> {
      const { inputs: given, problems: unreadable } = cleanPem(news, listPemInputs(news));
      const inputs = withoutCompromisedKeys(given);
      const problems = [
        ...unreadable,
        ...checkSigner(inputs),
        ...checkRevocationList({ ...inputs }, now()),
        ...checkNotReturned(olds, news),
        ...(await checkKeysInService({ ...given })),
      ];
      const { revoked } = inputs;
      const isNamed = problems.length === 0 && Array.isArray(revoked) && !revoked.includes(UNKNOWN);
      return { inputs: isNamed ? { ...inputs, revoked: named(inputs) } : inputs, problems };
    },

    async diff(state, news): Promise<Difference> {
      const declared = recordedListDeclaration(state);
      if (news.withdrawn === true) {
        return { changes: declared.withdrawn !== true };
      }
      const issuer = await issuerRelation(declared, news, async (issuerPem) => {
        const { compareListIssuer } = await import("./revocationListIssuance.js");
        return compareListIssuer(state.crlPem, issuerPem);
      });
      const replaces = issuer === "anotherKey" ? ["signingKey"] : [];
      const changes =
        issuer !== "same" ||
        isContentChanged(state, declared, news) ||
        (isDue(state, news, now()) && !hasEnded(news, now()));
      return { changes, replaces };
    },

    create: (inputs) =>
      inputs.withdrawn === true ? Promise.resolve(withdrawnList(inputs, undefined)) : issue(inputs, undefined),

    // eslint-disable-next-line @typescript-eslint/require-await -- its errors must be rejections
    async read(state) {
      const declared = recordedListDeclaration(state);
      if (declared.withdrawn === true) {
        return state;
      }
      return {
        ...state,
        status: new Date(state.nextUpdate) <= now() ? "expired" : "valid",
        readyForRenewal: isDue(state, declared, now()),
      };
    },

    update: async (state, news) =>
      (news.withdrawn === true ? withdrawnList(news, state) : await issue(news, state)).state,

    delete: () => Promise.resolve(),
  };
}

/** The certificates to revoke, by their serial numbers alone. */
function named({ revoked = [] }: RevocationListInputs): RevokedCertificate[] {
  return revoked.map(withoutCertificate) as RevokedCertificate[];
}

function isContentChanged(state: RevocationListRecord, declared: ListDeclaration, news: RevocationListInputs): boolean {
  const { issuer: _issuer, signingKey, ...content } = news;
  return (
    hasUnknown(content) ||
    (!hasUnknown(signingKey) && signingKey.algorithm !== declared.signingKey.algorithm) ||
    !isDeepStrictEqual(comparable(news), comparable(declared)) ||
    nextList(lastList(state, declared), named(news), state.thisUpdate).changes
  );
}

/** What a list says apart from its entries, in comparable form. */
function comparable({ url, onlyContainsCACerts = false, validity }: ListContent): object {
  return { url, onlyContainsCACerts, validity: listLifetime(validity) };
}

/** Whether the next list is due. */
function isDue({ thisUpdate, nextUpdate }: RevocationListRecord, { renewBefore }: ListContent, now: Date): boolean {
  const validity = { notBefore: new Date(thisUpdate), notAfter: new Date(nextUpdate) };
  return renewalTime(validity, renewBefore ?? LIST_DEFAULTS.renewBefore) <= now;
}

/** Whether the CA has ended, so that nothing verifies with it, and it signs nothing any more. */
function hasEnded({ issuer }: RevocationListInputs, now: Date): boolean {
  return !hasUnknown(issuer) && validityOf(issuer.certificatePem).notAfter <= now;
}
