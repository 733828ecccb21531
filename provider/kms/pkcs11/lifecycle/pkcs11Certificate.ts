import { PkiError } from "../../../errors";
import { cleanPem, isSamePem } from "../../../inputs/pem";
import type { Context } from "../../../lifecycle/context";
import type { Lifecycle } from "../../../lifecycle/provider";
import { requireRecorded } from "../../../lifecycle/recorded";
import { hasUnknown, isKnownChange } from "../../../words/unknown";
import { readCertificate } from "../../../x509/certificate";
import { certificatePem, holdsPrivateKey } from "../../../x509/pem";
import { PKCS11_PEM_INPUTS } from "../pkcs11PemInputs";
import { isSameToken, tokenKeyName } from "../pkcs11Uri";
import { checkToken, type InToken, tokenAt } from "./tokenAt";

/** The inputs of a certificate that is stored beside its key. */
export interface Pkcs11CertificateInputs extends InToken {
  /** The key's URI. */
  readonly uri: string;
  readonly certificatePem: string;
  /** Whether other certificates of the key may be replaced, because the key was adopted. */
  readonly replaceOther: boolean;
  /** Whether the certificate is deleted from the token when the resource is. */
  readonly deleteCertificate: boolean;
}

/** Its recorded state. */
export interface Pkcs11CertificateRecord extends Pkcs11CertificateInputs {
  readonly status: "present" | "missing" | "changed";
}

/** The lifecycle of a certificate object in a token. */
export function pkcs11CertificateLifecycle(
  context: Context,
): Lifecycle<Pkcs11CertificateInputs, Pkcs11CertificateRecord> {
  const { notice } = context;

  const store = async (inputs: Pkcs11CertificateInputs, recordedPem?: string): Promise<Pkcs11CertificateRecord> => {
    const { id, label } = namesOf(inputs);
    const der = derOf(inputs.certificatePem);
    const known = [der, ...(recordedPem === undefined ? [] : [derOf(recordedPem)])];
    const { token } = await tokenAt(context, inputs);
    await token.turn(async (turn) => {
      const there = await turn.certificates(id);
      if (!inputs.replaceOther && there.some((each) => !known.some((one) => one.equals(each)))) {
        throw new PkiError(
          "CERTIFICATE_EXISTS",
          `a certificate other than the recorded one is stored beside ${inputs.uri}, and is never silently replaced`,
          "Delete it by hand if nobody needs it: pkcs11-tool --module MODULE --login --delete-object --type cert --id ID",
        );
      }
      await turn.store(id, label, der);
    });
    return { ...inputs, status: "present" };
  };

  return {
    check(_olds, news) {
      const { inputs, problems } = cleanPem(news, PKCS11_PEM_INPUTS.pkcs11Certificate);
      return { inputs, problems: [...problems, ...checkToken(context, news)] };
    },

    diff(state, news) {
      requireRecorded(state, ["uri", "kms", "certificatePem"]);
      const replaces = [
        ...(isKnownChange(state.uri, news.uri) ? ["uri"] : []),
        ...(hasUnknown(news.kms) || isSameToken(state.kms, news.kms) ? [] : ["kms"]),
      ];
      if (state.status === "changed" && replaces.length === 0) {
        notice(`the certificate beside ${state.uri} was found changed; up fails unless it is back or deleted.`);
      }
      return {
        changes:
          hasUnknown(news.uri) ||
          replaces.length > 0 ||
          (state.kms !== news.kms && !hasUnknown(news.kms)) ||
          state.status !== "present" ||
          !isSamePem(state.certificatePem, news.certificatePem, certificatePem) ||
          holdsPrivateKey(state.certificatePem) ||
          state.deleteCertificate !== news.deleteCertificate,
        replaces,
      };
    },

    async create(inputs) {
      return { id: namesOf(inputs).id, state: await store(inputs) };
    },

    async read(state) {
      requireRecorded(state, ["uri", "kms", "certificatePem"]);
      const { token } = await tokenAt(context, state);
      const there = await token.turn((turn) => turn.certificates(namesOf(state).id));
      const isThere = there.some((der) => derOf(state.certificatePem).equals(der));
      return { ...state, status: isThere ? "present" : there.length === 0 ? "missing" : "changed" };
    },

    update: (state, news) => store(news, state.certificatePem),

    async delete(state) {
      if (state.deleteCertificate) {
        const { token } = await tokenAt(context, state);
        await token.turn((turn) => turn.deleteCertificate(namesOf(state).id, derOf(state.certificatePem)));
      }
    },
  };
}

function derOf(pem: string): Buffer {
  return readCertificate(pem).raw;
}

function namesOf({ uri }: Pkcs11CertificateInputs): { id: string; label: string } {
  const { id = "", label = "" } = tokenKeyName(uri);
  return { id, label };
}
