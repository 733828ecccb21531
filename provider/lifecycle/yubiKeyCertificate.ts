import { X509Certificate } from "node:crypto";
import { PkiError } from "../errors";
import { checkYubiKeySecrets } from "../inputs/yubiKey";
import { UNKNOWN } from "../inputs/unknown";
import type { SlotContent, YubiKeyPiv } from "../kms/yubikey";
import { parseYubiKeyKmsUri, yubiKeySlot } from "../kms/yubiKeyUri";
import { readCertificate } from "../x509/certificate";
import type { Context } from "./context";
import type { Lifecycle } from "./provider";

/** What a program says of the certificate in a slot. */
export interface YubiKeyCertificateInputs {
  /** The key's URI. */
  readonly uri: string;
  /** The YubiKey, as in `kms.uri` of ca.json. */
  readonly kms: string;
  readonly certificatePem: string;
  /** Whether another certificate of the same key may be in the slot: of a key that was adopted, or is to be overwritten. */
  readonly replaceOther: boolean;
  /** Whether the certificate is deleted from the device when the resource is. */
  readonly deleteCertificate: boolean;
}

/** What is recorded of the certificate in a slot. */
export interface YubiKeyCertificateRecord extends YubiKeyCertificateInputs {
  readonly status: "present" | "missing" | "changed";
}

/** The life of the certificate object of a slot, which is where step-ca looks for the public key. */
export function yubiKeyCertificateLifecycle({
  backends,
  secrets,
  notice,
}: Context): Lifecycle<YubiKeyCertificateInputs, YubiKeyCertificateRecord> {
  const deviceOf = ({ kms }: YubiKeyCertificateInputs): Promise<YubiKeyPiv> =>
    backends.yubikey(parseYubiKeyKmsUri(kms).serial);

  const store = async (inputs: YubiKeyCertificateInputs, recordedPem?: string): Promise<YubiKeyCertificateRecord> => {
    const slot = yubiKeySlot(inputs.uri);
    const { raw } = readCertificate(inputs.certificatePem);
    await (
      await deviceOf(inputs)
    ).turn(async (turn) => {
      const content = await turn.readSlot(slot);
      if (content.certificate?.equals(raw) !== true) {
        await requireReplaceable(content, inputs, recordedPem);
        await turn.authenticate();
        await turn.writeCertificate(slot, raw);
      }
    });
    return { ...inputs, status: "present" };
  };

  return {
    check: (_olds, news) => ({
      inputs: news,
      problems: checkYubiKeySecrets(secrets, news.kms === UNKNOWN ? undefined : parseYubiKeyKmsUri(news.kms).serial),
    }),

    diff(state, news) {
      const replaces = (["uri", "kms"] as const).filter((property) => state[property] !== news[property]);
      if (state.status === "changed" && replaces.length === 0) {
        notice(`the certificate of ${state.uri} was found changed; up fails unless it is back or replaced on purpose.`);
      }
      return {
        changes:
          replaces.length > 0 ||
          state.status !== "present" ||
          state.certificatePem !== news.certificatePem ||
          state.deleteCertificate !== news.deleteCertificate,
        replaces,
      };
    },

    async create(inputs) {
      return { id: `${inputs.kms}/${yubiKeySlot(inputs.uri)}`, state: await store(inputs) };
    },

    async read(state) {
      const slot = yubiKeySlot(state.uri);
      const { certificate } = await (await deviceOf(state)).turn((turn) => turn.readSlot(slot));
      if (certificate === undefined) {
        return { ...state, status: "missing" };
      }
      return {
        ...state,
        status: certificate.equals(readCertificate(state.certificatePem).raw) ? "present" : "changed",
      };
    },

    update: (state, news) => store(news, state.certificatePem),

    async delete(state) {
      if (!state.deleteCertificate) {
        return;
      }
      const slot = yubiKeySlot(state.uri);
      await (
        await deviceOf(state)
      ).turn(async (turn) => {
        const { certificate } = await turn.readSlot(slot);
        if (certificate?.equals(readCertificate(state.certificatePem).raw) === true) {
          await turn.authenticate();
          await turn.deleteCertificate(slot);
        }
      });
    },
  };
}

/** What may go: nothing, the mark of the key's making, what was recorded, or by request another certificate of the same key. */
async function requireReplaceable(
  { certificate, hasKey, publicKey }: SlotContent,
  { uri, certificatePem, replaceOther }: YubiKeyCertificateInputs,
  recordedPem: string | undefined,
): Promise<void> {
  const { readSlotMark } = await import("../x509/slotMark.js");
  const mark = certificate === undefined ? undefined : readSlotMark(certificate);
  const isRecorded = recordedPem !== undefined && certificate?.equals(readCertificate(recordedPem).raw) === true;
  const key =
    hasKey === true
      ? publicKey
      : (mark?.publicKey ?? (isRecorded || certificate === undefined ? undefined : publicKey));
  if (key !== undefined && !readCertificate(certificatePem).publicKey.equals(key)) {
    throw new PkiError(
      "KEY_CHANGED",
      `the certificate is for another key than the one in ${uri}, and was not stored`,
      "Plug the right YubiKey in and run again",
    );
  }
  if (certificate !== undefined && mark === undefined && !isRecorded && !replaceOther) {
    throw new PkiError(
      "CERTIFICATE_EXISTS",
      `${uri} holds another certificate than was recorded${describe(certificate)}, which is never overwritten in silence`,
      "Move it elsewhere (yubico-piv-tool -a read-certificate) and delete it (-a delete-certificate), or name the slot in overwrite",
    );
  }
}

function describe(der: Buffer): string {
  try {
    const { subject, serialNumber } = new X509Certificate(der);
    return ` ("${subject.split("\n").join(", ")}", serial number ${serialNumber.toLowerCase()})`;
  } catch {
    return "";
  }
}
