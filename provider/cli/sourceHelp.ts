/** The options for the source of the outputs, in the help of each command that reads them. */
export const SOURCE_HELP = `  --cwd DIR        the folder of the Pulumi project, or a folder in it (default: the
                   current one). Other paths are still relative to the current folder
  --stack NAME     the stack (default: the selected one)
  --authority NAME
                   the name of the authority's output, such as ca for
                   export const ca = new CertificateAuthority(...). Required only if the
                   stack has several authorities
  --outputs FILE   read the outputs from FILE (- is standard input) instead of running
                   pulumi. FILE contains what pulumi stack output --json --show-secrets
                   prints, for all outputs or for one`;
