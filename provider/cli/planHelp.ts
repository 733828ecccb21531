/** The output of `kms-pki plan --help`. */
export const PLAN_HELP = `kms-pki plan: show when keys and certificates change, from their schedule alone

Usage:
  kms-pki plan [--from INSTANT] [--to INSTANT] [--last-run INSTANT] [--json] [--svg FILE]
               [--cwd DIR] [--stack NAME] [--authority NAME] [--schedule FILE]

Prints the generations of each key that has a schedule, with the instants from which each is
published, active, retiring and gone; then each step, with what ca.json says from then on: its
list of roots, and the bundle of crt. Nothing is made. The rotation is that of the stack's
config, as the root stack has it, or else that of the last pulumi up of your own program.
With --schedule no stack needs to be up.

Options:
  --from INSTANT      beginning, such as 2026-01-31T12:00:00Z or 2026-01-31 (default: now)
  --to INSTANT        end, or how long after the beginning, such as 3650d
                      (default: after two periods of the longest schedule)
  --last-run INSTANT  when pulumi up ran last: tells the gaps in trust of a run at --from
  --json              print one JSON object instead of tables
  --svg FILE          also draw the timeline into FILE
  --schedule FILE     read the rotation from FILE, - for standard input, as a JSON object of
                      the form below, instead of asking pulumi
  --cwd DIR           folder of the Pulumi project, or one below it (default: the current
                      one). The other paths stay relative to the current folder
  --stack NAME        the stack (default: the selected one)
  --authority NAME    read the rotation from the output that is the authority, such as ca of
                      a program with export const ca = new CertificateAuthority(...), and
                      not from the config. Needed only when a stack has several
  -h, --help          show this text

The rotation is set field by field: pulumi config set --path kms-pki:rotation.root.every 1825d
Each part may be left out: its key stays for ever. Durations are days, hours, minutes and seconds
such as 365d or 1h30m. Those of the margins and of longestLeaf below are the defaults.
  {
    "root": { "start": "2026-01-01T00:00:00Z", "every": "1825d",
              "publishBefore": "90d", "retireAfter": "90d" },
    "intermediate": { "start": ..., "every": ..., "publishBefore": ..., "retireAfter": ... },
    "ssh": { ... } | { "user": { ... }, "host": { ... } },
    "longestLeaf": { "tls": "24h", "sshUser": "24h", "sshHost": "30d" },  what step-ca issues
    "clientRefresh": "24h",   the longest until every client has fetched roots and keys anew
    "lateness": "24h",        the longest that a run of pulumi up comes late
    "clockSkew": "5m", "backdate": "1m",
    "retiringIntermediatesInCrt": false,
    "existingRoot": { "pathLength": 1, "notBefore": ..., "notAfter": ... },
    "allowGaps": ["root-g1"]  generations whose gaps in trust a late run may make
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
    "warnings": ["..."]
  }

Exit codes:
  0    the rotation is sound
  1    a run at --from, after --last-run, meets or makes a gap in trust
  2    the rotation breaks a rule; each is named with the least that it asks
  3    the rotation cannot be read, or the drawing not be written
  64   unknown option

Examples:
  kms-pki plan --to 3650d --svg rotation.svg
  kms-pki plan --schedule rotation.json --from 2026-06-01 --last-run 2026-01-01 --json`;
