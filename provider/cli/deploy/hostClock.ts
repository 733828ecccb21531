import type { X509Certificate } from "node:crypto";
import { subjectLine } from "../../x509/subjectLine";

/** How far a clock may be off without a word, and how far back step-ca dates its own certificate. */
const TOLERANCE_SECONDS = 60;
/** The validity of the certificate that step-ca makes for itself. */
const OWN_VALIDITY_SECONDS = 24 * 3600;

/** The clock of a host, in comparison with that of this machine. */
export class HostClock {
  /** How far it is ahead, in seconds; negative if it is behind. 0 within the time that the question took. */
  readonly offset: number;
  readonly #here: number;

  /**
   * @param says what it says, in seconds since 1970
   * @param asked when this machine asked, and when it had the answer, in milliseconds since 1970
   */
  constructor(says: number, asked: readonly [number, number]) {
    const [from, until] = [Math.floor(asked[0] / 1000), Math.ceil(asked[1] / 1000)];
    this.offset = Math.min(says - from, 0) || Math.max(says - until, 0);
    this.#here = until;
  }

  /** Whether it is off by more than a minute. */
  get isOff(): boolean {
    return Math.abs(this.offset) > TOLERANCE_SECONDS;
  }

  /** What it says, in words: `its clock says 2026-11-29T21:00:00Z, 3 minutes behind this machine's`. */
  get description(): string {
    const instant = new Date((this.#here + this.offset) * 1000).toISOString().replace(".000", "");
    return `its clock says ${instant}, ${inWords(Math.abs(this.offset))} ${this.offset < 0 ? "behind" : "ahead of"} this machine's`;
  }

  /**
   * Why a host with this clock would serve what it or its clients think invalid, though the dates are right by the clock of this machine;
   * undefined if it would not.
   */
  fault(certificates: readonly X509Certificate[]): string | undefined {
    for (const certificate of certificates) {
      const here = this.#whyInvalid(certificate, 0);
      const there = this.#whyInvalid(certificate, this.offset);
      if (here === undefined && there !== undefined) {
        return `by that clock, "${subjectLine(certificate)}" ${there}`;
      }
    }
    if (this.offset > TOLERANCE_SECONDS) {
      return "step-ca dates certificates by that clock, so what it issues would not be valid yet";
    }
    return -this.offset > OWN_VALIDITY_SECONDS
      ? "step-ca dates certificates by that clock, so its own would have ended"
      : undefined;
  }

  #whyInvalid(certificate: X509Certificate, offset: number): string | undefined {
    const instant = (this.#here + offset) * 1000;
    if (Date.parse(certificate.validFrom) > instant) {
      return `is not valid before ${certificate.validFrom}`;
    }
    return Date.parse(certificate.validTo) < instant ? `ended at ${certificate.validTo}` : undefined;
  }
}

function inWords(seconds: number): string {
  const units = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
  ] as const;
  const [unit, size] = units.find(([, length]) => seconds >= 2 * length) ?? ["second", 1];
  const count = Math.floor(seconds / size);
  return `${String(count)} ${unit}${count === 1 ? "" : "s"}`;
}
