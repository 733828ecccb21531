import type { Properties } from "./properties";

type Labels = Readonly<Record<string, string>>;

/** Which labels a resource has, three times as the official provider records them. */
export interface GcpLabels {
  /** Those that the program sets. */
  readonly labels: Labels | undefined;
  /** Those and the provider's own. */
  readonly pulumiLabels: Labels;
  /** All that there are, those of others too, which stay as they are. */
  readonly effectiveLabels: Labels;
}

const ATTRIBUTION = "goog-pulumi-provisioned";

/**
 * The labels that a resource shall have.
 *
 * @param attributed whether a new one gets the label of Pulumi; one that has it keeps it
 * @param old what is recorded; nothing at a creation
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
 * The labels that a resource has.
 *
 * @param recorded says which are the program's and the provider's
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
