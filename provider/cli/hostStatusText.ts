import type { HostStatus } from "./deploy/hostStatus";
import { table } from "./table";

/** What the hosts serve, as a table for people. */
export function hostStatusText(hosts: readonly HostStatus[]): string[] {
  const day = (instant = ""): string => instant.slice(0, "YYYY-MM-DD".length);
  return [
    "",
    ...table([
      ["HOST", "SERVES", "INTERMEDIATE", "ENDS", "URL"],
      ...hosts.map(({ host, status, issuer = "", issuerNotAfter, url }) => [
        host,
        status,
        issuer,
        day(issuerNotAfter),
        url,
      ]),
    ]),
    ...hosts.flatMap(({ host, problem }) =>
      problem === undefined ? [] : [`What ${host} serves does not verify up to the roots of the stack:`, problem],
    ),
  ];
}
