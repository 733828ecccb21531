import { X509Certificate } from "node:crypto";
import { PkiError } from "../../../errors";
import type { Context } from "../../../lifecycle/context";
import type { Lifecycle } from "../../../lifecycle/provider";
import {
  type StoredCertificateInputs,
  storedCertificateLifecycle,
  type StoredCertificateRecord,
} from "../../../lifecycle/storedCertificate";
import { readCertificate } from "../../../x509/certificate";
import { subjectLine } from "../../../x509/subjectLine";
import type { SlotContent } from "../yubikey";
import { YUBIKEY_PEM_INPUTS } from "../yubiKeyPemInputs";
import { yubiKeySlot } from "../yubiKeyUri";
import { checkDevice, deviceOf } from "./yubiKeyDevice";

/** The lifecycle of a slot's certificate object, in which step-ca looks for the public key. */
export function pivCertificateLifecycle(context: Context): Lifecycle<StoredCertificateInputs, StoredCertificateRecord> {
  return storedCertificateLifecycle(context, {
    pemInputs: YUBIKEY_PEM_INPUTS.pivCertificate,
    check: (news) => checkDevice(context, news),
    isSameDevice: (one, other) => one === other,
    idOf: ({ kms, uri }) => `${kms}/${yubiKeySlot(uri)}`,

    async read(state) {
      const device = await deviceOf(context, state);
      const { certificate } = await device.turn((turn) => turn.readSlot(yubiKeySlot(state.uri)));
      return certificate === undefined ? [] : [certificate];
    },

    async store(inputs, certificate, recorded) {
      const slot = yubiKeySlot(inputs.uri);
      const device = await deviceOf(context, inputs);
      await device.turn(async (turn) => {
        const content = await turn.readSlot(slot);
        if (content.certificate?.equals(certificate) !== true) {
          await requireReplaceable(content, inputs, recorded);
          await turn.authenticate();
          await turn.writeCertificate(slot, certificate);
        }
      });
    },

    async delete(state, certificate) {
      const slot = yubiKeySlot(state.uri);
      const device = await deviceOf(context, state);
      await device.turn(async (turn) => {
        if ((await turn.readSlot(slot)).certificate?.equals(certificate) === true) {
          await turn.authenticate();
          await turn.deleteCertificate(slot);
        }
      });
    },
  });
}

/**
 * Requires that the slot's content may be replaced: nothing, the mark of the key's making, the recorded certificate,
 * or, on request, another certificate of the same key.
 */
async function requireReplaceable(
  content: SlotContent,
  { uri, certificatePem: pem, replaceOther }: StoredCertificateInputs,
  recorded: Buffer | undefined,
): Promise<void> {
  const { markIn, publicKeyIn } = await import("../slotClaim.js");
  const { certificate, hasKey } = content;
  const mark = markIn(content);
  const isRecorded = recorded !== undefined && certificate?.equals(recorded) === true;
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
