/**
 * What programs can do, as data: risk and a word of what they touch. The first row that names a
 * program counts, raised by those of its rules that fit the call. A program that has no row is
 * {@linkcode UNKNOWN_PROGRAM}, which is not low.
 *
 * Sources: GTFOBins, the manuals of coreutils 9, git 2, docker 29, kubectl 1.34, npm 11.
 */
import type { Risk } from "../../model/cells/permission.ts";

/** What makes a call of a program worse than the program is by itself. All that is given must fit. */
export interface RiskRule {
  /** First words that are no options: `push`, `compose down`; alternatives separated by `|`. */
  readonly subcommand?: string;
  /** An option that is there: `-f`, `--force`; single letters are found in clusters too. */
  readonly options?: string;
  /** Fits a word that is no option and not the subcommand. */
  readonly operand?: RegExp;
  readonly risk: Risk;
  readonly touches: string;
}

/** A row of the table. */
export interface ProgramRow {
  /** Names, separated by spaces. */
  readonly programs: string;
  readonly risk: Risk;
  readonly touches: string;
  /** Its arguments are programs: an answer is for one exact call. */
  readonly runsOthers?: true;
  /** The words behind its own options are a call of their own, which counts too. */
  readonly wraps?: true;
  /** Changes the files it names: they must have been looked at. */
  readonly changes?: "all" | "last" | "all but the first";
  /** Options that come before the subcommand with a value of their own. */
  readonly valueOptions?: string;
  readonly rules?: readonly RiskRule[];
}

/** What is said of a program without a row. */
export const UNKNOWN_PROGRAM: Pick<ProgramRow, "risk" | "touches"> = {
  risk: "medium",
  touches: "not known: ward has no entry for this program",
};

/** A file of the machine named by its path: whoever wrote it decides what it does. */
export const PROGRAM_BY_PATH: Pick<ProgramRow, "risk" | "touches"> = {
  risk: "high",
  touches: "runs the code in that file",
};

/** Operands behind which a whole machine, home or system stands. */
const BROAD =
  /^(?:\/|~\/?|\/\*|~\/\*|\$HOME\/?\*?|\*|\.\/?|(?:\.\.\/)*\.\.\/?|\.\/\*|\/(?:home|Users|root|etc|boot|sys|proc|dev|usr|var|opt|s?bin|lib\w*|System|Library|Applications)(?:\/[^/]*)?\/?)$/;

