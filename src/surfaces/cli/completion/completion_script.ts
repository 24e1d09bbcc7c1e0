/**
 * The script that completes ward's words in a shell. It is fixed text with a table in it and
 * starts nothing of ward: pressing Tab costs no process.
 */
import type { CompletionShell } from "../parsed_command.ts";
import { type CompletionTable, completionTable } from "./completion_table.ts";

/** The script for a shell. */
export function completionScript(shell: CompletionShell): string {
  const table = completionTable();
  switch (shell) {
    case "bash":
      return bash(table);
    case "zsh":
      return zsh(table);
    case "fish":
      return fish(table);
    case "powershell":
      return powershell(table);
  }
}

const names = (table: CompletionTable, kinds: readonly string[]) =>
  table.values.filter(({ kind }) => kinds.includes(kind)).flatMap((value) => value.names).join("|");

/** Branches of a `case` of bash and zsh: words by the path. */
function branches(table: CompletionTable): string {
  return table.rows.map(({ path, words, takesProfile }) =>
    `    '${path}') reply_words='${words.map(({ word }) => word).join(" ")}'${
      takesProfile ? "; profiles=1" : ""
    } ;;`
  ).join("\n");
}

/** Branches of a `case`: words of an option's value. */
function choices(table: CompletionTable): string {
  return table.values.filter(({ kind }) => kind === "words")
    .map((value) => `    ${value.names.join("|")}) reply_words='${value.words.join(" ")}' ;;`)
    .join("\n");
}

/** What bash and zsh share: from the words typed to the words that may follow. */
function lookUp(table: CompletionTable): string {
  return `_ward_words() { # path
  case "$1" in
${branches(table)}
    *) reply_words='' ;;
  esac
}

_ward_value() { # option
  case "$1" in
    ${names(table, ["profile"])}) profiles=1 ;;
    ${names(table, ["path"])}) paths=1 ;;
${choices(table)}
  esac
}

_ward_look() { # words before the one that is completed, without ward
  local word before=''
  ward_at='' reply_words='' profiles='' paths='' before=''
  for word in "$@"; do
    if [ -n "$before" ]; then before=''; continue; fi
    case "$word" in
      ${names(table, ["profile", "path", "words", "any"])}) before="$word" ;;
      -*) ;;
      *)
        _ward_words "$ward_at"
        case " $reply_words " in
          *" $word "*) ward_at="\${ward_at:+$ward_at }$word" ;;
        esac
        ;;
    esac
  done
  reply_words='' profiles=''
  if [ -n "$before" ]; then _ward_value "$before"; else _ward_words "$ward_at"; fi
  if [ -n "$profiles" ]; then
    reply_words="default $(ls "\${HOME}/.ward/profiles" 2>/dev/null | tr '\\n' ' ')$reply_words"
  fi
}
`;
}

function bash(table: CompletionTable): string {
  return `# Completes ward's words in bash. Printed by: ward completion bash
${lookUp(table)}
_ward() {
  local ward_at reply_words profiles paths word="\${COMP_WORDS[COMP_CWORD]}"
  _ward_look "\${COMP_WORDS[@]:1:COMP_CWORD-1}"
  if [ -n "$paths" ]; then
    local IFS=$'\\n'
    COMPREPLY=($(compgen -f -- "$word"))
    compopt -o filenames 2>/dev/null
  else
    COMPREPLY=($(compgen -W "$reply_words" -- "$word"))
  fi
}
complete -o default -F _ward ward
`;
}

function zsh(table: CompletionTable): string {
  return `#compdef ward
# Completes ward's words in zsh. Printed by: ward completion zsh
${lookUp(table)}
_ward() {
  local ward_at reply_words profiles paths
  _ward_look "\${(@)words[2,CURRENT-1]}"
  if [ -n "$paths" ]; then
    _files
  else
    compadd -- \${=reply_words}
  fi
}
if [ "\${funcstack[1]}" = _ward ]; then _ward "$@"; else compdef _ward ward; fi
`;
}

function fish(table: CompletionTable): string {
  const quote = (text: string) => `'${text.replace(/[\\']/g, "\\$&")}'`;
  const taking = table.values.flatMap((value) => value.names).join(" ");
  const lines = table.rows.flatMap(({ path, words, takesProfile }) => [
    ...words.map(({ word, summary }) =>
      `complete -c ward -f -n ${quote(`__ward_at ${quote(path)}`)} -a ${quote(word)} -d ${
        quote(summary)
      }`
    ),
    ...(takesProfile
      ? [`complete -c ward -f -n ${quote(`__ward_at ${quote(path)}`)} -a '(__ward_profiles)'`]
      : []),
  ]);
  const after = table.values.filter(({ kind }) => kind !== "any").map((value) => {
    const condition = `__ward_after ${value.names.join(" ")}`;
    if (value.kind === "path") return `complete -c ward -F -n ${quote(condition)}`;
    const words = value.kind === "profile" ? "(__ward_profiles)" : value.words.join(" ");
    return `complete -c ward -f -n ${quote(condition)} -a ${quote(words)}`;
  });
  return `# Completes ward's words in fish. Printed by: ward completion fish
set -g __ward_taking ${taking}
set -g __ward_paths ${table.rows.map(({ path }) => quote(path)).join(" ")}

function __ward_profiles
    echo default
    command ls "$HOME/.ward/profiles" 2>/dev/null
end

function __ward_after
    set -l typed (commandline -opc)
    contains -- $typed[-1] $argv
end

function __ward_at
    set -l typed (commandline -opc)
    set -l path ''
    set -l skip no
    for word in $typed[2..-1]
        if test $skip = yes
            set skip no
        else if contains -- $word $__ward_taking
            set skip yes
        else if not string match -q -- '-*' $word
            set -l next (string trim -- "$path $word")
            if contains -- $next $__ward_paths
                set path $next
            end
        end
    end
    test $skip = no; and test "$path" = "$argv[1]"
end

complete -c ward -f
${[...lines, ...after].join("\n")}
`;
}

function powershell(table: CompletionTable): string {
  const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;
  const list = (words: readonly string[]) => `@(${words.map(quote).join(", ")})`;
  const rows = table.rows.map(({ path, words }) =>
    `    ${quote(path)} = ${list(words.map(({ word }) => word))}`
  );
  const values = table.values.flatMap(({ names: all, words }) =>
    all.map((name) => `    ${quote(name)} = ${list(words)}`)
  );
  // Case counts: -m and -M are two options, and a hash table of PowerShell would take them for one.
  return `# Completes ward's words in PowerShell. Printed by: ward completion powershell
Register-ArgumentCompleter -Native -CommandName ward -ScriptBlock {
  param($word, $ast, $position)
  $rows = [System.Collections.Hashtable]::new([System.StringComparer]::Ordinal)
  $values = [System.Collections.Hashtable]::new([System.StringComparer]::Ordinal)
${rows.map((row) => row.replace(/^ +('[^]*?') = /, "  $rows[$1] = ")).join("\n")}
${values.map((row) => row.replace(/^ +('[^]*?') = /, "  $values[$1] = ")).join("\n")}
  $typed = @($ast.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.EndOffset -lt $position } | ForEach-Object { $_.ToString() })
  $path = ''
  $before = ''
  foreach ($one in $typed) {
    if ($before) { $before = ''; continue }
    if ($values.ContainsKey($one)) { $before = $one; continue }
    $next = "$path $one".Trim()
    if ($rows.ContainsKey($next)) { $path = $next }
  }
  $all = if ($before) { $values[$before] } else { $rows[$path] }
  $all | Where-Object { $_ -clike "$word*" } |
    ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
}
`;
}
