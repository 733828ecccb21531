/** The output of `kms-pki plan --help`. */
export const PLAN_HELP = `kms-pki plan: show when keys and certificates will change, calculated from the schedules

Usage:
  kms-pki plan [--from INSTANT] [--to INSTANT] [--last-run INSTANT] [--json] [--svg FILE]
               [--cwd DIR] [--stack NAME] [--authority NAME] [--schedule FILE [--external]]

Prints two tables. The first lists the generations of each key that has a schedule, with the
instants from which each one is published, active, retiring and gone. The second lists each
change, with what ca.json contains from then on: its list of roots, and the bundle in crt. If
the authority has revocation lists, a third table says from when to when each CA issues them,
and how often. If a CA elsewhere signs the intermediate, another table says when each request
will be there, by when its answer must be there, and what is waited for since when. The
command changes nothing.

If the authority has no rotation, its keys stay. The command says so, and shows from when each
certificate renews, and when it ends.

The rotation comes from the stack's config, as the root stack has it, or else from the last
pulumi up of your own program. With --schedule, you need no stack. The plan then has no
revocation lists, because their settings are not part of the rotation.

Options:
  --from INSTANT      the beginning of the plan, such as 2026-01-31T12:00:00Z or 2026-01-31
                      (default: now)
  --to INSTANT        the end of the plan, or a duration after the beginning, such as 3650d
                      (default: after two periods of the longest schedule, or a day after
                      the beginning if nothing has a schedule, and something is compromised)
  --last-run INSTANT  when pulumi up last ran. The plan then reports the gaps in trust that
                      a run at --from meets or makes
  --json              print one JSON object instead of tables
  --svg FILE          also draw the timeline to FILE
  --schedule FILE     read the rotation from FILE (- is standard input) instead of running
                      pulumi. FILE contains a JSON object of the form below
  --external          with --schedule: an issuer elsewhere signs the intermediates. Without a
                      stack, the plan does not know which requests are answered
  --cwd DIR           the folder of the Pulumi project, or a folder in it (default: the
                      current one). Other paths are still relative to the current folder
  --stack NAME        the stack (default: the selected one)
  --authority NAME    read the rotation from the authority's output instead of the config,
                      such as ca for export const ca = new CertificateAuthority(...).
                      Required only if the stack has several authorities
  -h, --help          show this text

Set the rotation field by field: pulumi config set --path kms-pki:rotation.root.every 1825d
If you omit the schedule of a key, that key never rotates. Durations consist of days, hours,
minutes and seconds, such as 365d or 1h30m. Those of the margins and of longestLeaf below are
the defaults.
  {
    "root": { "start": "2026-01-01T00:00:00Z", "every": "1825d",
              "publishBefore": "90d", "retireAfter": "90d" },
    "intermediate": { "start": ..., "every": ..., "publishBefore": ..., "retireAfter": ... },
    "ssh": { ... } | { "user": { ... }, "host": { ... } },
    "longestLeaf": { "tls": "24h", "sshUser": "24h", "sshHost": "30d" },  from step-ca
    "clientRefresh": "24h",   how long until every client has the new roots and keys
    "lateness": "24h",        how late a run of pulumi up may be
    "clockSkew": "5m", "backdate": "1m",
    "retiringIntermediatesInCrt": false,
    "existingRoot": { "pathLength": 1, "notBefore": ..., "notAfter": ... },
    "existingIntermediate": { "notBefore": ..., "notAfter": ... },
    "allowGaps": ["root-g1"]  generations for which a late run may make a gap in trust
  }

JSON (fields may be added in later versions):
  {
    "from": "<RFC 3339>", "to": "<RFC 3339>",
    "generations": [{ "label": "root-g1", "part": "root", "generation": 1, "published":
      "<RFC 3339>" | null, "active": "<RFC 3339>" | null, "retiring": ..., "gone": ... }],
    "steps": [{ "at": "<RFC 3339>", "changes": [{ "label": "root-g1", "state": "published" |
      "active" | "retiring" | "gone" }], "root": ["root-g1", "root"], "crt": [...],
      "certificates": [{ "name": ..., "kind": "root" | "intermediate" | "cross", "subject": 1,
      "issuer": 1, "notBefore": ..., "notAfter": ..., "pathLength": ... }] }],
    "gaps": [{ "label": "root-g1", "part": "root", "generation": 1, "state": "published" |
      "active" | "retiring", "jumped": <whether the run makes it>, "from": ..., "to": ...,
      "description": "..." }],
    "warnings": ["..."],
    "revocationLists": [{ "label": "root-g1", "part": "root", "generation": 1, "every": "7d",
      "validity": "10d12h", "from": "<RFC 3339>" | null, "to": "<RFC 3339>" | null }],
      <if the authority has any>
    "requests": [{ "label": "intermediate-g1", "generation": 1, "from": "<RFC 3339>" | null,
      "until": "<RFC 3339: by when its answer must be there>" | null, "signedAt": <if signed>,
      "waitsFor": "answer" | "renewal", "since": ... <if it waits> }]
      <if an issuer elsewhere signs the intermediates>
    "renewals": [{ "name": "root" | "intermediate", "from": "<RFC 3339>" | null,
      "notAfter": "<RFC 3339>" }] <if the authority has no rotation>
  }

Exit codes:
  0    the rotation is valid, or there is none
  1    a run at --from, after --last-run, meets or makes a gap in trust
  2    the rotation breaks rules; each message says the least value that the rule requires
  3    the rotation cannot be read, or the drawing cannot be written
  64   unknown option

Examples:
  kms-pki plan --to 3650d --svg rotation.svg
  kms-pki plan --schedule rotation.json --from 2026-06-01 --last-run 2026-01-01 --json`;
