import { checkCertificate, DECLARED_ELSEWHERE } from "../inputs/certificate";
import { cleanPem, isSamePem, PEM_INPUTS } from "../inputs/pem";
import { type Problem, problemsOf } from "../words/problem";
import { renewalTime } from "../inputs/renewal";
import { hasUnknown, UNKNOWN } from "../words/unknown";
import { checkNotReturned } from "../inputs/withdrawal";
import { checkStillToCome, hasFixedEnd } from "../inputs/validity";
import { readRoot, validityOf } from "../x509/certificate";
import { certificatePem, holdsPrivateKey, withoutPrivateKeys } from "../x509/pem";
import { adoptedRecord, type AdoptingInputs, isAdopting } from "./adoptedRecord";
import { type AnsweredInputs, isAnswered } from "./answeredInputs";
import {
  type Declaration,
  declarationOf,
  isRecordedWithdrawn,
  isSameRequest,
  recordedDeclaration,
} from "./certificateDeclaration";
import { crossRelation, issuerRelation, subjectRelation, withKnownKey } from "./certificateRelation";
import { checkKeysInService, withoutCompromisedKeys } from "./compromisedKeys";
import type { IssuedCertificate } from "./certificateIssuance";
import type { CertificateInputs, CertificateRecord } from "./certificateRecord";
import { namesake, type Succession, successionOf } from "./certificateSuccession";
import type { Context } from "./context";
import { contentOf, isContentChanged, saysUnknown, templateOf } from "./declaredContent";
import type { Difference, Lifecycle } from "./provider";
import { checkSigner } from "./signerInputs";

/** The lifecycle of a certificate: issued once, and reissued in place when its content changes or it is due. */
export function certificateLifecycle(context: Context): Lifecycle<CertificateInputs, CertificateRecord> {
  const { now } = context.surroundings;

  const issued = async (inputs: CertificateInputs, last?: Succession): Promise<IssuedCertificate> => {
    if (isAnswered(inputs)) {
      const { acceptAnswer } = await import("./answeredCertificate.js");
      return acceptAnswer(inputs, context);
    }
    const { issue } = await import("./certificateIssuance.js");
    return issue(inputs, templateOf(inputs), context, last?.predecessor);
  };

  /** @param last the certificate whose place it takes, if its name and key identifier must stay */
  const issueRecord = async (
    inputs: CertificateInputs,
    last?: Succession,
  ): Promise<{ id: string; state: CertificateRecord }> => {
    const { id, ...record } = await issued(inputs, last);
    const declaration = declarationOf(inputs, last?.adopted);
    return { id, state: { ...record, status: "valid", readyForRenewal: false, declaration } };
  };

  const adopt = async (inputs: AdoptingInputs): Promise<{ id: string; state: CertificateRecord }> => {
    const { takeAdopted } = await import("./certificateAdoption.js");
    const { taken, adopted, toReissue: predecessor } = await takeAdopted(inputs, context);
    if (predecessor !== undefined) {
      return issueRecord(inputs, { predecessor, adopted });
    }
    const { id, ...issued } = taken;
    const declaration = declarationOf(inputs, adopted);
    const readyForRenewal = inputs.withdrawn !== true && isDue({ ...issued }, inputs, now());
    return {
      id,
      state: { ...issued, status: inputs.withdrawn === true ? "withdrawn" : "valid", readyForRenewal, declaration },
    };
  };

  const isToBeReissued = async (
    state: CertificateRecord,
    declared: Declaration,
    news: AdoptingInputs,
  ): Promise<boolean> => {
    const adopted = adoptedRecord(state, declared, news);
    if (adopted === undefined || saysUnknown(news)) {
      return false;
    }
    const { isToBeReissued: asks } = await import("./certificateAdoption.js");
    return asks(state, adopted, news, context);
  };

  const checkAdopted = async (inputs: AdoptingInputs): Promise<readonly Problem[]> => {
    const { problemsOfAdopted } = await import("./certificateAdoption.js");
    return problemsOfAdopted(inputs, context);
  };

  const checkAnswer = async (olds: Partial<CertificateInputs>, news: AnsweredInputs): Promise<readonly Problem[]> => {
    const { answerProblems } = await import("./answeredCertificate.js");
    return answerProblems(olds, news, context);
  };

  return {
    async check(olds, news) {
      const { inputs, problems: unreadable } = cleanPem(withKnownKey(olds, news), PEM_INPUTS.certificate);
      const isWithdrawn = news.withdrawn === true;
      const problems = [
        ...unreadable,
        ...checkCertificate({ ...news }, now()),
        ...checkNotReturned(olds, news),
        ...(await checkKeysInService(inputs)),
        ...(isWithdrawn || olds.notAfter === news.notAfter ? [] : checkStillToCome(news, now())),
        ...checkCrossedRoot(inputs),
        ...checkSigner(inputs),
        ...(isAnswered(inputs) && !isWithdrawn ? await checkAnswer(olds, inputs) : []),
      ];
      // What is recorded is compared with the record.
      const isNew = olds.signingKey === undefined;
      const isChecked = isNew && problems.length === 0 && isAdopting(inputs);
      return {
        inputs: withoutCompromisedKeys(inputs),
        problems: isChecked ? await checkAdopted(inputs) : problems,
      };
    },

    async diff(state, news): Promise<Difference> {
      if (news.withdrawn === true) {
        return { changes: !isRecordedWithdrawn(state) };
      }
      const declared = recordedDeclaration(state);
      const subject = subjectRelation(state, declared, news);
      if (isAnswered(news)) {
        const isOther = hasUnknown(news.answerPem) || !isSamePem(state.certificatePem, news.answerPem, certificatePem);
        return { changes: isOther || subject !== "same", replaces: subject === "anotherKey" ? ["publicKeyPem"] : [] };
      }
      const issuer = await issuerRelation(declared, news, async (issuerPem) => {
        const { compareIssuer } = await import("./certificateIssuance.js");
        return compareIssuer(state.certificatePem, issuerPem);
      });
      const crossOf = await crossRelation(state, declared, news);
      const replaces = [
        ...(subject === "anotherKey" ? ["publicKeyPem"] : []),
        ...(news.csrPem === UNKNOWN || isSameRequest(declared, news.csrPem) ? [] : ["csrPem"]),
        ...(crossOf === "anotherKey" ? ["crossOf"] : []),
        ...(issuer === "anotherKey" ? ["signingKey"] : []),
      ];
      const changes =
        replaces.length > 0 ||
        (isAdopting(news) && (await isToBeReissued(state, declared, news))) ||
        [subject, issuer, crossOf].some((relation) => relation !== "same") ||
        isContentChanged(declared, contentOf(news), declared.adopted && validityOf(state.certificatePem)) ||
        declared.isAnswer === true ||
        holdsPrivateKey(state.declaration) ||
        (await isToBeRenewed(state, news, now()));
      return { changes, replaces };
    },

    async create(inputs) {
      if (isAdopting(inputs)) {
        return adopt(inputs);
      }
      return inputs.withdrawn === true ? withdrawnUnissued(inputs) : issueRecord(inputs, await namesake(inputs));
    },

    // eslint-disable-next-line @typescript-eslint/require-await -- its errors must be rejections
    async read(state) {
      if (isRecordedWithdrawn(state)) {
        return state;
      }
      return {
        ...state,
        status: statusOf(state, now()),
        readyForRenewal: isDue(state, recordedDeclaration(state), now()),
      };
    },

    readById(id, state) {
      return state.declaration === DECLARED_ELSEWHERE ? readElsewhere(state, id, now()) : this.read(state);
    },

    async update(state, news) {
      const last = await successionOf(state, recordedDeclaration(state), news);
      if (news.withdrawn === true) {
        const declaration = declarationOf(news, last?.adopted);
        return { ...state, status: "withdrawn", readyForRenewal: false, declaration };
      }
      const clean = { ...state, declaration: withoutPrivateKeys(state.declaration) };
      const isOnlyToBeCleaned = clean.declaration !== state.declaration && !(await this.diff(clean, news)).changes;
      return isOnlyToBeCleaned
        ? { ...state, declaration: declarationOf(news, last?.adopted) }
        : (await issueRecord(news, last)).state;
    },

    delete: () => Promise.resolve(),
  };
}

