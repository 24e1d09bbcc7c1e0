/** Rows of programs that act on this machine; see `program_table.ts`. */
import type { ProgramRow } from "./program_table.ts";

/** Operands behind which a whole machine, home or system stands. */
const BROAD =
  /^(?:\/|~\/?|\/\*|~\/\*|\$HOME\/?\*?|\*|\.\/?|(?:\.\.\/)*\.\.\/?|\.\/\*|\/(?:home|Users|root|etc|boot|sys|proc|dev|usr|var|opt|s?bin|lib\w*|System|Library|Applications)(?:\/[^/]*)?\/?)$/;

/** The rows. */
export const LOCAL_PROGRAMS: readonly ProgramRow[] = [
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
];
