import { X509Certificate } from "node:crypto";
import { PkiError } from "../../../errors";
import { cleanPem, isSamePem } from "../../../inputs/pem";
import { YUBIKEY_PEM_INPUTS } from "../yubiKeyPemInputs";
import { hasUnknown, isKnownChange } from "../../../words/unknown";
import type { SlotContent } from "../yubikey";
import { yubiKeySlot } from "../yubiKeyUri";
import { readCertificate } from "../../../x509/certificate";
import { certificatePem, holdsPrivateKey } from "../../../x509/pem";
import type { Context } from "../../../lifecycle/context";
import type { Lifecycle } from "../../../lifecycle/provider";
import { requireRecorded } from "../../../lifecycle/recorded";
import { checkDevice, deviceOf, type InYubiKey } from "./yubiKeyDevice";

/** What a program says of the certificate in a slot. */
export interface PivCertificateInputs extends InYubiKey {
  /** The key's URI. */
  readonly uri: string;
  readonly certificatePem: string;
  /** Whether another certificate of the same key may be in the slot: of a key that was adopted, or is to be overwritten. */
  readonly replaceOther: boolean;
  /** Whether the certificate is deleted from the device when the resource is. */
  readonly deleteCertificate: boolean;
}

/** What is recorded of the certificate in a slot. */
export interface PivCertificateRecord extends PivCertificateInputs {
  readonly status: "present" | "missing" | "changed";
}

/** The life of the certificate object of a slot, which is where step-ca looks for the public key. */
export function pivCertificateLifecycle(context: Context): Lifecycle<PivCertificateInputs, PivCertificateRecord> {
  const { notice } = context;

  const store = async (inputs: PivCertificateInputs, recordedPem?: string): Promise<PivCertificateRecord> => {
    const slot = yubiKeySlot(inputs.uri);
    const { raw } = readCertificate(inputs.certificatePem);
    await (
      await deviceOf(context, inputs)
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
    check(_olds, news) {
      const { inputs, problems } = cleanPem(news, YUBIKEY_PEM_INPUTS.pivCertificate);
      return { inputs, problems: [...problems, ...checkDevice(context, news)] };
    },

    diff(state, news) {
      requireRecorded(state, ["uri", "kms", "certificatePem"]);
      // A preview does not know the URI of a key, or the serial number of a device, that is about to be updated.
      const replaces = (["uri", "kms"] as const).filter((property) => isKnownChange(state[property], news[property]));
      if (state.status === "changed" && replaces.length === 0) {
        notice(`the certificate of ${state.uri} was found changed; up fails unless it is back or replaced on purpose.`);
      }
      return {
        changes:
          hasUnknown(news.uri) ||
          replaces.length > 0 ||
          state.status !== "present" ||
          !isSamePem(state.certificatePem, news.certificatePem, certificatePem) ||
          holdsPrivateKey(state.certificatePem) ||
          state.deleteCertificate !== news.deleteCertificate,
        replaces,
      };
    },

    async create(inputs) {
      return { id: `${inputs.kms}/${yubiKeySlot(inputs.uri)}`, state: await store(inputs) };
    },

    async read(state) {
      requireRecorded(state, ["uri", "kms", "certificatePem"]);
      const slot = yubiKeySlot(state.uri);
      const { certificate } = await (await deviceOf(context, state)).turn((turn) => turn.readSlot(slot));
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
        await deviceOf(context, state)
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
  content: SlotContent,
  { uri, certificatePem: pem, replaceOther }: PivCertificateInputs,
  recordedPem: string | undefined,
): Promise<void> {
  const { markIn, publicKeyIn } = await import("../slotClaim.js");
  const { certificate, hasKey } = content;
  const mark = markIn(content);
  const isRecorded = recordedPem !== undefined && certificate?.equals(readCertificate(recordedPem).raw) === true;
  if (hasKey === false) {
    throw new PkiError("KEY_NOT_FOUND", `there is no key in ${uri}, and no certificate was stored`, WRONG_DEVICE);
  }
  // Where the device does not tell, and nothing or an own certificate is there, the recorded key counts.
  const isToldOf = hasKey === true || mark !== undefined || (certificate !== undefined && !isRecorded);
  if (isToldOf && publicKeyIn(content)?.equals(readCertificate(pem).publicKey) !== true) {
    throw new PkiError(
      "KEY_CHANGED",
      `the certificate is for another key than the one in ${uri}, and was not stored`,
      WRONG_DEVICE,
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

const WRONG_DEVICE = "Plug the right YubiKey in and run again";

function describe(der: Buffer): string {
  try {
    const { subject, serialNumber } = new X509Certificate(der);
    return ` ("${subject.split("\n").join(", ")}", serial number ${serialNumber.toLowerCase()})`;
  } catch {
    return "";
  }
}