/** The record of a certificate that was withdrawn before it was issued. The engine needs an id that is not empty. */
function withdrawnUnissued(inputs: CertificateInputs): { id: string; state: CertificateRecord } {
  const nothing = { certificatePem: "", serialNumber: "", notAfter: "" };
  const declaration = declarationOf(inputs);
  return { id: "never issued", state: { ...nothing, status: "withdrawn", readyForRenewal: false, declaration } };
}

/** A certificate that this program did not declare, and never issues. */
async function readElsewhere(
  { certificatePem, declaration }: CertificateRecord,
  id: string,
  now: Date,
): Promise<CertificateRecord> {
  const { issuedElsewhere } = await import("./certificateIssuance.js");
  const { id: _, ...issued } = issuedElsewhere(certificatePem, id);
  return { ...issued, status: statusOf(issued, now), readyForRenewal: false, declaration };
}

function checkCrossedRoot({ crossOf }: CertificateInputs): Problem[] {
  // Without the property, whose value the engine would print. An unreadable value is already a problem.
  return crossOf === undefined || crossOf === UNKNOWN || crossOf === ""
    ? []
    : problemsOf(() => readRoot(crossOf, "crossOf"), "");
}

function statusOf(certificate: Pick<CertificateRecord, "notAfter">, now: Date): CertificateRecord["status"] {
  return hasEnded(certificate, now) ? "expired" : "valid";
}

function hasEnded({ notAfter }: Pick<CertificateRecord, "notAfter">, now: Date): boolean {
  return new Date(notAfter) <= now;
}

/** Whether the certificate is due. */
function isDue(
  state: Pick<CertificateRecord, "certificatePem" | "notAfter">,
  declared: Pick<CertificateInputs, "notBefore" | "notAfter" | "renewBefore">,
  now: Date,
): boolean {
  if (hasFixedEnd(declared)) {
    return false;
  }
  const { renewBefore } = declared;
  return renewBefore === undefined
    ? hasEnded(state, now)
    : renewalTime(validityOf(state.certificatePem), renewBefore) <= now;
}

/**
 * Whether a due certificate can be renewed. A certificate that ends with its issuer waits for the issuer's renewal;
 * until then, every run would reissue it for nothing.
 */
async function isToBeRenewed(state: CertificateRecord, news: CertificateInputs, now: Date): Promise<boolean> {
  const { issuer } = news;
  const due = isDue(state, news, now);
  if (!due || hasEnded(state, now) || issuer === undefined || hasUnknown(issuer)) {
    return due;
  }
  const { endsWithIssuer } = await import("./certificateIssuance.js");
  return !endsWithIssuer(state.notAfter, issuer.certificatePem);
}
