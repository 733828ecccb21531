import type { Properties } from "./properties";

type Labels = Readonly<Record<string, string>>;

/** The labels of a resource, in the three forms that the official provider records. */
export interface GcpLabels {
  /** Those that the program sets. */
  readonly labels: Labels | undefined;
  /** Those and the provider's own. */
  readonly pulumiLabels: Labels;
  /** All labels, including those of others, which stay unchanged. */
  readonly effectiveLabels: Labels;
}

const ATTRIBUTION = "goog-pulumi-provisioned";

/**
 * The wanted labels of a resource.
 *
 * @param attributed whether a new one gets the label of Pulumi; a resource with the label keeps it
 * @param old the recorded labels; undefined for a creation
 */
export function wantedLabels(
  { labels = {} }: { readonly labels?: Labels },
  attributed: boolean,
  old?: Properties,
): GcpLabels {
  const { effectiveLabels = {}, pulumiLabels = {} } = (old ?? {}) as Partial<GcpLabels>;
  const keeps = old === undefined || ATTRIBUTION in effectiveLabels;
  const wanted = { ...(attributed && keeps ? { [ATTRIBUTION]: "true" } : {}), ...labels };
  const others = Object.entries(effectiveLabels).filter(([name]) => !(name in pulumiLabels));
  return { labels, pulumiLabels: wanted, effectiveLabels: { ...Object.fromEntries(others), ...wanted } };
}

/**
 * The actual labels of a resource.
 *
 * @param recorded shows which labels belong to the program and the provider
 */
export function readLabels(real: Labels, recorded: Properties): GcpLabels {
  const { labels, pulumiLabels = {} } = recorded as Partial<GcpLabels>;
  const of = (names: Labels): Labels => Object.fromEntries(Object.entries(real).filter(([name]) => name in names));
  return {
    labels: labels === undefined ? undefined : of(labels),
    pulumiLabels: of(pulumiLabels),
    effectiveLabels: real,
  };
}
