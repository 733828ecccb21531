import type { X509Certificate } from "node:crypto";
import { invalid, type Problem, problemsOf } from "../words/problem";
import { certificationPath, requireIssuingPath } from "../x509/certificationPath";
import { readCertificates } from "../x509/pem";
import { subjectLine } from "../x509/subjectLine";
import { readGivenFile } from "./givenFile";
import type { RunningCa } from "./runningCa";

/** The certificates of a step-ca that runs. */
export interface RunningCaCertificates {
  readonly intermediate: X509Certificate;
  /** The CAs above it: its issuer first, the root that clients trust last. */
  readonly above: readonly [X509Certificate, ...X509Certificate[]];
  /** The roots that have nothing to do with the intermediate. */
  readonly otherRoots: readonly X509Certificate[];
}

const REMEDY = "Run this where step-ca runs, or copy its files to the paths in ca.json";

/** Reads the certificates that a ca.json names, and checks that they are a chain that verifies now. */
export function readRunningCaCertificates(
  ca: RunningCa,
  now: Date,
): { readonly certificates?: RunningCaCertificates; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const read = (field: string, file: string): X509Certificate[] => {
    let found: X509Certificate[] = [];
    const faults = problemsOf(() => {
      found = readCertificates(readGivenFile(ca.resolve(file), file, REMEDY).toString("utf8"), `"${file}"`);
    }, field);
    problems.push(...faults);
    return found;
  };
  const [intermediate, ...bundle] = ca.crtFile === "" ? [] : read("crt", ca.crtFile);
  const roots = ca.rootFiles.flatMap((file) => read("root", file));
  if (intermediate === undefined || roots.length === 0) {
    return { problems };
  }
  const [, first, ...others] = certificationPath(intermediate, [...bundle, ...roots]);
  if (first === undefined) {
    const reason = intermediate.checkIssued(intermediate)
      ? "it is the root itself, and an authority has an intermediate below its root"
      : `no root of ca.json issued "${subjectLine(intermediate)}"`;
    return { problems: [...problems, { ...invalid("crt", reason, "Give the files of one CA"), code: "CA_MISMATCH" }] };
  }
  const chain = [intermediate, first, ...others].join("");
  problems.push(
    ...problemsOf(() => {
      requireIssuingPath(chain, `"${ca.crtFile}"`, now, 0);
    }, "crt"),
  );
  const above = [first, ...others] as const;
  const otherRoots = roots.filter((root) => !above.some(({ raw }) => raw.equals(root.raw)));
  return { certificates: { intermediate, above, otherRoots }, problems };
}
