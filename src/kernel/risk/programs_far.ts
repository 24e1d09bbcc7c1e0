/** Rows of programs that reach other machines, install, build or hold keys; see `program_table.ts`. */
import type { ProgramRow } from "./program_table.ts";

/** The rows. */
export const FAR_PROGRAMS: readonly ProgramRow[] = [
  {
    programs: "ssh scp sftp rsync telnet mosh ftp lftp",
    risk: "high",
    touches: "another machine, with your logins",
    runsOthers: true,
    rules: [{ options: "--delete", risk: "critical", touches: "deletes on the other side" }],
  },
  {
    programs: "curl wget aria2c http https xh nc ncat netcat socat nmap ping dig nslookup host",
    risk: "medium",
    touches: "the network",
    rules: [
      {
        options: "-d --data --data-binary --data-raw --data-urlencode -F --form -T " +
          "--upload-file --json --post-data --post-file --body-data -e --exec",
        risk: "high",
        touches: "sends data to a host",
      },
      { options: "-X --request --method", risk: "high", touches: "changes something at a host" },
      {
        options: "-o -O --output --remote-name",
        risk: "medium",
        touches: "the network, and files",
      },
    ],
  },
  {
    programs: "git",
    risk: "medium",
    touches: "the repository",
    valueOptions: "-c -C --git-dir --work-tree --namespace --super-prefix",
    rules: [
      {
        subcommand: "status|log|diff|show|blame|ls-files|rev-parse|describe|shortlog|grep|" +
          "cat-file|ls-tree|merge-base|name-rev|rev-list|version",
        risk: "low",
        touches: "reads the repository",
      },
      { options: "-c --config-env --exec-path", risk: "high", touches: "settings that run code" },
      {
        subcommand: "push|send-email|send-pack",
        risk: "high",
        touches: "sends commits to another machine",
      },
      {
        subcommand: "push",
        options: "-f --force --force-with-lease --mirror -d --delete --prune",
        risk: "critical",
        touches: "replaces or deletes what others have",
      },
      {
        subcommand: "push",
        operand: /^[+:]/,
        risk: "critical",
        touches: "replaces what others have",
      },
      {
        subcommand: "clone|fetch|pull|remote|submodule|ls-remote",
        risk: "medium",
        touches: "the network, and the repository",
      },
      {
        subcommand: "clean|reset|restore|checkout|switch|rm|stash|rebase",
        risk: "high",
        touches: "throws away changes",
      },
      {
        subcommand: "branch|tag|worktree",
        options: "-d -D --delete -f --force",
        risk: "high",
        touches: "deletes or moves branches and tags",
      },
      {
        subcommand: "filter-branch|filter-repo|gc|prune|reflog|update-ref|replace",
        risk: "high",
        touches: "rewrites history",
      },
      {
        subcommand: "config|bisect|difftool|mergetool|hook|maintenance|daemon|instaweb",
        risk: "high",
        touches: "settings and programs of the repository",
      },
    ],
  },
  {
    programs: "gh glab hub",
    risk: "high",
    touches: "your account at a code host",
    rules: [
      {
        subcommand: "repo delete|release delete|secret|auth|api|ssh-key|gpg-key",
        risk: "critical",
        touches: "your account and what others have",
      },
    ],
  },
  {
    programs: "npm pnpm yarn npx bunx pnpx",
    risk: "high",
    touches: "installs packages and runs their scripts",
    rules: [
      {
        subcommand: "publish|unpublish|deprecate|access|token|owner|dist-tag|login",
        risk: "critical",
        touches: "what others install from you",
      },
    ],
  },
  {
    programs:
      "pip pip3 pipx uv poetry conda gem bundle composer cpan luarocks brew apt apt-get dnf " +
      "yum pacman apk snap flatpak zypper nix port",
    risk: "high",
    touches: "installs software, which runs its own code",
    rules: [
      {
        subcommand: "publish|push|upload",
        risk: "critical",
        touches: "what others install from you",
      },
    ],
  },
  {
    programs:
      "cargo go rustc gcc g++ cc clang javac java kotlinc swift swiftc dotnet tsc zig ghc stack " +
      "cabal mix rebar3 sbt pytest jest vitest mocha tox nox ctest phpunit rspec eslint prettier",
    risk: "medium",
    touches: "builds and runs the code of the workspace",
    rules: [
      {
        subcommand: "publish|yank|owner|login",
        risk: "critical",
        touches: "what others install from you",
      },
      { subcommand: "install", risk: "high", touches: "installs software" },
    ],
  },
  {
    programs: "docker podman nerdctl",
    risk: "high",
    touches: "containers, which can reach the whole machine",
    rules: [
      {
        options: "--privileged -v --volume --mount --pid --network --cap-add --device",
        risk: "critical",
        touches: "the whole machine, through a container",
      },
      {
        subcommand: "system prune|volume rm|volume prune|push|login",
        risk: "critical",
        touches: "data of containers, or what others have",
      },
      {
        subcommand: "ps|images|version|info|logs|inspect",
        risk: "medium",
        touches: "reads containers",
      },
    ],
  },
  {
    programs: "kubectl helm oc k9s",
    risk: "high",
    touches: "a cluster",
    rules: [
      {
        subcommand: "delete|drain|uninstall|exec|scale|replace",
        risk: "critical",
        touches: "takes away what runs in a cluster",
      },
      {
        subcommand: "get|describe|logs|version|list|status",
        risk: "medium",
        touches: "reads a cluster",
      },
    ],
  },
  {
    programs:
      "terraform tofu pulumi ansible ansible-playbook vagrant wrangler vercel netlify fly " +
      "flyctl heroku serverless cdk sam",
    risk: "high",
    touches: "servers and services",
    rules: [
      {
        subcommand: "destroy|apply|deploy|delete|up|down|taint|import",
        risk: "critical",
        touches: "changes servers and services",
      },
    ],
  },
  {
    programs: "aws gcloud az doctl hcloud linode-cli s3cmd rclone gsutil",
    risk: "high",
    touches: "an account in a cloud",
    rules: [
      {
        operand: /^(?:delete|remove|terminate|destroy|purge|rb|rm|sync|move)(?:-|$)/,
        risk: "critical",
        touches: "deletes in a cloud",
      },
    ],
  },
  {
    programs: "psql mysql mariadb sqlite3 mongosh mongo redis-cli clickhouse-client",
    risk: "high",
    touches: "a database",
    runsOthers: true,
    rules: [
      {
        operand: /\b(?:drop|truncate|delete|flushall|flushdb|alter|update)\b/i,
        risk: "critical",
        touches: "changes or deletes data",
      },
    ],
  },
  {
    programs:
      "gpg gpg2 openssl ssh-keygen ssh-add security secret-tool pass op bw keyring age sops",
    risk: "critical",
    touches: "keys and secrets",
  },
  {
    programs: "screen tmux disown daemonize",
    risk: "high",
    touches: "keeps running afterwards",
    runsOthers: true,
  },
  {
    programs: "tar zip unzip gzip gunzip bzip2 xz zstd 7z cpio ar",
    risk: "medium",
    touches: "packs and unpacks files",
    rules: [
      {
        options: "--to-command --use-compress-program -I --checkpoint-action -T --rsh-command",
        risk: "high",
        touches: "starts programs",
      },
    ],
  },
  {
    programs: "mail sendmail mutt msmtp swaks",
    risk: "critical",
    touches: "sends mail",
  },
  { programs: "open xdg-open start", risk: "high", touches: "opens programs of the desktop" },
  {
    programs: "ward",
    risk: "critical",
    touches: "ward itself: its grants, keys and settings",
  },
];
