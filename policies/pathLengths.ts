import { LintedCertificate } from "../provider/x509/lint/lintedCertificate";
import { PROFILES } from "../provider/x509/profiles";
import { type DeclaredCertificate, declaredCertificate } from "./declaredCertificate";
import { ruleOf } from "./rule";

interface Limits {
  readonly root: number | undefined;
  readonly intermediate: number;
}

const WHOLE = { type: "integer", minimum: 0 } as const;

/** Limits how many CAs may follow below a CA. */
export const pathLengths = ruleOf<Limits>({
  name: "path-lengths",
  description: "No more CAs may follow below a CA than allowed.",
  level: "mandatory",
  settings: {
    // A root that rotates has no path length, because any number of cross certificates may follow below it.
    root: { ...WHOLE, description: "How many CAs may follow below a root or cross certificate", default: undefined },
    intermediate: { ...WHOLE, description: "How many CAs may follow below an intermediate", default: 0 },
  },
  inResource: (resource, { settings }) => {
    const certificate = declaredCertificate(resource);
    if (certificate === undefined || certificate.profile === "leaf") {
      return [];
    }
    const setting = certificate.profile === "intermediate" ? "intermediate" : "root";
    const [length, limit = Infinity] = [pathLength(certificate), settings[setting]];
    return length === undefined || length <= limit
      ? []
      : [
          `${Number.isFinite(length) ? `${String(length)} CAs` : "any number of CAs"} may follow below ${resource.name}, ` +
            `and the limit is ${String(limit)}. Lower its pathLength, or raise "${setting}" of this rule.`,
        ];
  },
});

/** Undefined if it is not known yet. */
function pathLength({ profile, inputs, given }: DeclaredCertificate): number | undefined {
  if (given !== undefined) {
    const { pathLenConstraint } = new LintedCertificate(given.raw, []).value("basicConstraints") ?? {};
    return pathLenConstraint === undefined ? Infinity : Number(pathLenConstraint);
  }
  const declared = inputs["pathLength"] ?? PROFILES[profile].pathLength ?? "unlimited";
  return typeof declared === "number" ? declared : declared === "unlimited" ? Infinity : undefined;
}
