import { PkiError } from "../../../errors";
import type { Context } from "../../../lifecycle/context";
import type { Lifecycle } from "../../../lifecycle/provider";
import {
  type StoredCertificateInputs,
  storedCertificateLifecycle,
  type StoredCertificateRecord,
} from "../../../lifecycle/storedCertificate";
import { PKCS11_PEM_INPUTS } from "../pkcs11PemInputs";
import { isSameToken, tokenKeyName } from "../pkcs11Uri";
import type { TokenTurn } from "../tokenAccess";
import { checkToken, tokenAt } from "./tokenAt";

/** The lifecycle of a certificate object in a token. */
export function pkcs11CertificateLifecycle(
  context: Context,
): Lifecycle<StoredCertificateInputs, StoredCertificateRecord> {
  const inToken = async <T>(inputs: StoredCertificateInputs, use: (turn: TokenTurn) => Promise<T>): Promise<T> => {
    const { token } = await tokenAt(context, inputs);
    return token.turn(use);
  };

  return storedCertificateLifecycle(context, {
    pemInputs: PKCS11_PEM_INPUTS.pkcs11Certificate,
    check: (news) => checkToken(context, news),
    isSameDevice: isSameToken,
    idOf: (inputs) => namesOf(inputs).id,
    read: (state) => inToken(state, (turn) => turn.certificates(namesOf(state).id)),
    delete: (state, certificate) => inToken(state, (turn) => turn.deleteCertificate(namesOf(state).id, certificate)),

    store(inputs, certificate, recorded) {
      const { id, label } = namesOf(inputs);
      return inToken(inputs, async (turn) => {
        const stored = await turn.certificates(id);
        const isKnown = (each: Buffer): boolean => each.equals(certificate) || recorded?.equals(each) === true;
        if (!inputs.replaceOther && !stored.every(isKnown)) {
          throw new PkiError(
            "CERTIFICATE_EXISTS",
            `a certificate other than the recorded one is stored beside ${inputs.uri}, and is never silently replaced`,
            "Delete it by hand if nobody needs it: pkcs11-tool --module MODULE --login --delete-object --type cert --id ID",
          );
        }
        await turn.store(id, label, certificate);
      });
    },
  });
}

function namesOf({ uri }: StoredCertificateInputs): { id: string; label: string } {
  const { id = "", label = "" } = tokenKeyName(uri);
  return { id, label };
}