/** The table. */
export const PROGRAMS: readonly ProgramRow[] = [
  {
    programs: "ls cat head tail wc uniq cut tr grep egrep fgrep rg diff cmp comm stat du df file " +
      "date pwd whoami id echo printf basename dirname realpath readlink true false test seq tree " +
      "column fold nl tac rev paste join expand md5sum sha1sum sha256sum sha512sum cksum uname " +
      "which sleep yes sort jq less more strings od xxd hexdump",
    risk: "low",
    touches: "reads what the cell holds",
  },
  {
    programs: "find fd",
    risk: "low",
    touches: "reads what the cell holds",
    rules: [
      { options: "-delete", risk: "high", touches: "deletes what it finds" },
      { options: "-delete", operand: BROAD, risk: "critical", touches: "deletes what it finds" },
      {
        options: "-exec -execdir -ok -okdir -x --exec -X --exec-batch",
        risk: "high",
        touches: "runs a program on what it finds",
      },
    ],
  },
  {
    programs: "rm rmdir unlink",
    risk: "high",
    touches: "deletes files",
    changes: "all",
    rules: [
      { options: "-r -R --recursive", risk: "high", touches: "deletes folders and all in them" },
      {
        options: "-r -R --recursive",
        operand: BROAD,
        risk: "critical",
        touches: "deletes a whole tree",
      },
      { options: "--no-preserve-root", risk: "critical", touches: "deletes the whole machine" },
    ],
  },
  { programs: "mkdir touch mktemp", risk: "low", touches: "makes files or folders" },
  { programs: "cp install", risk: "medium", touches: "writes files", changes: "last" },
  { programs: "mv rename", risk: "high", touches: "moves and replaces files", changes: "all" },
  { programs: "ln", risk: "medium", touches: "makes links", changes: "last" },
  { programs: "tee", risk: "medium", touches: "replaces files", changes: "all" },
  { programs: "truncate", risk: "high", touches: "empties files", changes: "all" },
  {
    programs: "sed",
    risk: "medium",
    touches: "edits text; its scripts can write files and start programs",
    rules: [{ options: "-i --in-place", risk: "high", touches: "rewrites files" }],
  },
  { programs: "patch", risk: "medium", touches: "rewrites files" },
  {
    programs: "chmod chown chgrp chattr setfacl",
    risk: "high",
    touches: "changes who may use files",
    changes: "all but the first",
    rules: [
      { options: "-R --recursive", operand: BROAD, risk: "critical", touches: "a whole tree" },
      { operand: /^[ug+]*\+s|^[2467]\d{3}$/, risk: "critical", touches: "gives others' rights" },
    ],
  },
  { programs: "shred wipe", risk: "critical", touches: "destroys files", changes: "all" },
  {
    programs:
      "dd mkfs mkfs.ext4 mkfs.ext3 mkfs.xfs mkfs.btrfs mkfs.vfat mkfs.ntfs mke2fs fdisk parted sfdisk wipefs diskutil mkswap",
    risk: "critical",
    touches: "writes raw disks and files",
  },
  {
    programs: "sudo su doas pkexec run0",
    risk: "critical",
    touches: "acts as another user",
    runsOthers: true,
    wraps: true,
  },
  {
    programs: "kill pkill killall",
    risk: "high",
    touches: "ends processes",
  },
  {
    programs: "shutdown reboot halt poweroff init",
    risk: "critical",
    touches: "stops the machine",
  },
  {
    programs: "systemctl service launchctl loginctl rc-service crontab at batch",
    risk: "critical",
    touches: "what runs later or in the background of this machine",
  },
  { programs: "mount umount swapon swapoff losetup", risk: "critical", touches: "mounts" },
  {
    programs: "useradd userdel usermod groupadd passwd chpasswd visudo",
    risk: "critical",
    touches: "users of this machine",
  },
  {
    programs: "iptables ip6tables nft ufw firewall-cmd ip ifconfig route sysctl modprobe insmod",
    risk: "critical",
    touches: "network and kernel of this machine",
  },
  {
    programs: "env nohup setsid timeout nice ionice watch stdbuf time command exec",
    risk: "low",
    touches: "starts another program",
    runsOthers: true,
    wraps: true,
    rules: [{ options: "-S --split-string", risk: "high", touches: "runs a line of its own" }],
  },
  {
    programs: "xargs parallel entr",
    risk: "high",
    touches: "runs a program on whatever it is given",
    runsOthers: true,
    wraps: true,
  },
  {
    programs: "sh bash zsh dash fish ksh csh tcsh busybox eval source",
    risk: "high",
    touches: "runs any code",
    runsOthers: true,
  },
  {
    programs: "python python2 python3 perl ruby node deno bun lua luajit php tclsh osascript " +
      "expect R Rscript julia irb ipython pypy3 ts-node tsx",
    risk: "high",
    touches: "runs any code",
    runsOthers: true,
  },
  { programs: "awk gawk mawk nawk", risk: "high", touches: "runs any code", runsOthers: true },
  {
    programs: "make gmake cmake ninja just task rake gradle mvn ant bazel meson script",
    risk: "high",
    touches: "runs what the workspace says",
    runsOthers: true,
  },
  {
    programs: "vi vim nvim nano emacs ed ex",
    risk: "high",
    touches: "edits files and runs any code",
    runsOthers: true,
  },
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

/** Parts of a path that hold keys and logins: a call that names one is critical. */
export const SECRET_PARTS: RegExp =
  /(?:^|[/=:@'"])(?:\.env(?:\.(?!example|sample|template)[\w-]+)?|\.ssh|id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?|authorized_keys|\.aws|\.kube|\.gnupg|\.docker|\.netrc|\.pgpass|\.git-credentials|\.npmrc|\.pypirc|shadow|sudoers|master\.key|credentials(?:\.json)?|secrets?(?:\.(?:json|ya?ml|toml|enc))?|[^/]*\.(?:pem|p12|pfx|keystore|jks))(?=$|[/'":])/;

/** Places of the system: a call that names one is high at least. */
export const SYSTEM_PLACES: RegExp = /^\/(?:etc|boot|sys|proc|dev(?!\/null$))(?:\/|$)/;
