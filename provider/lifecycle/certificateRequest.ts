import { checkCertificateRequest } from "../inputs/certificateRequest";
import { cleanPem, PEM_INPUTS } from "../inputs/pem";
import { checkWithdrawal } from "../inputs/withdrawal";
import { formatInstant } from "../words/instant";
import { checkSecret, requireChallengePassword } from "../words/secrets";
import { readPublicKey } from "../x509/certificate";
import { keyRelation, withKnownKey } from "./certificateRelation";
import {
  type CertificateRequestInputs,
  type CertificateRequestRecord,
  recordedRequestDeclaration,
  requestDeclarationOf,
} from "./certificateRequestRecord";
import { checkKeysInService, withoutCompromisedKeys } from "./compromisedKeys";
import type { Context } from "./context";
import { type DeclaredContent, isContentChanged } from "./declaredContent";
import type { Difference, Lifecycle } from "./provider";
import { checkSigner } from "./signerInputs";

/**
 * The lifecycle of a certificate request: signed when the resource is made, and again in place when it is to say something
 * else. Time changes nothing about a request.
 */
export function certificateRequestLifecycle(
  context: Context,
): Lifecycle<CertificateRequestInputs, CertificateRequestRecord> {
  const { secrets } = context;

  const sign = async (inputs: CertificateRequestInputs): Promise<{ id: string; state: CertificateRequestRecord }> => {
    const { signRequest } = await import("./certificateRequestSigning.js");
    const { id, csrPem } = await signRequest(inputs, context);
    const { publicKeyPem } = inputs;
    const signedAt = formatInstant(context.surroundings.now().getTime());
    return { id, state: { csrPem, publicKeyPem, signedAt, declaration: requestDeclarationOf(inputs) } };
  };

  /** Whether the recorded request holds another challenge password than the one that is given now. */
  const isPasswordChanged = async (
    { csrPem }: CertificateRequestRecord,
    { challengePassword }: CertificateRequestInputs,
  ): Promise<boolean> => {
    if (challengePassword !== true) {
      return false;
    }
    const { challengePasswordOf } = await import("../x509/certificateRequest.js");
    return challengePasswordOf(csrPem) !== requireChallengePassword(secrets);
  };

  return {
    async check(olds, news) {
      const { inputs, problems } = cleanPem(withKnownKey(olds, news), PEM_INPUTS.certificateRequest);
      return {
        inputs: withoutCompromisedKeys(inputs),
        problems: [
          ...problems,
          ...checkCertificateRequest({ ...news }, context.surroundings.now()),
          ...checkSigner(inputs),
          ...checkWithdrawal({ ...inputs }),
          ...(await checkKeysInService(inputs)),
          ...(inputs.challengePassword === true ? checkSecret(() => requireChallengePassword(secrets)) : []),
        ],
      };
    },

    async diff(state, news): Promise<Difference> {
      const declared = recordedRequestDeclaration(state);
      const subject = keyRelation(() => readPublicKey(state.publicKeyPem), declared, news);
      const { challengePassword = false } = news;
      const changes =
        subject !== "same" ||
        challengePassword !== (declared.challengePassword ?? false) ||
        isContentChanged(declared, contentOf(news)) ||
        (await isPasswordChanged(state, news));
      return { changes, replaces: subject === "anotherKey" ? ["publicKeyPem"] : [] };
    },

    create: sign,

    read: (state) => Promise.resolve(state),

    update: async (_state, news) => (await sign(news)).state,

    delete: () => Promise.resolve(),
  };
}

function contentOf(inputs: CertificateRequestInputs): DeclaredContent {
  const { publicKeyPem: _key, subjectKeyUri: _uri, challengePassword: _password, ...content } = inputs;
  return content;
}
