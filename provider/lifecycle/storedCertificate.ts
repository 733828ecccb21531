import { cleanPem, isSamePem, type PemInputs } from "../inputs/pem";
import type { Problem } from "../words/problem";
import { hasUnknown, isKnownChange } from "../words/unknown";
import { readCertificate } from "../x509/certificate";
import { certificatePem, holdsPrivateKey } from "../x509/pem";
import type { Context } from "./context";
import type { Lifecycle } from "./provider";
import { requireRecorded } from "./recorded";

/** The inputs of a certificate that is stored beside its key. */
export interface StoredCertificateInputs {
  /** The key's URI. */
  readonly uri: string;
  /** The device that holds the key, as in `kms.uri` of ca.json. */
  readonly kms: string;
  /** Empty if the certificate was withdrawn before it was issued: what is stored stays, and is recorded further. */
  readonly certificatePem: string;
  /** Whether another certificate of the same key may be replaced, because the key was adopted or is to be overwritten. */
  readonly replaceOther: boolean;
  /** Whether the certificate is deleted from the device when the resource is. */
  readonly deleteCertificate: boolean;
}

/** The record of a certificate that is stored beside its key. */
export interface StoredCertificateRecord extends StoredCertificateInputs {
  readonly status: "present" | "missing" | "changed";
}

/** What a kind of device does with the certificates of its keys. All certificates are DER. */
export interface CertificateStore {
  readonly pemInputs: PemInputs;
  /** Checks the name of the device, and its secrets. */
  check(news: StoredCertificateInputs): Problem[];
  /** Whether two values of `kms` name the same device. */
  isSameDevice(one: string, other: string): boolean;
  /** The resource's id. */
  idOf(inputs: StoredCertificateInputs): string;
  /** The certificates that are stored beside a key. */
  read(state: StoredCertificateRecord): Promise<readonly Buffer[]>;
  /**
   * Stores a certificate in place of the recorded one, unless it is there already.
   *
   * @throws PkiError `CERTIFICATE_EXISTS` if a certificate that nobody may replace is there
   */
  store(inputs: StoredCertificateInputs, certificate: Buffer, recorded: Buffer | undefined): Promise<void>;
  /** Deletes a certificate, if it is there. */
  delete(state: StoredCertificateRecord, certificate: Buffer): Promise<void>;
}

/** The lifecycle of a certificate that is stored beside its key, where other software looks for it. */
export function storedCertificateLifecycle(
  { notice }: Context,
  device: CertificateStore,
): Lifecycle<StoredCertificateInputs, StoredCertificateRecord> {
  const store = async (inputs: StoredCertificateInputs, recorded: Buffer | undefined): Promise<void> => {
    const certificate = derOf(inputs);
    if (certificate !== undefined) {
      await device.store(inputs, certificate, recorded);
    }
  };

  return {
    check(_olds, news) {
      const { inputs, problems } = cleanPem(news, device.pemInputs);
      return { inputs, problems: [...problems, ...device.check(news)] };
    },

    diff(state, news) {
      requireRecorded(state, ["uri", "kms", "certificatePem"]);
      // A preview does not know the URI of a key, or the serial number of a device, if it is about to be updated.
      const replaces = [
        ...(isKnownChange(state.uri, news.uri) ? ["uri"] : []),
        ...(hasUnknown(news.kms) || device.isSameDevice(state.kms, news.kms) ? [] : ["kms"]),
      ];
      if (state.status === "changed" && replaces.length === 0) {
        notice(
          `the certificate of ${state.uri} was found changed; pulumi up fails until it is back or replaced on purpose.`,
        );
      }
      return {
        changes:
          hasUnknown(news.uri) ||
          replaces.length > 0 ||
          isKnownChange(state.kms, news.kms) ||
          state.status !== "present" ||
          !(news.certificatePem === "" || isSamePem(state.certificatePem, news.certificatePem, certificatePem)) ||
          holdsPrivateKey(state.certificatePem) ||
          state.deleteCertificate !== news.deleteCertificate,
        replaces,
      };
    },

    async create(inputs) {
      await store(inputs, undefined);
      return { id: device.idOf(inputs), state: { ...inputs, status: "present" } };
    },

    async read(state) {
      requireRecorded(state, ["uri", "kms", "certificatePem"]);
      const recorded = derOf(state);
      if (recorded === undefined) {
        return state;
      }
      const stored = await device.read(state);
      const isStored = stored.some((certificate) => certificate.equals(recorded));
      return { ...state, status: isStored ? "present" : stored.length === 0 ? "missing" : "changed" };
    },

    async update(state, news) {
      const next = news.certificatePem === "" ? { ...news, certificatePem: state.certificatePem } : news;
      await store(next, derOf(state));
      return { ...next, status: "present" };
    },

    async delete(state) {
      const recorded = derOf(state);
      if (state.deleteCertificate && recorded !== undefined) {
        await device.delete(state, recorded);
      }
    },
  };
}

function derOf({ certificatePem: pem }: StoredCertificateInputs): Buffer | undefined {
  return pem === "" ? undefined : readCertificate(pem).raw;
}
