/**
 * `rkl completion`: scripts that let a shell complete rkl's command lines.
 * They ask `rkl __complete`, so they never fall behind the commands.
 *
 * @module
 */
import { write } from "./output.ts";
import { oneOf } from "./values.ts";
import { verb } from "./verb.ts";
import { UsageError } from "./usage.ts";

const BASH = `# bash completion for rkl
_rkl() {
  local line word="\${COMP_WORDS[COMP_CWORD]}"
  local -a words=()
  # Bash splits at "=", which rkl's words may contain.
  local upto="\${COMP_LINE:0:COMP_POINT}"
  read -ra words <<< "$upto"
  [[ $upto == *[[:space:]] ]] && words+=("")
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r line; do
        COMPREPLY+=("$line")
      done < <(compgen -f -- "$word")
    else
      COMPREPLY+=("\${line%%$'\\t'*}")
    fi
  done < <("\${words[0]}" __complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _rkl rkl
`;

const ZSH = `#compdef rkl
# zsh completion for rkl
_rkl() {
  local line files=0
  local -a candidates
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      files=1
    else
      candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    fi
  done < <("\${words[1]}" __complete -- "\${(@)words[2,CURRENT-1]}" "\$PREFIX" 2>/dev/null)
  (( \${#candidates} )) && _describe rkl candidates
  (( files )) && _files
}
if [[ \${funcstack[1]} == _rkl ]]; then
  _rkl "$@"
else
  compdef _rkl rkl
fi
`;

const FISH = `# fish completion for rkl
function __rkl_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in ($words[1] __complete -- $words[2..-1] 2>/dev/null)
        if test $line = :files
            __fish_complete_path (commandline -ct)
        else
            echo $line
        end
    end
end
complete -c rkl -f -a '(__rkl_complete)'
`;

/** The script for each shell. */
export const SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH } as const;

const shell = oneOf("bash", "zsh", "fish");

export default verb({
  help:
    "Prints a script that completes rkl's commands, flags, container names\n" +
    "and files in bash, zsh or fish.",
  operands: ["SHELL"],
  flags: {},
  examples: [
    ["source <(rkl completion bash)", "Complete in this bash"],
    [
      "rkl completion zsh > ~/.zfunc/_rkl",
      "Complete in every zsh, if ~/.zfunc is in its fpath",
    ],
    [
      "rkl completion fish > ~/.config/fish/completions/rkl.fish",
      "Complete in every fish",
    ],
  ],
  run({ args }) {
    const script = SCRIPTS[shellNamed(args.shell)];
    write(new TextEncoder().encode(script));
  },
});

function shellNamed(name: string): keyof typeof SCRIPTS {
  try {
    return shell(name);
  } catch (cause) {
    throw new UsageError(`shell "${name}" ${(cause as Error).message}`);
  }
}
