/** The output of `kms-pki recover --help`. */
export const RECOVER_HELP = `kms-pki recover: repair a stack after a run of pulumi was killed

Usage:
  kms-pki recover [--cwd DIR] [--stack NAME]

A killed run leaves its lock, and operations that may or may not have happened. If a run was
killed, recover removes its lock, and then runs pulumi refresh with --clear-pending-creates.
The next pulumi up then finds the keys that the killed run made. If no run was killed,
recover does nothing.

Recover only acts if the state is in a folder on this machine (file://), and if each lock was
made on this machine by a process that no longer exists. Run it before pulumi up, in the same
environment.

Options:
  --cwd DIR        the folder of the Pulumi project, or a folder in it (default: the current
                   one)
  --stack NAME     the stack (default: the selected one)
  -h, --help       show this text

Exit codes:
  0    the stack is ready for pulumi up, or its state is elsewhere and nothing was touched
  1    a process that may still be running has locked the stack, or pulumi failed
  64   unknown option

Examples:
  kms-pki recover && pulumi up
  kms-pki recover --stack prod --cwd infrastructure`;
