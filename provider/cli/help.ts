/** What `kms-pki --help` prints. */
export const HELP = `kms-pki: the files of a certificate authority that a Pulumi stack declares

Usage:
  kms-pki <command> [options]

Commands:
  export     write the certificates, the SSH CA's public keys and ca.json for step-ca
  status     show how long the certificates last, and whether they verify
  recover    set a stack right after a run of pulumi that was killed
  help       show this text, or that of a command: kms-pki help export

Options:
  -h, --help   show this text, or after a command its own
  --version    show the version

Private keys stay where they are: no command reads one.

Exit codes:
  0    done; of status: all is well
  64   unknown command or option; others differ by command, see its help

Examples:
  kms-pki export --dir ca
  kms-pki status --warn 60d`;

const SOURCE_HELP = `  --cwd DIR        folder of the Pulumi project, or one below it (default: the
                   current one). The other paths stay relative to the current folder
  --stack NAME     the stack (default: the selected one)
  --outputs FILE   read the outputs from FILE, - for standard input, instead of
                   asking pulumi: the result of
                   pulumi stack output --json --show-secrets`;

/** What `kms-pki export --help` prints. */
export const EXPORT_HELP = `kms-pki export: write a stack's certificates, SSH public keys and ca.json to files

Usage:
  kms-pki export [--dir DIR] [--prefix PATH] [--merge FILE] [--force]
                 [--cwd DIR] [--stack NAME] [--outputs FILE]

Writes root_ca.crt, intermediate_ca.crt, with SSH keys ssh_user_ca_key.pub and
ssh_host_ca_key.pub, and last ca.json. Of each key with an attestation by its hardware
(Cloud KMS, protection level HSM) that is <key>_attestation.dat, such as
root_attestation.dat or ssh_user_key_attestation.dat. Paths in ca.json are made absolute,
and a softkms key URI becomes the path of its PEM file. Everything is checked before the
first file is written; each file is written whole, with mode 0600; one that has the
content already is not touched. step-ca reads the result after a start or a SIGHUP.

Options:
  --dir DIR        folder of the files, made with mode 0700 (default: ca)
  --prefix PATH    make ca.json for another host, where all files lie in the folder PATH:
                   root, crt and db are under it, and a softkms key is PATH/<file name>.
                   Copy the key files there yourself (default: the paths of this host)
  --merge FILE     change an existing ca.json instead of writing a new one: sets root,
                   crt, key, kms, ssh.hostKey and ssh.userKey, and leaves every other
                   byte as it is. Fields of kms that the stack does not set stay if the
                   type is the same, such as a pin; of a list of roots none is dropped
                   (default: ca.json in DIR is replaced whole)
  --force          replace the certificates of another CA (default: refuse)
${SOURCE_HELP}
  -h, --help       show this text

Exit codes:
  0    the files are there
  1    something was wrong; the message says what. Unless it is FILE_UNUSABLE, which can
       come between two files, nothing was written
  64   unknown option

Examples:
  kms-pki export --dir /etc/step-ca --merge /etc/step-ca/ca.json
  kms-pki export --stack prod --dir ca --prefix /etc/step-ca`;

/** What `kms-pki status --help` prints. */
export const STATUS_HELP = `kms-pki status: show how long a stack's certificates last, and whether they verify

Usage:
  kms-pki status [--json] [--warn DURATION] [--cwd DIR] [--stack NAME] [--outputs FILE]

The root must be signed by its own key, the intermediate by the root, and within the root's
validity. A certificate is valid, expiring, notYetValid, expired or broken.

Options:
  --json           print one JSON object instead of a table
  --warn DURATION  how long before its end a certificate counts as expiring, in days,
                   hours, minutes and seconds such as 30d or 72h (default: 30d)
${SOURCE_HELP}
  -h, --help       show this text

JSON (fields may be added in later versions):
  {
    "certificates": [{
      "name": "root" | "intermediate", "subject": "CN=...", "keyUri": "awskms:...",
      "serialNumber": "<hex>", "notBefore": "<ISO 8601>", "notAfter": "<ISO 8601>",
      "daysLeft": 3650, "status": "valid" | "expiring" | "notYetValid" | "expired" | "broken",
      "problem": "<only if broken>"
    }],
    "sshKeys": [{ "name": "ssh-user" | "ssh-host", "keyUri": "...", "fingerprint": "SHA256:..." }],
    "status": "<the worst of the certificates>"
  }

Exit codes:
  0    all certificates are valid
  1    one is expiring
  2    one is expired, not yet valid or broken
  3    the outputs cannot be read
  64   unknown option

Examples:
  kms-pki status
  pulumi stack output --json --show-secrets | kms-pki status --outputs - --json --warn 90d`;

/** What `kms-pki recover --help` prints. */
export const RECOVER_HELP = `kms-pki recover: set a stack right after a run of pulumi that was killed

Usage:
  kms-pki recover [--cwd DIR] [--stack NAME]

A killed run leaves its lock, and operations of which nobody knows whether they happened.
With a state in a folder of this machine (file://), and only if each lock was made on this
machine by a process that is proven to be gone, this runs pulumi cancel, and pulumi refresh
with --clear-pending-creates; the next pulumi up then finds the keys that were made. Nothing
happens when nothing was killed. Run it before pulumi up, in the same environment.

Options:
  --cwd DIR        folder of the Pulumi project, or one below it (default: the current one)
  --stack NAME     the stack (default: the selected one)
  -h, --help       show this text

Exit codes:
  0    the stack is ready for pulumi up; or its state is elsewhere, and nothing was touched
  1    the stack is locked by a process that may be at work, or pulumi failed
  64   unknown option

Examples:
  kms-pki recover && pulumi up
  kms-pki recover --stack prod --cwd infrastructure`;
