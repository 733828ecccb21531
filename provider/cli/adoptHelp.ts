/** The output of `kms-pki adopt --help`. */
export const ADOPT_HELP = `kms-pki adopt: take over a certificate authority that step-ca runs, as it is

Usage:
  kms-pki adopt [--root-key KEY] [--dry-run] [--cwd DIR] [--stack NAME] CA_JSON
  kms-pki adopt [--root-key KEY] --program [--cwd DIR] CA_JSON
  kms-pki adopt [--root-key KEY] --import FILE [--cwd DIR] CA_JSON

Reads CA_JSON and the certificates that it names, asks the key management services for the
public keys, and checks that keys and certificates belong together. Then it sets the settings
of the root stack, so that the next pulumi up takes over the root, the intermediate and the
SSH keys: it makes no key and signs nothing. The same keys and certificates stay in use.

The command changes only the settings and the folder adopted beside Pulumi.yaml, to which it
copies the certificates. It refuses an authority that the stack cannot take over, with every
reason at once, and then changes nothing.

What the stack does not manage stays in CA_JSON: provisioners, claims, templates, the database
and so on. After pulumi up, kms-pki export --merge CA_JSON leaves all of it as it is.

Secrets in CA_JSON, such as a password or a PIN, are used to read the keys. They are never
printed, and no setting holds one. Give them to pulumi up in files, as the notes say.

Options:
  --root-key KEY   the root's key: a file, or a key URI of any key management service.
                   CA_JSON does not name it (default: look beside the intermediate's key).
                   If it is not there, or KEY is external, the root stays elsewhere, and
                   the stack makes a request when the intermediate is due
  --dry-run        show the settings, and change nothing
  --program        print a program in TypeScript instead, and change nothing
  --import FILE    write FILE for pulumi import --file instead: one resource for each key,
                   certificate and JWK provisioner, in the language of your program. The
                   certificates are copied as well. Needs the provider plugin
  --cwd DIR        the folder of the Pulumi project, or a folder in it (default: the
                   current one). Other paths are still relative to the current folder
  --stack NAME     the stack (default: the selected one)
  -h, --help       show this text

Exit codes:
  0    the settings are set, or shown
  1    failure; the message explains it. Nothing was changed
  64   unknown option, or not exactly one file

Examples:
  kms-pki adopt --dry-run /etc/step-ca/config/ca.json
  kms-pki adopt --root-key yubikey:slot-id=9a /etc/step-ca/config/ca.json`;
