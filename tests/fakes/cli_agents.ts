/**
 * Small stand-ins for command-line agents. Each takes the arguments of the real program and no
 * others, prints in its form, and does in its folder what the task says after `do:`, as a line of sh.
 */

/** By name: the check of its arguments, which sets `prompt`, and how it says `doing` and `answer`. */
const SPOKEN: Readonly<Record<string, { check: string; doing: string; answer: string }>> = {
  claude: {
    check: `[ "$1" = -p ] && [ "$3 $4 $5" = "--output-format stream-json --verbose" ] &&
  [ "$6 $7" = "--permission-mode acceptEdits" -o "$6" = --dangerously-skip-permissions ]; ok=$?
prompt=$2`,
    doing:
      `{"type":"assistant","message":{"content":[{"type":"tool_use","name":"Edit","input":{}}]}}`,
    answer: `{"type":"result","subtype":"success","result":"answer of claude"}`,
  },
  gemini: {
    check: `[ "$1 $2 $3" = "--output-format stream-json --approval-mode" ] &&
  [ "$4" = auto_edit -o "$4" = yolo ] && [ "$5" = -p ]; ok=$?
prompt=$6`,
    doing: `{"type":"tool_use","tool_name":"Edit","parameters":{}}`,
    answer: `{"type":"message","role":"assistant","content":"answer of ","delta":true}
{"type":"message","role":"assistant","content":"gemini","delta":true}`,
  },
  codex: {
    check: `[ "$1 $2 $3" = "exec --json --skip-git-repo-check" ] &&
  [ "$4" = --full-auto -o "$4" = --dangerously-bypass-approvals-and-sandbox ]; ok=$?
prompt=$5`,
    doing: `{"type":"item.started","item":{"id":"i0","type":"command_execution","command":"Edit"}}`,
    answer:
      `{"type":"item.completed","item":{"id":"i1","type":"agent_message","text":"answer of codex"}}`,
  },
  copilot: {
    check:
      `[ "$1" = -p ] && [ "$3 $4" = "--allow-tool write" -o "$3 $4" = "--allow-all-tools --allow-all-paths" ]
ok=$?
prompt=$2`,
    doing: "Edit",
    answer: "answer of copilot",
  },
  aider: {
    check:
      `case "$*" in "--no-git --no-pretty --no-stream --no-check-update --yes-always "*) ok=0;; *) ok=1;; esac
for prompt; do :; done`,
    doing: "Edit",
    answer: "answer of aider",
  },
};

/** Names of the known ones. */
export const FAKE_AGENTS: readonly string[] = Object.keys(SPOKEN);

/** Puts them into a folder, as programs. */
export function writeFakeAgents(folder: string, names: readonly string[] = FAKE_AGENTS): void {
  for (const name of names) {
    const { check, doing, answer } = SPOKEN[name]!;
    const script = `#!/bin/sh
${check}
if [ "$ok" != 0 ]; then echo "unknown arguments" >&2; exit 64; fi
case "$prompt" in "Task: "*) ;; *) echo "no task" >&2; exit 65;; esac
cat_() { while IFS= read -r line; do printf '%s\\n' "$line"; done; }
cat_ <<'EOF'
${doing}
EOF
case "$prompt" in *do:*) eval "\${prompt#*do:}";; esac
cat_ <<'EOF'
${answer}
EOF
`;
    Deno.writeTextFileSync(`${folder}/${name}`, script, { mode: 0o755 });
  }
}
