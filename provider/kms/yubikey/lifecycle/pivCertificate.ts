import { X509Certificate } from "node:crypto";
import { PkiError } from "../../../errors";
import { cleanPem, isSamePem } from "../../../inputs/pem";
import { YUBIKEY_PEM_INPUTS } from "../yubiKeyPemInputs";
import { hasUnknown, isKnownChange } from "../../../words/unknown";
import type { SlotContent } from "../yubikey";
import { yubiKeySlot } from "../yubiKeyUri";
import { subjectLine } from "../../../x509/subjectLine";
import { readCertificate } from "../../../x509/certificate";
import { certificatePem, holdsPrivateKey } from "../../../x509/pem";
import type { Context } from "../../../lifecycle/context";
import type { Lifecycle } from "../../../lifecycle/provider";
import { requireRecorded } from "../../../lifecycle/recorded";
import { checkDevice, deviceOf, type InYubiKey } from "./yubiKeyDevice";

/** The inputs of a slot's certificate. */
export interface PivCertificateInputs extends InYubiKey {
  /** The key's URI. */
  readonly uri: string;
  readonly certificatePem: string;
  /**
   * Whether the slot may hold another certificate of the same key, because the key was adopted or is to be overwritten.
   */
  readonly replaceOther: boolean;
  /** Whether the certificate is deleted from the device when the resource is. */
  readonly deleteCertificate: boolean;
}

/** The record of a slot's certificate. */
export interface PivCertificateRecord extends PivCertificateInputs {
  readonly status: "present" | "missing" | "changed";
}

/** The lifecycle of a slot's certificate object, in which step-ca looks for the public key. */
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
      // A preview does not know the URI of a key, or the serial number of a device, if it is about to be updated.
      const replaces = (["uri", "kms"] as const).filter((property) => isKnownChange(state[property], news[property]));
      if (state.status === "changed" && replaces.length === 0) {
        notice(
          `the certificate of ${state.uri} was found changed; pulumi up fails until it is back or replaced on purpose.`,
        );
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

/**
 * Requires that the slot's content may be replaced: nothing, the mark of the key's making, the recorded certificate,
 * or, on request, another certificate of the same key.
 */
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
    throw new PkiError("KEY_NOT_FOUND", `there is no key in ${uri}, so no certificate was stored`, WRONG_DEVICE);
  }
  // If the device does not report the key, and the slot holds nothing or our own certificate, the recorded key counts.
  const isToldOf = hasKey === true || mark !== undefined || (certificate !== undefined && !isRecorded);
  if (isToldOf && publicKeyIn(content)?.equals(readCertificate(pem).publicKey) !== true) {
    throw new PkiError("KEY_CHANGED", `the certificate is not for the key in ${uri} and was not stored`, WRONG_DEVICE);
  }
  if (certificate !== undefined && mark === undefined && !isRecorded && !replaceOther) {
    throw new PkiError(
      "CERTIFICATE_EXISTS",
      `${uri} holds a certificate other than the recorded one${describe(certificate)}, which is never overwritten silently`,
      "Move it elsewhere (yubico-piv-tool -a read-certificate) and delete it (-a delete-certificate), or add the slot to overwrite",
    );
  }
}

const WRONG_DEVICE = "Plug the right YubiKey in and run again";

function describe(der: Buffer): string {
  try {
    const certificate = new X509Certificate(der);
    return ` ("${subjectLine(certificate)}", serial number ${certificate.serialNumber.toLowerCase()})`;
  } catch {
    return "";
  }
}
