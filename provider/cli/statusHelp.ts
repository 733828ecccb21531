import { SOURCE_HELP } from "./sourceHelp";

/** The output of `kms-pki status --help`. */
export const STATUS_HELP = `kms-pki status: show when a stack's certificates end, and whether they verify

Usage:
  kms-pki status [--json | --prometheus] [--warn DURATION] [--check]
                 [--hosts [--targets FILE]]
                 [--cwd DIR] [--stack NAME] [--authority NAME] [--outputs FILE]

The status of a certificate is valid, expiring, notYetValid, expired, revoked or broken. It is
revoked if its issuer's revocation list, as the stack has it, names it. A root is broken if
its own key did not sign it. An intermediate is broken if the root did not sign it. RENEWAL is
the day from which pulumi up reissues the certificate, or "due" once that day has come. During
a rotation, every generation is listed with its state: published, active or retiring. Errors
and warnings of kms-pki lint are listed below the table, such as an intermediate that ends
after its root. They change neither the status nor the exit code.

If an issuer elsewhere signs the intermediates, a table lists the requests, and what each one
waits for: the first answer, or a new one because the certificate is due for renewal.

If the authority has revocation lists, they follow, each with its status (valid, notYetValid,
expired or broken), its end, the day from which pulumi up issues the next one, how many
certificates are on it, its number and its URL. A list is broken if no CA of the stack signed
it. A table of the certificates on the lists comes last: the 20 that were revoked most
recently. --json has all of them.

Options:
  --json           print one JSON object instead of a table
  --prometheus     print metrics in Prometheus' text format instead. The exit code is then 0
                   whatever they say
  --warn DURATION  how long before its end a certificate counts as expiring, in days,
                   hours, minutes and seconds, such as 30d or 72h (default: 30d)
  --check          also ask the key management services for keys of this stack that its
                   state does not know: keys left by an interrupted run, made twice, or
                   removed from the state but never deleted. This lists the keys of all
                   authorities in the stack. It needs the credentials that pulumi up needs
                   and, for a YubiKey, the device, but no PIN. A revocation list that is
                   due counts, too. The first line is then one for a monitor after Nagios:
                   KMS-PKI OK, WARNING, CRITICAL or UNKNOWN, and why (default: ask no
                   service)
  --hosts          also ask every host of step-ca in kms-pki:deploy what it serves: current (the
                   chain of the stack), different (another chain under the stack's roots),
                   broken (a chain that does not verify up to them) or unreachable. A host that
                   is not current counts, too. It needs openssl (default: ask no host)
  --targets FILE   read the hosts from a file, as kms-pki deploy does
${SOURCE_HELP}
  -h, --help       show this text

JSON (fields may be added in later versions):
  {
    "certificates": [{
      "name": "root" | "intermediate" | "cross", "subject": "CN=...", "keyUri": "awskms:...",
      "serialNumber": "<hex>", "notBefore": "<ISO 8601>", "notAfter": "<ISO 8601>",
      "daysLeft": 3650,
      "status": "valid" | "expiring" | "notYetValid" | "expired" | "revoked" | "broken",
      "problem": "<only if broken>",
      "revocation": { "reason": "keyCompromise", "revokedAt": "<ISO 8601>",
                      "invalidityDate": "<ISO 8601, if the list says so>" },   <if it is revoked>
      "findings": [<as in kms-pki lint --json, if there are errors or warnings>],
      "renewalTime": "<ISO 8601, if the stack says so>", "readyForRenewal": false,
      "generation": 0, "state": "published" | "active" | "retiring",   <only in a rotation>
      "issuerGeneration": 1                                  <only for a cross certificate>
    }],
    "sshKeys": [{ "name": "ssh-user" | "ssh-host", "keyUri": "...", "fingerprint": "SHA256:...",
                  "generation": 0, "state": "..." }],
    "revocationLists": [{                         <if the stack has any>
      "name": "root-g1", "state": "published" | "active" | "retiring" | "compromised", "url": "...",
      "number": 1772668800, "thisUpdate": "<ISO 8601>", "nextUpdate": "<ISO 8601>",
      "daysLeft": 30, "renewalTime": "<ISO 8601>", "readyForRenewal": false, "revoked": 1,
      "revokedCertificates": [{ "serialNumber": "<hex>", <and as in "revocation" above> }],
      "status": "valid" | "notYetValid" | "expired" | "broken", "problem": "<only if broken>"
    }],
    "compromise": { "generations": ["root-g1"], "steps": ["<what you do>"],   <if there is one>
                    "certificates": [{ "name": "root-g1", "serialNumber": "<hex>",
                                       "revoked": <whether a list names it> }] },
    "rotation": { "lastRun": "<RFC 3339>", "nextChange": "<RFC 3339>",
                  "gaps": [{ "label": "root-g1", "state": "published", "from": "<RFC 3339>",
                             "to": "<RFC 3339>", "description": "..." }],
                  "releasedKeys": ["softkms:path=..."] },   <if the stack says so>
    "requests": [{ "name": "intermediate", "state": "active", "keyUri": "...",   <if there are any>
                   "isAnsweredByProgram": false, "signedAt": "<ISO 8601>",
                   "waitsFor": "answer" | "renewal", "since": "<ISO 8601>",
                   "until": "<ISO 8601: by when it must come>" }],
    "status": "<the worst status of a certificate, or waiting if there is none yet>",
    "asked": ["AWS KMS in us-east-1"],            <this and unknownKeys only with --check>
    "unknownKeys": [{ "keyUri": "...", "state": "Enabled", "madeFor": "ca-root-key",
                      "discard": "aws kms ...", "adopt": "<how to adopt it>" }],
    "hosts": [{ "host": "...", "url": "https://...",         <only with --hosts>
                "status": "current" | "different" | "broken" | "unreachable",
                "issuer": "CN=...", "issuerNotAfter": "<ISO 8601, of the intermediate>",
                "notAfter": "<ISO 8601, of step-ca's own certificate>",
                "problem": "<only if broken>" }]
  }
  The first root and the first intermediate are the active ones.

Exit codes:
  0    all certificates are valid
  1    a certificate is expiring, a request waits for an issuer, the next up is so late that
       there is a gap in trust, or
       --check found a key that the state does not know or a revocation list that is due
  2    a certificate or a revocation list is expired, not yet valid or broken, or a certificate
       is revoked
  3    the outputs cannot be read, or a service does not answer --check. The codes are those of
       monitors after Nagios
  64   unknown option

Examples:
  kms-pki status --check
  pulumi stack output --json --show-secrets | kms-pki status --outputs - --json --warn 90d`;
