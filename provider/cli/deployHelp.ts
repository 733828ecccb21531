import { SOURCE_HELP } from "./sourceHelp";

/** The output of `kms-pki deploy --help`. */
export const DEPLOY_HELP = `kms-pki deploy: bring a stack up, and hand what changed over to the hosts of step-ca

Usage:
  kms-pki deploy [--dry-run] [--json] [--targets FILE] [--new-authority]
                 [--cwd DIR] [--stack NAME] [--authority NAME] [--outputs FILE]

Repairs the stack if an earlier run was killed (as kms-pki recover), runs pulumi up, and asks
each host what it has. If nothing differs, nothing is written there, and no signal is sent.
Otherwise, one host after the other:

  1. the certificates are sent under new names, and it is checked that they arrived;
  2. ca.json is replaced by a rename;
  3. step-ca is signalled;
  4. the chain that step-ca serves must be the new one, below a new certificate of step-ca's
     own, and verify up to the roots in ca.json;
  5. otherwise, the previous ca.json is put back and signalled, and the run stops.

A run can be killed at any moment. The next one finds what it left, and continues. Two runs at
the same time are refused. Several hosts are ordered so that each trusts what every other one
uses, at any moment. Hosts that missed what was published first get an interim ca.json, which
also trusts what is new. A host that cannot be reached is left to the next run.

The hosts are in the setting kms-pki:deploy of the stack, whatever the project is called:
  pulumi config set --path 'kms-pki:deploy.hosts[0].directory' /etc/step-ca
  pulumi config set --path 'kms-pki:deploy.hosts[0].url' https://ca.example.com:9443
  pulumi config set --path 'kms-pki:deploy.hosts[0].ssh' step-ca@ca.example.com

Fields of a host:
  directory    the folder of ca.json on the host, absolute
  url          where step-ca is reached: https://ca.example.com:9443
  ssh          the destination for ssh, which asks for nothing and requires a known host key
               (default: step-ca runs on this machine)
  sshOptions   further options of ssh, as a list: [-i, /run/ca-key]
  command      instead of ssh: a program with arguments, as a list, that runs one more word,
               a script for a POSIX shell: [docker, exec, -i, step-ca, sh, -c]
  reload       the command that signals step-ca, run on the host in the folder of ca.json
               (default: systemctl reload-or-restart step-ca)
  probe        where openssl asks for the served chain: here, or host if only the host reaches
               the URL (default: here)
  wait         how long step-ca has to serve the new chain, and then the old one again
               (default: 60s)
  name         the name in messages (default: the host of the URL)

Options:
  --dry-run        run pulumi preview, ask each host what it has, and show what the stack as
                   it is now would change there. Nothing is written
  --json           print one JSON object a line for each event instead of text
  --targets FILE   read { "hosts": [...] } from a JSON file instead of kms-pki:deploy
  --new-authority  replace an authority with another, whose roots do not verify what is
                   served. If one host fails, all of them get the previous ca.json back
${SOURCE_HELP}
                   With it, deploy runs neither recover nor pulumi up, and
                   needs --targets
  -h, --help       show this text

JSON (events and fields may be added in later versions):
  { "event": "updating" | "unchanged" | "planned" | "interim" | "changes" | "resuming"
           | "signalling" | "served" | "copied" | "warning" | "waiting" | "failed"
           | "unreachable" | "putting-back" | "put-back" | "lost" | "ended",
    "host": "<if it concerns one>", "message": "...", "code": "<of an error>",
    "fields": ["<of ca.json that change>"], "files": ["<that are sent>"],
    "exitCode": <of ended, which comes last> }

Exit codes:
  0    every host serves what the stack says; with --dry-run, every host could be asked
  1    failure. step-ca reads what it read before, or what it should
  2    step-ca did not accept the new ca.json, or did not serve its chain. The previous one is
       back and served. The failed one is ca.rejected.json
  3    a host needs a person. The last lines say why
  64   unknown option

Examples:
  kms-pki deploy
  kms-pki deploy --stack prod --dry-run`;
