import type { FaultyBackend } from "./survivesFaults";

/** The faults on the way to a cloud. */
export interface CloudFaults<Fault> {
  /** The number of tries of a call. */
  readonly attempts: number;
  /** Too many requests. */
  readonly throttle: () => Fault;
  /** The message after the last try. */
  readonly throttled: RegExp;
  /** A temporary internal error of the service. */
  readonly fail: () => Fault;
  readonly cutBefore: () => Fault;
  readonly cutAfter: () => Fault;
  readonly neverAnswers: () => Fault;
  readonly flipSignatureBit: () => Fault;
}

/** The faults of calls that a cloud's SDK repeats. */
export function cloudFaults<Fault>(
  { attempts, throttle, throttled, fail, cutBefore, cutAfter, neverAnswers, flipSignatureBit }: CloudFaults<Fault>,
  sign: string,
): Pick<FaultyBackend<Fault>, "passing" | "lasting" | "neverAnswers" | "cutAfter" | "flipSignatureBit"> {
  const repeated = (fault: () => Fault, times: number): Fault[] => Array.from({ length: times }, fault);
  return {
    passing: [
      { what: "is throttled twice", faults: () => repeated(throttle, 2) },
      { what: "has two internal errors", faults: () => repeated(fail, 2) },
      { what: "is cut off before it gets the call", faults: () => [cutBefore()] },
      { what: "is cut off after it performed the call", faults: () => [cutAfter()] },
    ],
    lasting: [
      {
        what: "has internal errors every time",
        faults: () => repeated(fail, attempts),
        code: "KMS_UNAVAILABLE",
        message: new RegExp(`did not complete ${sign} on .* after several tries: .* Run again later`),
      },
      {
        what: "is cut off every time",
        faults: () => repeated(cutBefore, attempts),
        code: "KMS_UNREACHABLE",
        message: /does not answer: /,
      },
      {
        // SDKs wait longer after each throttled call, except after this one.
        what: "is throttled at the last try",
        faults: () => [...repeated(fail, attempts - 1), throttle()],
        code: "KMS_UNAVAILABLE",
        message: throttled,
      },
    ],
    neverAnswers: {
      faults: () => repeated(neverAnswers, attempts),
      message: /does not answer: .*\. Check the network/,
    },
    cutAfter,
    flipSignatureBit,
  };
}
