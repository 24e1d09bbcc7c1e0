/**
 * What programs can do beside their job: start others, or read and write files they are not made
 * for. Names and kinds only; "upload" counts as reading, "download" as writing, a reverse or bound
 * shell as a shell, a loaded library as a command. Kinds that want more than a user's rights are
 * left out, and what a program passes on to another (a pager that opens an editor) is resolved.
 *
 * Source: GTFOBins (repository GTFOBins/GTFOBins.github.io), commit 7382261
 * (2026-04-20), 435 programs; {@linkcode OWN} is what ward adds.
 */

/** A kind of thing that a program can be made to do. */
export type ProgramAbility = "shell" | "command" | "file-read" | "file-write";

type Rows = readonly (readonly [readonly ProgramAbility[], string])[];

const GTFOBINS: Rows = [
  [
    ["shell"],
    "R aa-exec ansible-playbook ansible-test aoss asterisk autoconf autoheader autoreconf " +
    "borg cabal capsh cdist certbot check_by_ssh check_ssl_cert choom chrt clisp cobc codex " +
    "composer cpulimit dc debugfs dhclient distcc dmsetup doas dvips easyrsa enscript env " +
    "firejail fish flock forge genie ghc ghci ginsh gnuplot grc guile hg hping3 iftop ionice " +
    "ispell java joe jtag ld.so lftp loginctl logsave mail minicom multitime ncdu ncftp nice " +
    "npm nsenter pdftex perf perlbug pexec pidstat plymouth podman posh psftp ranger rc rsync " +
    "rtorrent run-parts runscript sash scanmem scrot service setarch setlock sg slsh socket " +
    "softlimit ssh-agent sshpass start-stop-daemon stdbuf task taskset tasksh tdbtool telnet " +
    "tex time timeout tmate top torify torsocks unshare uv valgrind watch xdg-user-dir " +
    "xdotool xetex yarn yash yt-dlp zathura zypper",
  ],
  [
    ["file-read"],
    "7z alpine apache2 apache2ctl ar arp as ascii-xfr ascii85 aspell atobm base32 base58 " +
    "base64 basenc basez bbot bc bridge bzip2 cancel cat check_cups check_memory check_raid " +
    "check_statusfile clamscan cmp column comm cupsfilter cut date dialog diff dig egrep eqn " +
    "espeak expand fgrep file fmt fold fping gcore genisoimage grep gzip hd head hexdump " +
    "highlight ip join jq ksshell last lastb links look lp lwp-request mosquitto msgattrib " +
    "msgcat msgconv msgmerge msguniq mtr mutt nasm nft nl nm ntpdate od paste pax pr ptx " +
    "pygmentize pyright qpdf readelf redcarpet rev rlogin rustfmt soelim ss ssh-keyscan " +
    "strings sysctl tac tail tbl terraform tic troff ul unexpand uniq urlget uuencode w3m wc " +
    "whiptail xmodmap xmore xpad xz yelp zcat zgrep zsoelim",
  ],
  [
    ["shell", "file-read", "file-write"],
    "awk bashbug busybox c89 c99 cc code cowsay cowthink cpan csvtool docker ed elvish emacs " +
    "ex exiftool find ftp g++ gawk gcc go jjs jrunscript jshell julia latex latexmk ltrace " +
    "lua lualatex luatex make mawk nano nawk nc needrestart nmap node octave pandoc pdflatex " +
    "perl pico puppet red rpm rpmdb rpmquery rpmverify scp sed sftp smbclient socat split " +
    "sqlite3 ssh tar tshark vi wget wireshark xelatex",
  ],
  [
    ["shell", "command", "file-read", "file-write"],
    "apport-cli apt apt-get aptitude aws bash batcat bee bundle bundler busctl byebug cargo " +
    "crash crontab dmesg dpkg dstat easy_install eb facter gcloud gdb gem gimp git irb " +
    "journalctl knife ksh less man msfconsole nvim opencode openssl pdb php pip pipx poetry " +
    "pry psql python rake ruby run-mailcap rustc rview rvim sqlmap sshfs systemctl " +
    "timedatectl vagrant view vim vimdiff volatility zless zsh",
  ],
  [
    ["file-read", "file-write"],
    "ab arj check_log cp cpio csplit dd dos2unix dosbox finger iconv logrotate lwp-download " +
    "mypy rustdoc shuf sort ssh-copy-id tftp tsc whois xxd",
  ],
  [
    ["shell", "file-read"],
    "bconsole cmake dotnet expect kubectl more msgfilter neofetch nroff openvpn pg pic tmux " +
    "xargs zip",
  ],
  [
    ["shell", "file-write"],
    "ash csh dash gtester pwsh rlwrap screen script strace tcsh",
  ],
  [
    ["command"],
    "acr dnsmasq ffmpeg ldconfig nginx procmail ssh-keygen zic",
  ],
  [
    ["shell", "command"],
    "at fzf mysql nohup rustup tclsh wish",
  ],
  [
    ["file-write"],
    "dmidecode hashcat mv redis shred tee virsh",
  ],
  [
    ["shell", "command", "file-read"],
    "fastfetch m4 restic",
  ],
  [
    ["command", "file-read", "file-write"],
    "aria2c curl",
  ],
  [
    ["command", "file-write"],
    "tcpdump",
  ],
];

/** Runtimes, task runners and launchers that run what a folder says, and programs that change files. */
const OWN: Rows = [
  [
    ["shell", "file-read", "file-write"],
    "bun deno elixir erl gradle iex mvn npx nix-shell osascript pnpm pnpx powershell pytest " +
    "sbt scala sh sudo su swift tox ts-node tsx uvx",
  ],
  [
    ["shell"],
    "ant bwrap chroot entr fd fdfind hatch meson ninja nox parallel pre-commit setpriv setsid " +
    "systemd-run",
  ],
  [
    ["file-write"],
    "chmod chown install ln patch rm rmdir touch truncate",
  ],
  [
    ["command"],
    "rg",
  ],
];

/** Names of the table with their abilities. */
export const PROGRAM_TABLE: ReadonlyMap<string, readonly ProgramAbility[]> = new Map(
  [...GTFOBINS, ...OWN].flatMap(([abilities, names]) =>
    names.split(" ").map((name) => [name, abilities] as const)
  ),
);

/**
 * What a program can be made to do; nothing for one that is not known.
 *
 * @param program A name or a path. A version at its end (`python3.12`) does not count.
 */
export function abilitiesOf(program: string): readonly ProgramAbility[] {
  const name = program.slice(program.lastIndexOf("/") + 1);
  return PROGRAM_TABLE.get(name) ?? PROGRAM_TABLE.get(name.replace(/(?<![-.\d])[-.\d]+$/, "")) ??
    [];
}
